//! What the stand-alone modes cannot read is unknown, named, and exit code 3; it is never "equal".

use std::os::unix::fs::FileExt;

use cutover_tests::acl::{self, ALLOW, DENY, DESCRIBE, DESCRIBE_CONFIGS, READ};
use lab::{Case, Cluster, Position, Produce};
use serde_json::Value;

use crate::{AT_MOST, lab, only, records, topic_on_both, write};

const USER: &str = "settlement";

/// Runs `cutover ARGUMENTS` with the source read as [`USER`], until the brokers have applied the ACLs.
fn as_user(case: &Case<'_>, arguments: &[&str]) -> Value {
    let source = case.source().sasl_properties(USER).display().to_string();
    until_unknown(&source, &case.target().properties.display().to_string(), arguments)
}

fn until_unknown(source: &str, target: &str, arguments: &[&str]) -> Value {
    let sides = ["--source", source, "--target", target, "-o", "json"];
    let until = std::time::Instant::now() + AT_MOST;
    loop {
        let run = cutover_tests::Cutover::new(arguments.iter().copied().chain(sides)).run();
        if run.code == 3 {
            return run.json();
        }
        assert!(std::time::Instant::now() < until, "the ACL is not applied: {run:#?}");
    }
}

/// Takes an operation on a source topic from [`USER`], and from nobody else.
fn deny(case: &Case<'_>, topic: &str, operation: i8) {
    deny_on(case.source(), topic, operation);
}

fn deny_on(cluster: &Cluster, topic: &str, operation: i8) {
    let principal = format!("User:{USER}");
    for allowed in [DESCRIBE, READ, DESCRIBE_CONFIGS].into_iter().filter(|allowed| *allowed != operation) {
        acl::create(cluster, &principal, topic, allowed, ALLOW);
    }
    acl::create(cluster, &principal, topic, operation, DENY);
}

fn same_on_both(case: &Case<'_>) -> String {
    let topic = topic_on_both(case, "orders");
    let same = records(50);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    topic
}

#[track_caller]
fn says(why: &Value, words: &[&str]) {
    let text = why.as_str().unwrap_or_else(|| panic!("no reason: {why}"));
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

#[test]
fn a_topic_that_may_not_be_read_is_unknown() {
    let case = lab().case("no-read");
    let topic = same_on_both(&case);
    let group = case.name("g");
    for cluster in [case.source(), case.target()] {
        cluster.commit(&group, &[Position::new(&topic, 0, 20)]).unwrap();
    }
    deny(&case, &topic, READ);
    let answer = as_user(&case, &["parity", "topic", &topic, "--settle", "1s"]);
    assert_eq!(answer["verdict"], "unknown");
    says(&only(&only(&answer["topics"])["partitions"])["why"], &["not authorised", "source", &topic]);

    let answer = as_user(&case, &["parity", "group", &group]);
    let partition = only(&only(&answer["groups"])["partitions"]);
    assert_eq!((&partition["outcome"], &partition["exact_target"]), (&"unprovable".into(), &Value::Null));
    says(&partition["why"], &["not authorised", "source", &topic]);
}

#[test]
fn a_topic_that_may_not_be_described_is_unknown_and_not_absent() {
    let case = lab().case("no-describe");
    let topic = same_on_both(&case);
    deny(&case, &topic, DESCRIBE);
    let answer = as_user(&case, &["parity", "topic", &topic]);
    assert_eq!(answer["verdict"], "unknown");
    says(&only(&answer["topics"])["why"], &["not authorised", "source", &topic]);
}

/// Whether the target sets timestamps itself decides what is equal: where that may not be read nothing is.
#[test]
fn a_target_that_does_not_tell_its_timestamp_type_is_unknown_and_not_equal() {
    let case = lab().case("no-configs");
    let topic = same_on_both(&case);
    let group = case.name("g");
    for cluster in [case.source(), case.target()] {
        cluster.commit(&group, &[Position::new(&topic, 0, 20)]).unwrap();
    }
    crate::cutover(&case, &["parity", "topic", &topic, "--settle", "1s"]).exits(0);
    crate::cutover(&case, &["parity", "group", &group]).exits(0);
    deny_on(case.target(), &topic, DESCRIBE_CONFIGS);
    let source = case.source().properties.display().to_string();
    let target = case.target().sasl_properties(USER).display().to_string();
    let words = ["target", "message.timestamp.type", topic.as_str(), "DESCRIBE_CONFIGS"];
    let answer = until_unknown(&source, &target, &["parity", "topic", &topic, "--settle", "1s"]);
    assert_eq!(answer["verdict"], "unknown");
    says(&only(&answer["topics"])["why"], &words);

    let answer = until_unknown(&source, &target, &["parity", "group", &group]);
    let partition = only(&only(&answer["groups"])["partitions"]);
    assert_eq!((&partition["outcome"], &partition["exact_target"]), (&"unprovable".into(), &Value::Null));
    says(&partition["why"], &words);
}

/// Turns one bit of the first record of a topic whose value is `value`, in the file its broker serves it from.
fn corrupt(cluster: &Cluster, topic: &str, value: &[u8]) {
    let segment = cluster.brokers[0].data.join(format!("{topic}-0")).join("00000000000000000000.log");
    let bytes = std::fs::read(&segment).unwrap();
    let at =
        bytes.windows(value.len()).position(|window| window == value).expect("the record is in its segment");
    let file = std::fs::File::options().write(true).open(&segment).unwrap();
    file.write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
}

#[test]
fn a_corrupt_batch_is_an_error_and_no_difference() {
    let case = lab().case("corrupt");
    let topic = topic_on_both(&case, "orders");
    let same = records(400);
    let small = Produce { options: vec![("batch.num.messages".into(), "50".into())], ..Produce::default() };
    for cluster in [case.source(), case.target()] {
        cluster.produce(&topic, same.clone(), &small).unwrap();
    }
    let group = case.name("g");
    for cluster in [case.source(), case.target()] {
        cluster.commit(&group, &[Position::new(&topic, 0, 100)]).unwrap();
    }
    corrupt(case.target(), &topic, same[300].value.as_deref().unwrap());
    let answer = crate::cutover(&case, &["parity", "topic", &topic, "--settle", "1s"]).exits(3).json();
    says(&only(&only(&answer["topics"])["partitions"])["why"], &["corrupt", "target", &topic]);

    let answer = crate::cutover(&case, &["parity", "group", &group]).exits(3).json();
    let partition = only(&only(&answer["groups"])["partitions"]);
    assert_eq!(partition["outcome"], "unprovable", "{partition:#}");
    says(&partition["why"], &["corrupt", "target", &topic]);
}
