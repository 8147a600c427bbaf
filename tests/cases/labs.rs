//! The lab that all cases share, and what copies in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use lab::{Case, Cluster, Flow, LabSpec, Life, Produce, Record, TestLab, Topic};

use crate::AT_MOST;

/// A flow takes the topics whose names begin with its own; so do its groups.
fn flow(name: &str) -> Flow {
    // Every new topic stops and starts all tasks of a flow: looked for less often, many come together.
    let options = [
        ("refresh.topics.interval.seconds", "4"),
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

/// A flow whose transformations lose records with the header `lose` and add a header to those with `bend`, and
/// whose connector is stopped and told other offsets.
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
        // A dropped header, as header values that are no bytes could not be converted.
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

/// The lab of this suite. `CUTOVER_LAB_DIR=DIR` keeps it running in that directory and uses it again, which saves
/// its start while a case is being written; `cutover lab down --dir DIR` ends it.
pub fn lab() -> &'static TestLab {
    static LAB: OnceLock<TestLab> = OnceLock::new();
    LAB.get_or_init(|| {
        let dir = std::env::var_os("CUTOVER_LAB_DIR").map(PathBuf::from);
        TestLab::new(&LabSpec {
            life: if dir.is_some() { Life::Detached } else { Life::Owned },
            dir,
            flows: vec![flow("dirty"), Flow { read_committed: true, ..flow("clean") }, bent()],
            source_options: brokers(),
            target_options: brokers(),
            ..LabSpec::default()
        })
    })
}

/// The shared lab once the worker has come up that copies each record exactly once (topics `once-…`).
pub fn once() -> &'static TestLab {
    static WORKER: OnceLock<()> = OnceLock::new();
    WORKER.get_or_init(|| {
        let options = [("exactly.once.source.support".to_owned(), "enabled".to_owned())];
        add(Flow { read_committed: true, ..flow("once") }, options.into());
    });
    lab()
}

/// The shared lab with a worker that may be killed, `connect-victim` (topics `victim-…`). It notes rarely how far
/// it is, as by default, so that it copies much again.
pub fn victim() -> &'static TestLab {
    static WORKER: OnceLock<()> = OnceLock::new();
    WORKER.get_or_init(|| {
        let options = [("offset.flush.interval.ms".to_owned(), "60000".to_owned())];
        add(flow("victim"), options.into());
    });
    lab()
}

fn add(flow: Flow, options: BTreeMap<String, String>) {
    let server = format!("connect-{}", flow.name);
    if lab().status().servers.iter().any(|known| known.name == server) {
        return;
    }
    let name = flow.name.clone();
    lab().add_worker(&name, vec![flow], options).unwrap();
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
    case.await_ends(topic, &[(0, end)].into(), AT_MOST).unwrap();
}
