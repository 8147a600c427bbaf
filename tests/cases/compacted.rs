//! Compacted topics under a real replicator and real cleaners (cases 9 and 10).

use std::time::{Duration, Instant};

use lab::{Case, Cluster, Record, Topic};
use serde_json::{Value, json};

use crate::AT_MOST;
use crate::ask::{cutover, only};
use crate::labs::{await_end, lab, now, write};

crate::cases!(
    copied:
        what_a_replicator_did_to_keys_is_found_whatever_the_cleaner_did_since,
        a_deletion_that_was_not_copied_is_resurrected_and_extra_once_its_tombstone_is_gone,
        keys_older_than_the_retention_of_the_target_may_be_absent;
    by_hand:
);

const DAY: i64 = 86_400_000;

/// A cleaner that runs at once, over everything but the last segment, and keeps no tombstone.
fn eager(name: &str) -> Topic {
    let configs =
        [("segment.ms", "100"), ("min.cleanable.dirty.ratio", "0.01"), ("delete.retention.ms", "0")];
    configs.iter().fold(lazy(name), |topic, (key, value)| topic.config(*key, *value))
}

/// A cleaner that will not come while a case runs.
fn lazy(name: &str) -> Topic {
    Topic::new(name).config("cleanup.policy", "compact")
}

fn put(n: i64, key: &str) -> Record {
    Record::keyed(key, format!("{key} {n}")).to(0).at(now() - DAY + n * 1_000)
}

fn delete(n: i64, key: &str) -> Record {
    Record { value: None, ..put(n, key) }
}

/// Which topic must be found with exactly these counts; those that are not named are 0.
#[track_caller]
fn keys(case: &Case<'_>, topic: &str, exit: i32, expected: &Value) {
    let answer = cutover(case, &["parity", "topic", topic, "--settle", "20s"], exit);
    let found = only(&answer["topics"]);
    let all = [
        "keys_source",
        "keys_target",
        "matching",
        "missing_keys",
        "extra_keys",
        "altered_keys",
        "resurrected_keys",
        "tombstones",
        "pending",
        "trimmed_source",
        "trimmed_target",
    ];
    for field in all {
        let wanted = expected.get(field).cloned().unwrap_or(json!(0));
        assert_eq!(found[field], wanted, "`{field}` of {found:#}");
    }
}

/// Closes segments by writing behind them, at least once, until the cleaner has left only this.
fn clean_until(cluster: &Cluster, topic: &str, write_on: &Cluster, is_left: impl Fn(&[Record]) -> bool) {
    let until = Instant::now() + AT_MOST;
    loop {
        // Also where the cleaner has come already: the filler is one of the keys that are counted.
        write(write_on, topic, [Record { timestamp: None, ..delete(0, "filler") }]);
        if is_left(&cluster.records(topic, 0, "read_committed").unwrap()) {
            return;
        }
        assert!(Instant::now() < until, "the cleaner did not come to {topic}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn has(records: &[Record], key: &str) -> bool {
    records.iter().any(|record| record.key.as_deref() == Some(key.as_bytes()))
}

/// MirrorMaker loses an update, the only record of a key and a deletion, and changes a header; the target is cleaned,
/// the source is not.
fn what_a_replicator_did_to_keys_is_found_whatever_the_cleaner_did_since() {
    let case = lab().case("bent-keys");
    let topic = case.name("accounts");
    case.target().create_topic(&eager(&topic)).unwrap();
    case.source().create_topic(&lazy(&topic)).unwrap();
    // Fifty keys ten times, five of them deleted: 45 alive.
    let mut all: Vec<Record> = (0..500).map(|n| put(n, &format!("key-{}", n % 50))).collect();
    all.extend((0..5).map(|n| delete(500 + n, &format!("key-{n}"))));
    let mistakes = [
        put(510, "stale"),
        put(511, "stale").header("lose", "me"),
        put(512, "lost").header("lose", "me"),
        put(513, "back"),
        delete(514, "back").header("lose", "me"),
        put(515, "bent").header("bend", "me"),
        put(516, "last"),
    ];
    let copied = all.len() + mistakes.len() - 3;
    all.extend(mistakes);
    write(case.source(), &topic, all);
    await_end(&case, &topic, i64::try_from(copied).unwrap());
    // The filler is deleted on both sides: it is a tombstone of the source or nothing.
    clean_until(case.target(), &topic, case.source(), |left| left.len() < 100);
    let expected = json!({
        "keys_source": 49, "keys_target": 49, "matching": 46, "tombstones": 7,
        "altered_keys": 2, "missing_keys": 1, "resurrected_keys": 1,
    });
    keys(&case, &topic, 1, &expected);
}

fn a_deletion_that_was_not_copied_is_resurrected_and_extra_once_its_tombstone_is_gone() {
    let case = lab().case("bent-expired");
    let topic = case.name("accounts");
    case.target().create_topic(&lazy(&topic)).unwrap();
    let patient = eager(&topic).config("delete.retention.ms", 5_000);
    case.source().create_topic(&patient).unwrap();
    write(case.source(), &topic, (0..20).map(|n| put(n, &format!("key-{n}"))));
    await_end(&case, &topic, 20);
    write(case.source(), &topic, [delete(20, "key-7").header("lose", "me"), put(21, "last")]);
    await_end(&case, &topic, 21);
    let expected = json!({ "keys_source": 20, "keys_target": 21, "matching": 20, "tombstones": 1, "resurrected_keys": 1 });
    keys(&case, &topic, 1, &expected);
    clean_until(case.source(), &topic, case.source(), |left| !has(left, "key-7"));
    let answer = cutover(&case, &["parity", "topic", &topic, "--settle", "20s"], 1);
    let found = only(&answer["topics"]);
    let told = (&found["matching"], &found["extra_keys"], &found["resurrected_keys"]);
    assert_eq!(told, (&json!(20), &json!(1), &json!(0)), "{found:#}");
}

fn keys_older_than_the_retention_of_the_target_may_be_absent() {
    let case = lab().case("clean-keys");
    let topic = case.name("accounts");
    let both = |retention: i64| {
        let topic = lazy(&topic).config("cleanup.policy", "compact,delete").config("segment.ms", DAY / 2);
        topic.config("retention.ms", retention)
    };
    case.target().create_topic(&both(DAY)).unwrap();
    case.source().create_topic(&both(30 * DAY)).unwrap();
    let old = |n: i64| put(n, &format!("old-{n}")).at(now() - 3 * DAY + n);
    write(case.source(), &topic, (0..40).map(old));
    await_end(&case, &topic, 40);
    let new = |n: i64| put(n, &format!("new-{n}")).at(now() - 3_600_000 + n);
    write(case.source(), &topic, (0..60).map(new));
    await_end(&case, &topic, 100);
    let until = Instant::now() + AT_MOST;
    while case.target().watermarks(&topic).unwrap()[&0].0 < 40 {
        assert!(Instant::now() < until, "retention did not remove the old keys");
        std::thread::sleep(Duration::from_millis(300));
    }
    let expected = json!({ "keys_source": 100, "keys_target": 60, "matching": 60, "trimmed_target": 40 });
    keys(&case, &topic, 4, &expected);
}
