use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far the replicator has copied, at two looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicationSeen {
    /// Sorted by topic and partition.
    pub partitions: Vec<PartitionProgress>,
    /// Age of the newest heartbeat that crossed from source to target; `None`: no heartbeat found.
    pub heartbeat_age_ms: Option<i64>,
    /// Connect mode only, sorted; empty in dedicated mode.
    pub tasks: Vec<TaskSeen>,
    /// Where the position was read: `connect-rest`, `offsets-topic`, `target-ends`.
    pub position_from: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionProgress {
    pub topic: String,
    pub partition: i32,
    pub source_log_start: i64,
    pub source_lso: i64,
    pub source_high_watermark: i64,
    /// Next source offset to copy (last copied + 1); `None`: nothing copied yet.
    pub position: Option<i64>,
    /// The same at the second look.
    pub position_later: Option<i64>,
    /// Source LSO at the second look.
    pub source_lso_later: i64,
    /// Visible source records that wait to be copied, at the second look; 0 when only markers remain.
    pub behind: u64,
    pub target_end: Option<i64>,
    /// The same at the second look: it moves with every copied record, while stored positions move once per flush.
    #[serde(default)]
    pub target_end_later: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskSeen {
    pub connector: String,
    /// `None`: the connector itself.
    pub task: Option<i32>,
    /// Connect's word: `RUNNING`, `FAILED`, `PAUSED`, `STOPPED`, `UNASSIGNED`.
    pub state: String,
    pub worker: String,
    /// First line of the stack trace of a failed task.
    pub trace: Option<String>,
}
