use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::error::{LabError, Result};
use crate::lab::Lab;
use crate::limits::POLL;

impl Lab {
    /// Waits until the target has at least as many offsets in each partition of a topic as the source now has
    /// records there: enough for topics written without transactions, compaction or purge.
    ///
    /// # Errors
    /// If it takes longer than `at_most`; the error names both ends.
    pub fn await_copied(&self, topic: &str, at_most: Duration) -> Result<()> {
        let wanted: BTreeMap<i32, i64> = self
            .source()
            .watermarks(topic)?
            .into_iter()
            .map(|(partition, (low, high))| (partition, high - low))
            .collect();
        self.await_ends(topic, &wanted, at_most)
    }

    /// Waits until the high watermarks of a topic on the target are at least these.
    pub fn await_ends(&self, topic: &str, wanted: &BTreeMap<i32, i64>, at_most: Duration) -> Result<()> {
        let look = || {
            let ends = self.target().watermarks(topic)?;
            Ok(ends.into_iter().map(|(partition, (_, high))| (partition, high)).collect())
        };
        let reached = |ends: &BTreeMap<i32, i64>| {
            wanted.iter().all(|(partition, end)| ends.get(partition).is_some_and(|there| there >= end))
        };
        await_map(look, reached, at_most, |ends| {
            format!("topic {topic} has the ends {ends:?} instead of {wanted:?}")
        })
    }

    /// Waits until a group holds exactly these positions on the target.
    pub fn await_committed(
        &self,
        group: &str,
        topic: &str,
        wanted: &BTreeMap<i32, i64>,
        at_most: Duration,
    ) -> Result<()> {
        let look = || self.target().committed(group, topic);
        await_map(
            look,
            |held| held == wanted,
            at_most,
            |held| format!("group {group} holds {held:?} in {topic} instead of {wanted:?}"),
        )
    }
}

fn await_map(
    look: impl Fn() -> Result<BTreeMap<i32, i64>>,
    good: impl Fn(&BTreeMap<i32, i64>) -> bool,
    at_most: Duration,
    tell: impl Fn(&BTreeMap<i32, i64>) -> String,
) -> Result<()> {
    let end = Instant::now() + at_most;
    loop {
        let found = look()?;
        if good(&found) {
            return Ok(());
        }
        if Instant::now() > end {
            let what = format!("after {} s {}", at_most.as_secs(), tell(&found));
            return Err(LabError::Unexpected { cluster: "target".into(), what });
        }
        std::thread::sleep(POLL);
    }
}
