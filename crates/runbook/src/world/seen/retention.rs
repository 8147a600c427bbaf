use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a side keeps what is needed to come back to it; sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionSeen {
    pub partitions: Vec<PartitionRetention>,
    /// `offsets.retention.minutes` of the brokers, in ms: how long commits of an empty group live.
    pub offsets_retention_ms: Option<i64>,
    /// Groups with commits and without members: their commits have begun to expire, the cluster does not tell when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionRetention {
    pub topic: String,
    pub partition: i32,
    /// `cleanup.policy`.
    pub cleanup_policy: String,
    /// `None`: unlimited.
    pub retention_ms: Option<i64>,
    /// Per partition; `None`: unlimited.
    pub retention_bytes: Option<i64>,
    pub log_start: i64,
    /// Log start at the second look.
    pub log_start_later: i64,
    pub end: i64,
    pub end_later: i64,
    /// The recovery point: the earliest commit of the groups asked for, or the log start where one of them would begin
    /// there. `None`: neither.
    pub recovery_point: Option<i64>,
    /// A group that reads the topic, has no commit on this partition and begins at its log start: the recovery point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_at_log_start: Option<String>,
    /// Timestamp (ms since the epoch) of the first record at or after the recovery point; `None`: the log ends there.
    pub recovery_point_timestamp: Option<i64>,
    /// Bytes of the log at or after the log start, where the cluster tells; else `None`.
    pub size_bytes: Option<i64>,
    /// Broker clock minus ours would change the answer; both looks, in ms of our monotonic clock apart.
    pub over_ms: u64,
}
