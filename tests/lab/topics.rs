//! `cutover parity topic` on ordered topics: the counts of what was injected, and where.

use lab::{Case, Record};
use serde_json::{Value, json};

use crate::{cutover, lab, only, records, topic_on_both, write};

/// Compares a topic written from `source` with one written from `target`.
fn compare(case: &Case<'_>, source: Vec<Record>, target: Vec<Record>, exit: i32) -> Value {
    let topic = topic_on_both(case, "orders");
    write(case.source(), &topic, source);
    write(case.target(), &topic, target);
    let answer = cutover(case, &["parity", "topic", &topic, "--settle", "1s"]).exits(exit).json();
    only(&answer["topics"]).clone()
}

#[track_caller]
fn counts(topic: &Value, expected: Value) {
    let all = [
        "matched",
        "missing",
        "altered",
        "duplicated",
        "extra",
        "reordered",
        "pending",
        "trimmed_source",
        "trimmed_target",
    ];
    for field in all {
        let wanted = expected.get(field).cloned().unwrap_or(json!(0));
        assert_eq!(topic[field], wanted, "`{field}` of {topic:#}");
    }
}

/// The findings of partition 0.
fn findings(topic: &Value) -> &Value {
    &only(&topic["partitions"])["findings"]
}

#[test]
fn equal_topics_are_green() {
    let case = lab().case("equal");
    let same = records(200);
    let topic = compare(&case, same.clone(), same, 0);
    assert_eq!(topic["verdict"], "green");
    counts(&topic, json!({"matched": 200}));
    assert_eq!((&topic["source_records"], &topic["target_records"]), (&json!(200), &json!(200)));
    assert_eq!(findings(&topic), &json!([]));
}

#[test]
fn dropped_records_are_missing_at_their_place() {
    let case = lab().case("dropped");
    let same = records(200);
    let mut target = same.clone();
    target.drain(100..103);
    let topic = compare(&case, same, target, 1);
    assert_eq!(topic["verdict"], "red");
    counts(&topic, json!({"matched": 197, "missing": 3}));
    let finding = only(findings(&topic));
    assert_eq!((&finding["kind"], &finding["count"]), (&json!("missing"), &json!(3)));
    assert_eq!(finding["source_offsets"], json!([100, 102]));
}

#[test]
fn each_altered_field_is_named() {
    let case = lab().case("altered");
    for field in ["key", "value", "headers", "timestamp"] {
        let same = records(50);
        let mut target = same.clone();
        let record = &mut target[20];
        match field {
            "key" => record.key = Some(b"another".to_vec()),
            "value" => record.value = Some(Vec::new()),
            "headers" => record.headers.push(("added".to_owned(), None)),
            _ => record.timestamp = record.timestamp.map(|t| t + 1),
        }
        let topic = compare(&lab().case(&format!("altered-{field}")), same, target, 1);
        counts(&topic, json!({"matched": 49, "altered": 1}));
        let finding = only(findings(&topic));
        assert_eq!((&finding["kind"], &finding["field"]), (&json!("altered"), &json!(field)), "{topic:#}");
        assert_eq!(
            (&finding["source_offsets"], &finding["target_offsets"]),
            (&json!([20, 20]), &json!([20, 20]))
        );
    }
    drop(case);
}

#[test]
fn two_swapped_records_are_reordered_and_nothing_else() {
    let case = lab().case("swapped");
    let same = records(100);
    let mut target = same.clone();
    target.swap(40, 45);
    let topic = compare(&case, same, target, 1);
    counts(&topic, json!({"matched": 100, "reordered": 2}));
}

#[test]
fn a_block_copied_again_is_duplicated_and_yellow() {
    let case = lab().case("duplicated");
    let same = records(300);
    let target: Vec<Record> = same[..200].iter().chain(&same[100..]).cloned().collect();
    let topic = compare(&case, same, target, 4);
    assert_eq!(topic["verdict"], "yellow");
    counts(&topic, json!({"matched": 300, "duplicated": 100}));
}

#[test]
fn a_foreign_record_is_extra() {
    let case = lab().case("foreign");
    let same = records(100);
    let mut target = same.clone();
    target.insert(50, Record::keyed("who", "are you").to(0).at(same[50].timestamp.unwrap()));
    let topic = compare(&case, same, target, 1);
    counts(&topic, json!({"matched": 100, "extra": 1}));
    assert_eq!(only(findings(&topic))["target_offsets"], json!([50, 50]));
}

#[test]
fn a_tail_not_copied_yet_is_pending() {
    let case = lab().case("pending");
    let same = records(100);
    let topic = compare(&case, same.clone(), same[..90].to_vec(), 4);
    counts(&topic, json!({"matched": 90, "pending": 10}));
}

#[test]
fn replication_that_started_late_is_missing_not_trimmed() {
    let case = lab().case("late");
    let same = records(100);
    let topic = compare(&case, same.clone(), same[30..].to_vec(), 1);
    counts(&topic, json!({"matched": 70, "missing": 30}));
}

#[test]
fn null_and_empty_differ() {
    let case = lab().case("null");
    let same: Vec<Record> = records(10);
    let mut source = same.clone();
    source[3].value = None;
    let mut target = same;
    target[3].value = Some(Vec::new());
    let topic = compare(&case, source, target, 1);
    counts(&topic, json!({"matched": 9, "altered": 1}));
}

#[test]
fn a_topic_that_is_not_there_is_unknown() {
    let case = lab().case("absent");
    let run = cutover(&case, &["parity", "topic", &case.name("nothing")]).exits(3);
    assert!(run.says("nothing"), "{run:#?}");
}

#[test]
fn another_partition_count_is_unknown() {
    let case = lab().case("partitions");
    let topic = topic_on_both(&case, "orders");
    let same = records(10);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    case.target().add_partitions(&topic, 2).unwrap();
    let answer = cutover(&case, &["parity", "topic", &topic]).exits(3).json();
    assert_eq!(answer["verdict"], "unknown");
    assert!(only(&answer["topics"])["why"].is_string());
}

#[test]
fn the_records_of_findings_are_fetched_back_with_their_values_masked() {
    let case = lab().case("fetched");
    let topic = topic_on_both(&case, "orders");
    let same = records(50);
    let mut target = same.clone();
    target.remove(10);
    let hostile = b"{\"card\":\"4711 \x1b[2J \xe2\x80\xaeAbc\"}".to_vec();
    target[20] =
        Record { key: Some(b"\x1b]0;pwned\x07".to_vec()), value: Some(hostile), ..target[20].clone() };
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, target);
    let answer = cutover(&case, &["parity", "topic", &topic, "--settle", "1s"]).exits(1);
    assert!(!answer.says("4711") && !answer.says("value-00010"), "values are masked: {}", answer.stdout);
    let topic_answer = only(&answer.json()["topics"]).clone();
    let findings = findings(&topic_answer).as_array().unwrap().clone();
    let missing = findings.iter().find(|finding| finding["source_offsets"] == json!([10, 10]));
    let missing = missing.unwrap_or_else(|| panic!("{topic_answer:#}"));
    let record = &missing["source_record"];
    let shown = (&record["key"], &record["value_preview"]);
    assert_eq!(shown, (&json!("key-3"), &json!("xxxxx-99999")), "{topic_answer:#}");
    assert_eq!((&record["offset"], &record["value_bytes"]), (&json!(10), &json!(11)));
    assert_eq!(record["timestamp"], json!(same[10].timestamp.unwrap()));
    assert!(missing.get("target_record").is_none(), "{missing:#}");
    let foreign = findings.iter().find(|finding| finding["kind"] == "extra").unwrap();
    let record = &foreign["target_record"];
    assert_eq!(record["key"], json!("\\u{1b}]0;pwned\\u{7}"));
    assert_eq!(record["value_preview"], json!("{\"xxxx\":\"9999 ·[9X ·Xxx\"}"));

    let sides = crate::sides(&case);
    let arguments = ["parity", "topic", &topic, "--settle", "1s"];
    let run = cutover_tests::Cutover::new(arguments.into_iter().chain(sides.iter().map(String::as_str)))
        .run()
        .exits(1);
    assert!(run.says("key-3") && run.says("xxxxx-99999"), "{}", run.stdout);
    assert!(!run.says("\u{1b}") && !run.says("4711"), "{}", run.stdout);
}

#[test]
fn running_out_of_bytes_is_unknown_and_what_was_found_stays_red() {
    let case = lab().case("budget");
    let same: Vec<Record> =
        records(6_000).into_iter().map(|record| record.header("pad", vec![7; 2_000])).collect();
    for (loss, exit, verdict) in [(false, 3, "unknown"), (true, 1, "red")] {
        let topic = topic_on_both(&case, if loss { "lossy" } else { "equal" });
        let mut target = same.clone();
        if loss {
            target.remove(50);
        }
        // Batches of one or two records: codecs cannot make the budget meaningless.
        write(case.source(), &topic, same.clone());
        write(case.target(), &topic, target);
        let answer = cutover(&case, &["parity", "topic", &topic, "--settle", "1s", "--max-read", "9MB"]);
        let answer = answer.exits(exit).json();
        let topic = only(&answer["topics"]);
        assert_eq!(topic["verdict"], verdict, "{topic:#}");
        assert_eq!(topic["missing"], u64::from(loss), "{topic:#}");
        let percent = topic["measured_percent"].as_u64().unwrap();
        assert!((10..90).contains(&percent), "{topic:#}");
        let why = topic["why"].as_str().unwrap();
        assert!(why.contains("read budget") && why.contains(&format!("{percent} % measured")), "{why}");
        assert_eq!(topic["evidence_sha256"], Value::Null);
        assert!(topic["matched"].as_u64().unwrap() > 0);
    }
}

#[test]
fn running_out_of_time_is_unknown_and_a_rate_slows_the_reading_down() {
    let case = lab().case("slow");
    let topic = topic_on_both(&case, "orders");
    let same: Vec<Record> =
        records(6_000).into_iter().map(|record| record.header("pad", vec![7; 2_000])).collect();
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    // 12 MB a side at 500 kB a second would take 24 s.
    let limits = ["--settle", "1s", "--rate", "500kB", "--max-time", "4s"];
    let arguments: Vec<&str> = ["parity", "topic", &topic].into_iter().chain(limits).collect();
    let answer = cutover(&case, &arguments).exits(3).json();
    let topic = only(&answer["topics"]);
    assert!(topic["why"].as_str().unwrap().contains("out of time"), "{topic:#}");
    let percent = topic["measured_percent"].as_u64().unwrap();
    assert!(percent < 60, "{topic:#}");
}
