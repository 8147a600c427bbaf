use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the target holds behind certain places, sorted by topic and partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BornSeen {
    pub partitions: Vec<PartitionBorn>,
    /// Ids of the topics on the target, in Kafka's spelling; a topic whose id was not told is not there.
    pub topic_ids: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionBorn {
    pub topic: String,
    pub partition: i32,
    /// The place that was asked about.
    pub from: i64,
    /// Where the log ended when it was read.
    pub end: i64,
    /// Visible records from `from` to `end`.
    pub records: u64,
    /// Key + value + headers, uncompressed.
    pub bytes: u64,
    /// Offsets of the first and the last of them.
    pub span: Option<[i64; 2]>,
    /// The earliest and the latest of their timestamps, in milliseconds since 1970.
    pub timestamps: Option<[i64; 2]>,
}
