//! `cutover parity group`: every outcome, with the records, bytes and offsets it must have.

use lab::{Generate, Position, Produce, Topic};
use serde_json::{Value, json};

use crate::{AT_MOST, cutover, lab, only, records, topic_on_both, write};

/// The one partition of the one group of an answer.
fn partition(answer: &Value) -> Value {
    only(&only(&answer["groups"])["partitions"]).clone()
}

/// Compares the fields that are named.
#[track_caller]
fn has(actual: &Value, expected: Value) {
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&actual[field], value, "`{field}` of {actual:#}");
    }
}

#[test]
fn a_group_at_its_exact_place_is_exact() {
    let case = lab().case("exact");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(0).json();
    assert_eq!(answer["verdict"], "green");
    has(
        &partition(&answer),
        json!({"topic": topic, "partition": 0, "source_committed": 40, "target_committed": 40, "exact_target": 40,
               "outcome": "exact", "records": 0, "bytes": 0, "event_time_ms": 0, "why": null}),
    );
}

#[test]
fn a_commit_at_the_end_of_what_is_empty_on_both_sides_needs_no_other() {
    let case = lab().case("empty");
    let topic = topic_on_both(&case, "dlq");
    let group = case.name("g");
    case.target().commit(&group, &[Position::new(&topic, 0, 0)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(0).json();
    has(
        &partition(&answer),
        json!({"source_committed": null, "target_committed": 0, "exact_target": 0, "outcome": "exact", "why": null}),
    );
    write(case.source(), &topic, records(1));
    let answer = cutover(&case, &["parity", "group", &group]).exits(3).json();
    has(&partition(&answer), json!({"source_committed": null, "outcome": "unprovable"}));
}

#[test]
fn equal_offsets_over_other_records_are_not_exact() {
    let case = lab().case("coincidence");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    let others =
        same.iter().map(|record| record.clone().at(record.timestamp.unwrap() + 1)).collect::<Vec<_>>();
    write(case.source(), &topic, same);
    write(case.target(), &topic, others);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).json();
    assert_ne!(answer["verdict"], "green", "{answer:#}");
    assert_ne!(partition(&answer)["outcome"], "exact", "{answer:#}");
}

#[test]
fn a_target_commit_too_early_is_a_replay_of_so_many_records() {
    let case = lab().case("replay");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    // The target has five records fewer at its head, so its offsets are five lower.
    write(case.source(), &topic, same.clone());
    case.source().delete_records(&topic, 0, 5).unwrap();
    write(case.target(), &topic, same[5..].to_vec());
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 60)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 45)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(1).json();
    assert_eq!(answer["verdict"], "red");
    let bytes: usize =
        same[50..60].iter().map(|r| r.key.as_ref().unwrap().len() + r.value.as_ref().unwrap().len()).sum();
    has(
        &partition(&answer),
        json!({"source_committed": 60, "target_committed": 45, "exact_target": 55, "outcome": "replay",
               "records": 10, "bytes": bytes, "event_time_ms": 9000}),
    );
    let answer = cutover(&case, &["parity", "group", &group, "--tolerate-replay", "10"]).exits(0).json();
    assert_eq!(answer["verdict"], "green");
    cutover(&case, &["parity", "group", &group, "--tolerate-replay", "9"]).exits(1);
}

#[test]
fn a_target_commit_too_late_is_a_skip_whatever_is_tolerated() {
    let case = lab().case("skip");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 30)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 33)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group, "--tolerate-replay", "1000"]).exits(1).json();
    has(
        &partition(&answer),
        json!({"exact_target": 30, "outcome": "skip", "records": 3, "event_time_ms": 2000}),
    );
}

#[test]
fn no_commit_on_the_target_is_untranslated_with_the_exact_place() {
    let case = lab().case("untranslated");
    let topic = topic_on_both(&case, "orders");
    let same = records(50);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 20)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(1).json();
    let partition = partition(&answer);
    has(
        &partition,
        json!({"source_committed": 20, "target_committed": null, "exact_target": 20, "outcome": "untranslated",
               "records": null, "bytes": null, "event_time_ms": null}),
    );
    assert!(partition["why"].is_string());
}

#[test]
fn a_drained_group_is_exact_at_the_end() {
    let case = lab().case("drained");
    let topic = topic_on_both(&case, "orders");
    let same = records(50);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(0).json();
    has(&partition(&answer), json!({"exact_target": 50, "outcome": "exact", "records": 0}));
}

#[test]
fn a_commit_outside_the_source_log_is_unprovable_and_both_offsets_are_named() {
    let case = lab().case("outside");
    let topic = topic_on_both(&case, "orders");
    let same = records(50);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let (below, above) = (case.name("below"), case.name("above"));
    case.source().commit(&below, &[Position::new(&topic, 0, 3)]).unwrap();
    case.source().delete_records(&topic, 0, 10).unwrap();
    case.source().commit(&above, &[Position::new(&topic, 0, 51)]).unwrap();
    for (group, offsets) in [(&below, ["3", "10"]), (&above, ["51", "50"])] {
        case.target().commit(group, &[Position::new(&topic, 0, 20)]).unwrap();
        let answer = cutover(&case, &["parity", "group", group]).exits(3).json();
        assert_eq!(answer["verdict"], "unknown");
        let partition = partition(&answer);
        has(&partition, json!({"outcome": "unprovable", "exact_target": null, "records": null}));
        let why = partition["why"].as_str().unwrap();
        assert!(offsets.iter().all(|offset| why.contains(offset)), "{why}");
    }
}

#[test]
fn a_group_without_any_commit_is_unknown() {
    let case = lab().case("nobody");
    let answer = cutover(&case, &["parity", "group", &case.name("g")]).exits(3).json();
    assert_eq!(answer["verdict"], "unknown");
    assert_eq!(only(&answer["groups"])["partitions"], json!([]));
}

#[test]
fn a_finished_record_that_comes_again_later_is_never_exact() {
    let case = lab().case("again");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    // A replicator that restarted copied 20..30 again, behind the position the group will be given.
    let target = same.iter().chain(&same[20..30]).cloned().collect::<Vec<_>>();
    write(case.target(), &topic, target);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(1).json();
    has(&partition(&answer), json!({"outcome": "replay", "records": 10, "exact_target": 50}));
}

#[test]
fn a_loss_and_a_duplicate_do_not_cancel() {
    let case = lab().case("cancel");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    // One unread record is lost and one finished record comes again: the counts behind the position are equal.
    let mut target = same.clone();
    target.remove(80);
    target.push(same[10].clone());
    write(case.target(), &topic, target);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).json();
    assert_ne!(answer["verdict"], "green", "{answer:#}");
    assert_ne!(partition(&answer)["outcome"], "exact", "{answer:#}");
}

#[test]
fn transactions_leave_holes_that_are_no_records() {
    let case = lab().case("transactions");
    let topic = topic_on_both(&case, "orders");
    let same = records(60);
    let transaction = case.source().transactions(&case.name("tx"), &Produce::default()).unwrap();
    for (number, part) in same.chunks(10).enumerate() {
        transaction.begin().unwrap();
        transaction.send(&topic, part.to_vec()).unwrap();
        transaction.commit().unwrap();
        if number == 2 {
            transaction.begin().unwrap();
            transaction.send(&topic, records(5)).unwrap();
            transaction.abort().unwrap();
        }
    }
    write(case.target(), &topic, same);
    // Records 0–9 lie at 0–9, then a marker; the 45th visible record lies behind four markers and an aborted transaction.
    let group = case.name("g");
    let source_position = 40 + 4 + 6;
    case.source().commit(&group, &[Position::new(&topic, 0, source_position)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(0).json();
    has(&partition(&answer), json!({"exact_target": 40, "outcome": "exact"}));
    case.target().commit(&group, &[Position::new(&topic, 0, 38)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(1).json();
    has(&partition(&answer), json!({"exact_target": 40, "outcome": "replay", "records": 2}));
}

#[test]
fn what_mirrormaker_gives_a_lagging_group_is_measured_and_the_exact_place_is_known() {
    let case = lab().case("mm-lagging");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(1).config("retention.ms", -1)).unwrap();
    case.source()
        .produce(&topic, Generate { partitions: Some(1), ..Generate::records(20_000) }, &Produce::default())
        .unwrap();
    let (middle, end) = (case.name("middle"), case.name("end"));
    case.source().commit(&middle, &[Position::new(&topic, 0, 5_000)]).unwrap();
    case.source().commit(&end, &[Position::new(&topic, 0, 20_000)]).unwrap();
    case.await_copied(&topic, AT_MOST).unwrap();
    case.await_committed(&end, &topic, &[(0, 20_000)].into(), AT_MOST).unwrap();
    let synced = case.target().committed(&middle, &topic).unwrap();

    let answer = cutover(&case, &["parity", "group", &middle, &end]).exits(1).json();
    let groups = answer["groups"].as_array().unwrap();
    let of = |name: &str| only(&groups.iter().find(|g| g["group"] == name).unwrap()["partitions"]).clone();
    has(&of(&end), json!({"outcome": "exact", "exact_target": 20_000}));
    has(&of(&middle), json!({"exact_target": 5_000, "source_committed": 5_000}));
    match synced.get(&0) {
        Some(committed) => has(
            &of(&middle),
            json!({"outcome": "replay", "target_committed": committed, "records": 5_000 - committed}),
        ),
        None => has(&of(&middle), json!({"outcome": "untranslated"})),
    }
    // Source and target offsets are the same here, so that the error of the replicator is a difference.
    let published = of(&end)["published"].clone();
    has(&published, json!({"replicator": "source", "commit_off_by": 0, "commit_is_checkpoint": true}));
    has(
        &published["checkpoint"],
        json!({"source": 20_000, "target": 20_000, "outcome": "exact", "off_by": 0}),
    );
    let published = of(&middle)["published"].clone();
    let checkpoint = &published["checkpoint"];
    if let Some(target) = checkpoint["target"].as_i64() {
        has(checkpoint, json!({"source": 5_000, "exact_target": 5_000, "off_by": target - 5_000}));
        assert_eq!(published["commit_off_by"], json!(synced.get(&0).map(|committed| committed - 5_000)));
    }
}

#[test]
fn a_group_the_replicator_translated_and_nobody_committed_says_so() {
    let case = lab().case("mm-not-synced");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(1).config("retention.ms", -1)).unwrap();
    case.source()
        .produce(&topic, Generate { partitions: Some(1), ..Generate::records(1_000) }, &Produce::default())
        .unwrap();
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 1_000)]).unwrap();
    case.await_copied(&topic, AT_MOST).unwrap();
    case.await_committed(&group, &topic, &[(0, 1_000)].into(), AT_MOST).unwrap();
    // A group of another name, which no flow of this lab knows.
    let other = format!("not-{group}");
    case.source().commit(&other, &[Position::new(&topic, 0, 400)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &other]).exits(1).json();
    has(
        &partition(&answer),
        json!({"outcome": "untranslated", "exact_target": 400, "cause": "not-published",
               "reset": {"earliest_replays": {"records": 400, "bytes": partition(&answer)["reset"]["earliest_replays"]["bytes"],
                                              "event_time_ms": partition(&answer)["reset"]["earliest_replays"]["event_time_ms"]},
                         "earliest_skips": {"records": 0, "bytes": 0, "event_time_ms": 0},
                         "latest_skips": partition(&answer)["reset"]["latest_skips"]}}),
    );
    assert_eq!(partition(&answer)["reset"]["latest_skips"]["records"], 600);
    let answer = cutover(&case, &["parity", "group", &other, "--replicator-alias", "nobody"]).exits(1).json();
    assert_eq!(partition(&answer)["published"], Value::Null);
    assert!(answer["not_audited"].to_string().contains("nobody.checkpoints.internal"), "{answer:#}");
}

#[test]
fn an_unreachable_side_is_unknown_and_named() {
    let case = lab().case("unreachable");
    let source = case.source().properties.display().to_string();
    let run = cutover_tests::Cutover::new([
        "parity",
        "group",
        "payments",
        "--source",
        &source,
        "--target",
        "127.0.0.1:9",
        "-o",
        "json",
    ])
    .run()
    .exits(3);
    assert!(run.says("127.0.0.1:9"), "{run:#?}");
}

#[test]
fn the_reset_file_is_what_kafkas_own_tool_takes() {
    let case = lab().case("csv");
    let topic = topic_on_both(&case, "orders");
    let same = records(30);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 20)]).unwrap();
    let sides = crate::sides(&case);
    let all = ["parity", "group", &group, "--format", "reset-csv"]
        .into_iter()
        .chain(sides.iter().map(String::as_str));
    let run = cutover_tests::Cutover::new(all).run();
    assert_eq!(run.stdout, format!("{topic},0,20\n"), "{run:#?}");
}

#[test]
fn on_a_compacted_topic_what_a_later_record_of_its_key_stands_for_is_not_lost() {
    let case = lab().case("compacted");
    let topic = case.name("accounts");
    let policies = [(case.source(), "compact"), (case.target(), "compact")];
    for (cluster, policy) in policies {
        let topic = Topic::new(&topic).partitions(1).config("cleanup.policy", policy);
        cluster.create_topic(&topic).unwrap();
    }
    // Seven keys in turn. The target's cleaner was there before: of the first twenty records only the last of each key.
    let same = records(60);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same[13..].to_vec());
    let (all, lost) = (case.name("all"), case.name("lost"));
    case.source().commit(&all, &[Position::new(&topic, 0, 5)]).unwrap();
    case.target().commit(&all, &[Position::new(&topic, 0, 0)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &all]).exits(0).json();
    has(&partition(&answer), json!({"outcome": "exact", "exact_target": 0, "proof": "compared"}));
    // Two records too far: they stand there and are passed over, later ones of their keys or not.
    case.source().commit(&lost, &[Position::new(&topic, 0, 58)]).unwrap();
    case.target().commit(&lost, &[Position::new(&topic, 0, 47)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &lost]).exits(1).json();
    has(&partition(&answer), json!({"outcome": "skip", "records": 2, "exact_target": 45}));
}

#[test]
fn where_the_last_record_of_a_key_is_gone_compaction_is_no_excuse() {
    let case = lab().case("compacted-lost");
    let topic = case.name("accounts");
    for cluster in [case.source(), case.target()] {
        let topic = Topic::new(&topic).partitions(1).config("cleanup.policy", "compact");
        cluster.create_topic(&topic).unwrap();
    }
    let same = records(30);
    write(case.source(), &topic, same.clone());
    // Record 23 is the last of key 2; record 12 has later ones of its key.
    let target: Vec<_> = same
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 12 && *n != 23)
        .map(|(_, record)| record.clone())
        .collect();
    write(case.target(), &topic, target);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 10)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 10)]).unwrap();
    let answer = cutover(&case, &["parity", "group", &group]).exits(1).json();
    has(
        &partition(&answer),
        json!({"outcome": "skip", "records": 1, "source_offsets": [23, 23], "exact_target": 10}),
    );
}

#[test]
fn business_keys_of_what_comes_again_are_counted_once_each() {
    let case = lab().case("business");
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 60)]).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    let with = |key: &str| cutover(&case, &["parity", "group", &group, "--business-key", key]);
    // Twenty records, seven keys.
    has(
        &partition(&with("key").exits(1).json()),
        json!({"outcome": "replay", "records": 20, "business_keys": 7}),
    );
    has(&partition(&with("value").exits(1).json()), json!({"business_keys": 20}));
    let answer = partition(&with("value | fromjson | attr('id')").exits(1).json());
    has(&answer, json!({"outcome": "replay", "records": 20, "business_keys": null}));
    assert!(answer["business_keys_why"].as_str().unwrap().contains("source offset 40"), "{answer:#}");
    let wrong = with("order_id");
    assert!(wrong.says("order_id"), "{wrong:#?}");
    wrong.exits(2);
}
