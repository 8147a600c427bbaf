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
