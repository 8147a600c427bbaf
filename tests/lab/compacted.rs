//! `cutover parity topic` on compacted topics: the latest value of each key, whatever the cleaners have done.

use std::thread;
use std::time::{Duration, Instant};

use lab::{Case, Cluster, Record, Topic};
use serde_json::{Value, json};

use crate::{AT_MOST, an_hour_ago, cutover, lab, only, write};

/// A compacted topic of one partition that the cleaner leaves alone, on both sides.
fn compacted_on_both(case: &Case<'_>, configs: &[(&str, &str)]) -> String {
    let name = case.name("accounts");
    for cluster in [case.source(), case.target()] {
        create(cluster, &name, configs);
    }
    name
}

fn create(cluster: &Cluster, name: &str, configs: &[(&str, &str)]) {
    let mut topic = Topic::new(name).config("cleanup.policy", "compact");
    for (key, value) in configs {
        topic = topic.config(*key, *value);
    }
    cluster.create_topic(&topic).unwrap();
}

/// What makes a cleaner run at once and over nearly everything.
const CLEANED: [(&str, &str); 3] =
    [("segment.ms", "100"), ("min.cleanable.dirty.ratio", "0.01"), ("delete.retention.ms", "0")];

/// Records of keys, the `n`th a second after the first, beginning an hour ago.
#[derive(Clone, Copy)]
struct Book(i64);

impl Book {
    fn new() -> Book {
        Book(an_hour_ago())
    }

    fn put(self, n: i64, key: &str) -> Record {
        Record::keyed(key, format!("{key}-{n}")).to(0).at(self.0 + n * 1000)
    }

    fn delete(self, n: i64, key: &str) -> Record {
        Record { value: None, ..self.put(n, key) }
    }

    /// One writing of each of these keys.
    fn keys(self, count: i64) -> Vec<Record> {
        (0..count).map(|n| self.put(n, &format!("k{n}"))).collect()
    }
}

fn compare(case: &Case<'_>, source: Vec<Record>, target: Vec<Record>, exit: i32) -> Value {
    let topic = compacted_on_both(case, &[]);
    write(case.source(), &topic, source);
    write(case.target(), &topic, target);
    measure(case, &topic, exit)
}

fn measure(case: &Case<'_>, topic: &str, exit: i32) -> Value {
    let answer = cutover(case, &["parity", "topic", topic, "--settle", "1s"]).exits(exit).json();
    let topic = only(&answer["topics"]).clone();
    assert_eq!(topic["mode"], "compacted");
    topic
}

#[track_caller]
fn counts(topic: &Value, expected: Value) {
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
        "null_keys_source",
        "null_keys_target",
    ];
    for field in all {
        let wanted = expected.get(field).cloned().unwrap_or(json!(0));
        assert_eq!(topic[field], wanted, "`{field}` of {topic:#}");
    }
}

/// Kind, count, source offsets and target offsets of the findings of partition 0.
fn findings(topic: &Value) -> Vec<(String, u64, Value, Value)> {
    let found = only(&topic["partitions"])["findings"].as_array().unwrap();
    let one = |finding: &Value| {
        let kind = finding["kind"].as_str().unwrap().to_owned();
        let offsets = |side: &str| finding[side].clone();
        (kind, finding["count"].as_u64().unwrap(), offsets("source_offsets"), offsets("target_offsets"))
    };
    found.iter().map(one).collect()
}

#[test]
fn the_same_latest_values_are_green_however_often_they_were_written() {
    let case = lab().case("keys-equal");
    let book = Book::new();
    let mut source: Vec<Record> = (0..60).map(|n| book.put(n, &format!("k{}", n % 6))).collect();
    source.push(book.delete(60, "k0"));
    // As a cleaner leaves it: of each key the last writing, the deletion gone as well.
    let target: Vec<Record> = source[55..60].to_vec();
    let topic = compare(&case, source, target, 0);
    assert_eq!(topic["verdict"], "green");
    counts(&topic, json!({"keys_source": 5, "keys_target": 5, "matching": 5, "tombstones": 1}));
    assert_eq!((&topic["source_records"], &topic["target_records"]), (&json!(61), &json!(5)));
    assert!(topic["evidence_sha256"].is_string());
}

#[test]
fn each_difference_is_counted_and_located() {
    let case = lab().case("keys-differ");
    let book = Book::new();
    let source = vec![
        book.put(0, "same"),
        book.put(1, "lost-1"),
        book.put(2, "lost-2"),
        book.put(3, "stale"),
        book.put(4, "stale"),
        book.put(5, "back"),
        book.delete(6, "back"),
        book.put(7, "header"),
        book.put(8, "gone"),
        book.delete(9, "gone"),
        book.put(10, "last"),
        book.put(11, "coming"),
    ];
    let mut header = source[7].clone();
    header.headers.push(("origin".to_owned(), Some(b"copy".to_vec())));
    let target = vec![
        source[0].clone(),
        source[3].clone(),
        source[5].clone(),
        header,
        book.put(8, "foreign"),
        source[10].clone(),
    ];
    let topic = compare(&case, source, target, 1);
    assert_eq!(topic["verdict"], "red");
    let expected = json!({"keys_source": 7, "keys_target": 6, "matching": 2, "tombstones": 2, "missing_keys": 2,
        "altered_keys": 2, "resurrected_keys": 1, "extra_keys": 1, "pending": 1});
    counts(&topic, expected);
    let at = |n: i64| json!([n, n]);
    let expected = [
        ("missing_keys", 2, json!([1, 2]), Value::Null),
        ("altered_keys", 1, at(4), at(1)),
        ("resurrected_keys", 1, at(6), at(2)),
        ("altered_keys", 1, at(7), at(3)),
        ("pending", 1, at(11), Value::Null),
        ("extra_keys", 1, Value::Null, at(4)),
    ]
    .map(|(kind, count, source, target)| (kind.to_owned(), count, source, target));
    assert_eq!(findings(&topic), expected);
}

#[test]
fn keys_are_compared_within_their_partition() {
    let case = lab().case("keys-moved");
    let book = Book::new();
    let name = case.name("accounts");
    for cluster in [case.source(), case.target()] {
        let topic = Topic::new(&name).partitions(3).config("cleanup.policy", "compact");
        cluster.create_topic(&topic).unwrap();
    }
    let all: Vec<Record> = (0..30).map(|n| book.put(n, &format!("k{n}")).to((n % 3) as i32)).collect();
    let mut moved = all.clone();
    moved[7].partition = Some(2);
    write(case.source(), &name, all);
    write(case.target(), &name, moved);
    let topic = measure(&case, &name, 1);
    counts(
        &topic,
        json!({"keys_source": 30, "keys_target": 30, "matching": 29, "missing_keys": 1, "extra_keys": 1}),
    );
}

#[test]
fn a_target_that_stamps_records_itself_is_compared_without_timestamps() {
    let case = lab().case("keys-stamped");
    let book = Book::new();
    let name = case.name("accounts");
    create(case.source(), &name, &[]);
    create(case.target(), &name, &[("message.timestamp.type", "LogAppendTime")]);
    let all: Vec<Record> = book.keys(10);
    write(case.source(), &name, all.clone());
    write(case.target(), &name, all);
    let topic = measure(&case, &name, 0);
    counts(&topic, json!({"keys_source": 10, "keys_target": 10, "matching": 10}));
    assert!(topic["ignored"].to_string().contains("LogAppendTime"), "{topic:#}");
}

#[test]
fn a_target_without_anything_is_pending() {
    let case = lab().case("keys-none");
    let book = Book::new();
    let source = vec![book.put(0, "a"), book.put(1, "b"), book.delete(2, "b")];
    let topic = compare(&case, source, Vec::new(), 4);
    counts(&topic, json!({"keys_source": 1, "tombstones": 1, "pending": 1}));
}

#[test]
fn what_real_cleaners_do_at_different_times_is_no_difference() {
    let case = lab().case("keys-cleaned");
    let book = Book::new();
    let name = case.name("accounts");
    create(case.source(), &name, &[]);
    create(case.target(), &name, &CLEANED);
    let mut all: Vec<Record> = (0..3_000).map(|n| book.put(n, &format!("k{}", n % 100))).collect();
    all.extend((0..50).map(|n| book.delete(3_000 + n, &format!("k{n}"))));
    write(case.source(), &name, all.clone());
    write(case.target(), &name, all);
    clean_until(case.target(), &name, |left| left.len() < 500);
    let topic = measure(&case, &name, 0);
    counts(&topic, json!({"keys_source": 50, "keys_target": 50, "matching": 50, "tombstones": 50}));
    let (source, target) =
        (topic["source_records"].as_u64().unwrap(), topic["target_records"].as_u64().unwrap());
    assert!(source == 3_050 && target < source, "the target was cleaned: {topic:#}");
}

#[test]
fn a_deletion_whose_tombstone_expired_before_it_was_copied_is_extra() {
    let case = lab().case("keys-expired");
    let book = Book::new();
    let name = case.name("accounts");
    create(case.source(), &name, &CLEANED);
    create(case.target(), &name, &[]);
    let all: Vec<Record> = book.keys(20);
    write(case.source(), &name, all.clone());
    write(case.target(), &name, all);
    write(case.source(), &name, [book.delete(20, "k7")]);
    let of_key = |record: &Record| record.key.as_deref() == Some(b"k7".as_slice());
    clean_until(case.source(), &name, |left| !left.iter().any(of_key));
    let last = book.put(40, "last");
    write(case.source(), &name, [last.clone()]);
    write(case.target(), &name, [last]);
    let topic = measure(&case, &name, 1);
    assert_eq!(topic["extra_keys"], 1, "{topic:#}");
    let extra = findings(&topic).into_iter().find(|finding| finding.0 == "extra_keys").unwrap();
    assert_eq!((extra.1, extra.2, extra.3), (1, Value::Null, json!([7, 7])));
}

#[test]
fn keys_that_the_targets_retention_has_removed_are_trimmed() {
    let case = lab().case("keys-trimmed");
    let book = Book::new();
    let configs = [("cleanup.policy", "compact,delete"), ("retention.ms", "1800000")];
    let name = compacted_on_both(&case, &configs);
    let fresh =
        |n: i64| Record { timestamp: Some(book.0 + 3_500_000 + n), ..book.put(n, &format!("fresh{n}")) };
    let all: Vec<Record> = book.keys(10).into_iter().chain((0..10).map(fresh)).collect();
    let mut target = all.clone();
    // Retention takes whole heads; a key that lacks behind what is there is not its work.
    target.remove(14);
    write(case.source(), &name, all);
    write(case.target(), &name, target.clone());
    case.target().delete_records(&name, 0, 6).unwrap();
    let topic = measure(&case, &name, 1);
    let expected =
        json!({"keys_source": 20, "keys_target": 13, "matching": 13, "trimmed_target": 6, "missing_keys": 1});
    counts(&topic, expected);
    write(case.target(), &name, [fresh(4)]);
    let topic = measure(&case, &name, 4);
    let expected = json!({"keys_source": 20, "keys_target": 14, "matching": 14, "trimmed_target": 6});
    counts(&topic, expected);
}

/// Kafka refuses a record without a key on every topic that is compacted, one with `compact,delete` as well: such records
/// are older than the topic's compaction.
#[test]
fn records_without_a_key_from_before_a_topic_was_compacted_are_counted_and_not_compared() {
    let case = lab().case("keys-null");
    let book = Book::new();
    let name = case.name("accounts");
    for cluster in [case.source(), case.target()] {
        let topic = Topic::new(&name).config("cleanup.policy", "delete").config("retention.ms", -1);
        cluster.create_topic(&topic).unwrap();
    }
    let no_key = |n: i64| Record { key: None, ..book.put(n, "none") };
    write(case.source(), &name, (0..3).map(no_key));
    write(case.target(), &name, (0..1).map(no_key));
    let mut without = 3;
    for cluster in [case.source(), case.target()] {
        cutover_tests::config::set(cluster, &name, "cleanup.policy", "compact,delete");
    }
    let until = Instant::now() + AT_MOST;
    while case.source().produce(&name, [no_key(without)], &lab::Produce::default()).is_ok() {
        without += 1;
        assert!(Instant::now() < until, "the source goes on taking records without a key");
        thread::sleep(Duration::from_millis(50));
    }
    for cluster in [case.source(), case.target()] {
        write(cluster, &name, book.keys(5));
    }
    let topic = measure(&case, &name, 0);
    let expected = json!({"keys_source": 5, "keys_target": 5, "matching": 5, "null_keys_source": without,
        "null_keys_target": 1});
    counts(&topic, expected);
    assert!(topic["ignored"].to_string().contains("records without a key"), "{topic:#}");
}

#[test]
fn a_reader_slower_than_tombstones_are_kept_may_have_missed_deletions_and_says_so() {
    let case = lab().case("keys-slow");
    let book = Book::new();
    let name = compacted_on_both(&case, &[("delete.retention.ms", "100")]);
    // Some 300 kB: fifteen seconds at that rate, five more than two runs of a cleaner could take.
    let large = |n: i64| Record { value: Some(vec![b'v'; 1_000]), ..book.put(n, &format!("k{n}")) };
    for cluster in [case.source(), case.target()] {
        write(cluster, &name, (0..300).map(large));
    }
    let topic = measure(&case, &name, 0);
    assert_eq!(topic["verdict"], "green");
    let arguments = ["parity", "topic", &name, "--settle", "1s", "--rate", "20kB"];
    let answer = cutover(&case, &arguments).exits(3).json();
    let topic = only(&answer["topics"]);
    assert_eq!((&topic["verdict"], &topic["matching"]), (&json!("unknown"), &json!(300)), "{topic:#}");
    let why = only(&topic["partitions"])["why"].as_str().unwrap().to_owned();
    for word in ["delete.retention.ms", "keeps tombstones for 0 s", "may miss deletions"] {
        assert!(why.contains(word), "{word:?} is not in {why:?}");
    }
}

#[test]
fn what_an_open_transaction_has_written_is_no_difference_before_it_is_decided() {
    let case = lab().case("keys-open");
    let book = Book::new();
    let name = compacted_on_both(&case, &[]);
    let (before, within) = (book.keys(5), [book.put(7, "k3"), book.put(8, "new")]);
    write(case.source(), &name, before.clone());
    let transaction = case.source().transactions(&case.name("tx"), &lab::Produce::default()).unwrap();
    transaction.begin().unwrap();
    transaction.send(&name, within.clone()).unwrap();
    // A replicator that reads uncommitted records.
    write(case.target(), &name, before.into_iter().chain(within));
    let topic = measure(&case, &name, 0);
    counts(&topic, json!({"keys_source": 5, "keys_target": 5, "matching": 5}));
    transaction.abort().unwrap();
    let topic = measure(&case, &name, 1);
    let expected =
        json!({"keys_source": 5, "keys_target": 6, "matching": 4, "altered_keys": 1, "extra_keys": 1});
    counts(&topic, expected);
}

#[test]
fn while_both_sides_are_written_nothing_differs() {
    let case = lab().case("keys-live");
    let book = Book::new();
    let name = compacted_on_both(&case, &[]);
    let stop = Instant::now() + Duration::from_secs(6);
    let answers: Vec<Value> = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 0;
            while Instant::now() < stop {
                let one = |n: i64| book.put(n, &format!("k{}", n % 37)).at(book.0 + n);
                let some: Vec<Record> = (n..n + 200).map(one).collect();
                write(case.source(), &name, some.clone());
                write(case.target(), &name, some);
                n += 200;
            }
        });
        let mut answers = Vec::new();
        while answers.is_empty() || Instant::now() < stop {
            // An empty topic and one that is half copied are pending; nothing is ever wrong.
            let answer = cutover(&case, &["parity", "topic", &name, "--settle", "20s"]);
            answers.push(only(&answer.json()["topics"]).clone());
        }
        writer.join().unwrap();
        answers
    });
    for topic in answers {
        assert!(["green", "yellow"].contains(&topic["verdict"].as_str().unwrap()), "{topic:#}");
        counts(
            &topic,
            json!({"keys_source": topic["keys_source"], "keys_target": topic["keys_target"],
                "matching": topic["keys_source"], "pending": topic["pending"]}),
        );
    }
    measure(&case, &name, 0);
}

/// Writes to a topic and looks until its cleaner has left only this. A cleaner works on closed segments, and a segment
/// is closed by what is written behind it.
fn clean_until(cluster: &Cluster, topic: &str, mut is_left: impl FnMut(&[Record]) -> bool) {
    let until = Instant::now() + AT_MOST;
    while !is_left(&cluster.records(topic, 0, "read_committed").unwrap()) {
        assert!(Instant::now() < until, "the cleaner did not come to {topic}");
        write(cluster, topic, [Record { timestamp: None, ..Book::new().delete(0, "filler") }]);
        thread::sleep(Duration::from_millis(300));
    }
}
