use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lag of one group on one side, sorted by topic and partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LagSeen {
    pub group: String,
    pub partitions: Vec<PartitionLag>,
}

impl LagSeen {
    /// The partitions the group reads: all of every topic it has a commit on. One of them without a commit is read from its
    /// start, or was never assigned; a topic without any is none of the group's.
    pub fn read(&self) -> impl Iterator<Item = &PartitionLag> {
        let committed = self.partitions.iter().filter(|partition| partition.committed.is_some());
        let topics: BTreeSet<&str> = committed.map(|partition| partition.topic.as_str()).collect();
        self.partitions.iter().filter(move |partition| topics.contains(partition.topic.as_str()))
    }
}

/// Lag of many groups on one side, sorted by group. Of each group the partitions it reads, as [`LagSeen::read`] says; none
/// where it has no commit. A group whose lag could not be told is not here, and the observation is partial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LagsSeen {
    pub groups: Vec<LagSeen>,
}

impl LagsSeen {
    pub fn of(&self, group: &str) -> Option<&LagSeen> {
        let place = self.groups.binary_search_by(|seen| seen.group.as_str().cmp(group)).ok()?;
        self.groups.get(place)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionLag {
    pub topic: String,
    pub partition: i32,
    pub committed: Option<i64>,
    pub log_start: i64,
    /// What the group can see to: LSO at read_committed, else the high watermark.
    pub end: i64,
    /// Visible records from the commit (or the log start, when there is none) to the end, counted where they are few
    /// enough to count, else `end - committed`; 0 only where nothing visible is left.
    pub records: u64,
    /// Whether `records` was counted (true) or is an offset difference (false).
    pub counted: bool,
    /// The high watermark; absent in evidence of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_watermark: Option<i64>,
    /// Whether an open transaction hides records behind `end` from the group, which may still be committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_transaction: Option<bool>,
    /// Newest timestamp of the partition minus the timestamp of the first record not yet read; 0 when drained.
    pub event_time_ms: Option<i64>,
    /// Why `event_time_ms` is not told; absent in evidence of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_untold: Option<String>,
}
