use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::error::{LabError, Result};
use crate::lab::Lab;
use crate::limits::{POLL, POLL_RARELY};

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

    /// Waits until the last record that each partition of a topic has now on the source, or a later one, is the last on
    /// the target, whatever lies before it: markers, aborted records and purges included. Which records count on the
    /// source is what the flow copies. A topic that is written on is waited for no longer than any other.
    ///
    /// # Errors
    /// If the topic does not exist on the source, or if it takes longer than `at_most`.
    pub fn await_last_record(&self, topic: &str, at_most: Duration) -> Result<()> {
        let isolation = match self.flows().first() {
            Some(flow) if flow.read_committed => "read_committed",
            _ => "read_uncommitted",
        };
        let end = Instant::now() + at_most;
        let partitions = self.source().partitions(topic)?;
        if partitions.is_empty() {
            return Err(LabError::Unexpected {
                cluster: "source".into(),
                what: format!("there is no topic {topic}"),
            });
        }
        let ends = self.source().watermarks(topic)?;
        let mut wanted = Vec::new();
        for partition in partitions {
            let now = ends.get(&partition).map_or(0, |(_, high)| *high);
            wanted.push((partition, now, self.source().last_record(topic, partition, isolation)?));
        }
        for (partition, then, last) in wanted {
            loop {
                let there = !self.target().partitions(topic)?.is_empty();
                let copied = || self.target().last_record(topic, partition, "read_committed");
                let copied = if there { Some(copied()?) } else { None };
                if copied.as_ref() == Some(&last) {
                    break;
                }
                if let Some(Some(later)) = &copied
                    && self.source().has_record_from(topic, partition, then, isolation, later)?
                {
                    break;
                }
                if Instant::now() > end {
                    return Err(LabError::Unexpected {
                        cluster: "target".into(),
                        what: format!(
                            "after {} s {topic}-{partition} does not end with the source's last record",
                            at_most.as_secs()
                        ),
                    });
                }
                std::thread::sleep(POLL);
            }
        }
        Ok(())
    }

    /// Waits until a group has a position on the target wherever it has one on the source in this topic, and
    /// until none of them has moved for several of the flow's intervals. Where it stands is MirrorMaker's affair.
    ///
    /// # Errors
    /// If it takes longer than `at_most`, which it does for positions that MirrorMaker cannot translate.
    pub fn await_group(&self, group: &str, topic: &str, at_most: Duration) -> Result<()> {
        let interval = self.flows().first().map_or(1, |flow| flow.interval_seconds);
        let quiet = (Duration::from_secs(interval.into()) * 3).max(Duration::from_secs(4));
        let end = Instant::now() + at_most;
        let source = self.source().committed(group, topic)?;
        let (mut seen, mut since) = (BTreeMap::new(), Instant::now());
        loop {
            let held = if self.target().partitions(topic)?.is_empty() {
                BTreeMap::new()
            } else {
                self.target().committed(group, topic)?
            };
            if held != seen {
                (seen, since) = (held, Instant::now());
            }
            let complete = source.keys().all(|partition| seen.contains_key(partition));
            if complete && since.elapsed() >= quiet {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(LabError::Unexpected {
                    cluster: "target".into(),
                    what: format!(
                        "after {} s group {group} holds {seen:?} in {topic}; on the source it holds {source:?}",
                        at_most.as_secs()
                    ),
                });
            }
            std::thread::sleep(POLL);
        }
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

/// Looks until it is good. A look that fails is one that was not good: leaders of a topic that was just made are not
/// always known at once.
fn await_map(
    look: impl Fn() -> Result<BTreeMap<i32, i64>>,
    good: impl Fn(&BTreeMap<i32, i64>) -> bool,
    at_most: Duration,
    tell: impl Fn(&BTreeMap<i32, i64>) -> String,
) -> Result<()> {
    let end = Instant::now() + at_most;
    let mut pause = POLL;
    loop {
        let found = look();
        if found.as_ref().is_ok_and(&good) {
            return Ok(());
        }
        if Instant::now() > end {
            let what = format!("after {} s {}", at_most.as_secs(), tell(&found?));
            return Err(LabError::Unexpected { cluster: "target".into(), what });
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(POLL_RARELY);
    }
}
