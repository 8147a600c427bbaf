//! The lab that all cases share, and what copies in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use lab::{Case, Cluster, Flow, LabSpec, Life, Produce, Record, Replicator, TestLab, Topic};

use crate::{AT_MOST, curtain};

/// A flow takes the topics whose names begin with its own; so do its groups.
fn flow(name: &str) -> Flow {
    // New topics are found when the flow starts and never again, as `curtain` says; in a lab that is used again they
    // have to be found.
    let refresh = if kept().is_some() { "4" } else { "86400" };
    let options = [
        ("refresh.topics.interval.seconds", refresh),
        ("emit.heartbeats.enabled", "false"),
        // Topics of cases are made on both sides beforehand where they are to differ.
        ("sync.topic.configs.enabled", "false"),
        ("producer.override.max.request.size", "20000000"),
    ];
    Flow {
        sync_acls: false,
        options: options.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..Flow::named(name, format!("{name}-.*"), format!("{name}-.*"))
    }
}

/// A flow whose transformations lose records with the header `lose` and take that header from those with `bend`.
fn bent() -> Flow {
    let mut bent = flow("bent");
    let options = [
        ("predicates", "lose,bend"),
        ("predicates.lose.type", "org.apache.kafka.connect.transforms.predicates.HasHeaderKey"),
        ("predicates.lose.name", "lose"),
        ("predicates.bend.type", "org.apache.kafka.connect.transforms.predicates.HasHeaderKey"),
        ("predicates.bend.name", "bend"),
        ("transforms", "lose,bend"),
        ("transforms.lose.type", "org.apache.kafka.connect.transforms.Filter"),
        ("transforms.lose.predicate", "lose"),
        ("transforms.bend.type", "org.apache.kafka.connect.transforms.DropHeaders"),
        ("transforms.bend.headers", "bend"),
        ("transforms.bend.predicate", "bend"),
    ];
    bent.options.extend(options.map(|(key, value)| (key.to_owned(), value.to_owned())));
    bent
}

/// Retention and compaction are looked at every second instead of every few minutes.
fn brokers() -> BTreeMap<String, String> {
    let options = [
        ("log.retention.check.interval.ms", "1000"),
        ("log.initial.task.delay.ms", "1000"),
        ("log.cleaner.backoff.ms", "500"),
        ("message.max.bytes", "20000000"),
        ("replica.fetch.max.bytes", "20000000"),
    ];
    options.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// `CUTOVER_LAB_DIR`: where the lab lives on after the suite.
fn kept() -> Option<PathBuf> {
    std::env::var_os("CUTOVER_LAB_DIR").map(PathBuf::from)
}

/// The lab of this suite, two clusters. `CUTOVER_LAB_DIR=DIR` keeps it running in that directory and uses it again,
/// which saves its start while a case is being written; `cutover lab down --dir DIR` ends it.
pub fn lab() -> &'static TestLab {
    static LAB: OnceLock<TestLab> = OnceLock::new();
    LAB.get_or_init(|| {
        let dir = kept();
        TestLab::new(&LabSpec {
            life: if dir.is_some() { Life::Detached } else { Life::Owned },
            dir,
            replicator: Replicator::None,
            source_options: brokers(),
            target_options: brokers(),
            ..LabSpec::default()
        })
    })
}

/// Waits until all cases have written what is to be copied first, and the replicators run.
pub fn replicating() {
    static WORKERS: OnceLock<()> = OnceLock::new();
    curtain::wait();
    WORKERS.get_or_init(|| {
        let several = vec![
            flow("dirty"),
            Flow { read_committed: true, ..flow("clean") },
            bent(),
            // Stopped and told other offsets.
            flow("steered"),
        ];
        let once = vec![Flow { read_committed: true, ..flow("once") }];
        // To be killed. It notes rarely how far it is, as by default, so that it copies much again.
        let victim = vec![flow("victim")];
        let option = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        std::thread::scope(|scope| {
            scope.spawn(|| add("several", several, BTreeMap::new()));
            scope.spawn(|| add("once", once, option("exactly.once.source.support", "enabled")));
            scope.spawn(|| add("victim", victim, option("offset.flush.interval.ms", "60000")));
        });
    });
}

fn add(name: &str, flows: Vec<Flow>, options: BTreeMap<String, String>) {
    let server = format!("connect-{name}");
    if !lab().status().servers.iter().any(|known| known.name == server) {
        lab().add_worker(name, flows, options).unwrap();
    }
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// `count` distinct keyed records for partition 0, a second apart, the first at `begin`.
pub fn records_from(begin: i64, count: i64) -> Vec<Record> {
    (0..count)
        .map(|n| Record::keyed(format!("key-{}", n % 7), format!("value-{n:05}")).to(0).at(begin + n * 1000))
        .collect()
}

/// The same, beginning some hours ago.
pub fn records(count: i64) -> Vec<Record> {
    records_from(now() - 1000 * count - 3_600_000, count)
}

/// A topic of one partition on the source; a flow makes it on the target.
pub fn topic(case: &Case<'_>, name: &str) -> String {
    let name = case.name(name);
    case.source().create_topic(&Topic::new(&name)).unwrap();
    name
}

/// A topic on both sides, which no flow copies unless its name says so.
pub fn topic_on_both(case: &Case<'_>, name: &str, partitions: i32) -> String {
    let name = case.name(name);
    for cluster in [case.source(), case.target()] {
        cluster.create_topic(&Topic::new(&name).partitions(partitions)).unwrap();
    }
    name
}

pub fn write(cluster: &Cluster, topic: &str, records: impl IntoIterator<Item = Record>) {
    cluster.produce(topic, records, &Produce::default()).unwrap();
}

/// Waits until partition 0 of the target ends at this offset or behind it.
pub fn await_end(case: &Case<'_>, topic: &str, end: i64) {
    await_all(case, topic, &[(0, end)].into());
}

/// The same for several partitions.
pub fn await_all(case: &Case<'_>, topic: &str, ends: &BTreeMap<i32, i64>) {
    replicating();
    case.await_ends(topic, ends, AT_MOST).unwrap();
}
