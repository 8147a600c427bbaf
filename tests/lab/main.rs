//! Real clusters and real MirrorMaker 2: one lab for all tests of this suite.
//!
//! Topics whose name begins with `mm-` are copied by MirrorMaker 2 and their groups synced; all others a test writes
//! to both sides itself, so that it knows exactly what differs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says why by panicking")]

mod all_groups;
mod compacted;
mod landing;
mod positions;
mod refusals;
mod resumed;
mod sampled;
mod topics;
mod whereabouts;

use std::time::Duration;

use lab::{Case, Cluster, Flow, LabSpec, Record, TestLab, Topic};
use serde_json::Value;

/// No wait of a test is longer than this; it is no expectation of how long anything takes.
pub const AT_MOST: Duration = Duration::from_secs(90);

/// The suite's lab.
pub fn lab() -> &'static TestLab {
    // Cleaners that come at once.
    let options = || [("log.cleaner.backoff.ms".to_owned(), "200".to_owned())].into();
    TestLab::shared_with(|| LabSpec {
        source_options: options(),
        target_options: options(),
        flows: vec![Flow { topics: "mm-.*".to_owned(), groups: "mm-.*".to_owned(), ..Flow::default() }],
        ..LabSpec::default()
    })
}

/// The arguments that name both clusters.
pub fn sides(case: &Case<'_>) -> [String; 4] {
    let path = |cluster: &Cluster| cluster.properties.display().to_string();
    ["--source".to_owned(), path(case.source()), "--target".to_owned(), path(case.target())]
}

/// Runs `cutover ARGUMENTS --source … --target … -o json`.
pub fn cutover(case: &Case<'_>, arguments: &[&str]) -> cutover_tests::Run {
    let sides = sides(case);
    let all = arguments.iter().copied().chain(sides.iter().map(String::as_str)).chain(["-o", "json"]);
    let run = cutover_tests::Cutover::new(all).run();
    if !run.stdout.is_empty() {
        let schema = match arguments {
            ["parity", "group", ..] => "parity-group",
            ["parity", "topic", ..] => "parity-topic",
            ["where", ..] => "where",
            ["land", ..] => "land",
            other => panic!("no schema is known for {other:?}"),
        };
        cutover_tests::matches_schema(schema, &run.json());
    }
    run
}

/// A topic of one partition with nothing in it, on both sides.
pub fn topic_on_both(case: &Case<'_>, name: &str) -> String {
    let name = case.name(name);
    for cluster in [case.source(), case.target()] {
        cluster.create_topic(&Topic::new(&name).partitions(1).config("retention.ms", -1)).unwrap();
    }
    name
}

/// `count` distinct keyed records in partition 0, a second apart, beginning an hour ago.
pub fn records(count: i64) -> Vec<Record> {
    let begin = an_hour_ago();
    (0..count)
        .map(|n| Record::keyed(format!("key-{}", n % 7), format!("value-{n:05}")).to(0).at(begin + n * 1000))
        .collect()
}

/// Milliseconds since 1970.
pub fn an_hour_ago() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap() - 3_600_000
}

pub fn write(cluster: &Cluster, topic: &str, records: impl IntoIterator<Item = Record>) {
    cluster.produce(topic, records, &lab::Produce::default()).unwrap();
}

/// The one element of a JSON array.
pub fn only(list: &Value) -> &Value {
    let list = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    assert_eq!(list.len(), 1, "not exactly one: {list:#?}");
    &list[0]
}
