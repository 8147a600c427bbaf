//! Defects planted in real clusters, files and runbooks: each turns its cell of the scorecard the right colour and is
//! found by code and subject; nothing planted, nothing found.
//!
//! Topics whose name begins with `mm-` are copied by MirrorMaker 2 and their groups synced; all others a test writes
//! to both sides itself, so that it knows exactly what differs.

#![expect(clippy::unwrap_used, reason = "what a test builds on must be there")]

mod activity;
mod answer;
mod bench;
mod content;
mod drained;
mod external;
mod governance;
mod healthy;
mod offset_parity;
mod operations;
mod platform;
mod reach;
mod readers;
mod rehearsal;
mod rehearsed;
mod resume;
mod rollback;
mod runbook;
mod secrets;
mod signed;
mod watch;

use std::sync::RwLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lab::{Flow, LabSpec, Record, TestLab};

pub use answer::{Answer, Expected};
pub use bench::{Bench, serve_if, utc};

/// No wait of a test is longer than this; it is no expectation of how long anything takes.
pub const AT_MOST: Duration = Duration::from_secs(90);

/// The suite's lab.
pub fn lab() -> &'static TestLab {
    TestLab::shared_with(|| LabSpec {
        flows: vec![Flow { topics: "mm-.*".to_owned(), groups: "mm-.*".to_owned(), ..Flow::default() }],
        ..LabSpec::default()
    })
}

/// A topic that promises more in-sync replicas than the lab has is trouble for all checks of both clusters: tests that
/// make one hold this for writing, tests to which other people's trouble matters hold it for reading.
pub static TROUBLE: RwLock<()> = RwLock::new(());

/// Milliseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// `count` distinct keyed records in partition 0, a second apart, beginning an hour ago.
pub fn records(count: i64) -> Vec<Record> {
    records_from(now() - 3_600_000, count)
}

/// The same, beginning at this time.
pub fn records_from(begin: i64, count: i64) -> Vec<Record> {
    (0..count)
        .map(|n| Record::keyed(format!("key-{}", n % 7), format!("value-{n:05}")).to(0).at(begin + n * 1000))
        .collect()
}

/// Waits for a condition.
#[track_caller]
pub fn until(what: &str, good: impl Fn() -> bool) {
    let end = Instant::now() + AT_MOST;
    while !good() {
        assert!(Instant::now() < end, "{what}: not within {} s", AT_MOST.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}
