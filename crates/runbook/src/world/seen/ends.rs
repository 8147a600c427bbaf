use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Log bounds, sorted by topic and partition. LSO was read before the high watermark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndsSeen {
    pub partitions: Vec<PartitionEnds>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionEnds {
    pub topic: String,
    pub partition: i32,
    pub log_start: i64,
    /// Last stable offset.
    pub lso: i64,
    pub high_watermark: i64,
}
