use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a side keeps what is needed to come back to it; sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionSeen {
    pub partitions: Vec<PartitionRetention>,
    /// `offsets.retention.minutes` of the brokers, in ms: how long commits of an empty group live.
    pub offsets_retention_ms: Option<i64>,
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
    /// The earliest commit of the groups asked for: the recovery point. `None`: no commit.
    pub recovery_point: Option<i64>,
    /// Timestamp (ms since the epoch) of the first record at or after the recovery point; `None`: the log ends there.
    pub recovery_point_timestamp: Option<i64>,
    /// Bytes of the log at or after the log start, where the cluster tells; else `None`.
    pub size_bytes: Option<i64>,
    /// Broker clock minus ours would change the answer; both looks, in ms of our monotonic clock apart.
    pub over_ms: u64,
}
