use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Log ends at two looks, sorted by topic and partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RestSeen {
    pub partitions: Vec<PartitionRest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionRest {
    pub topic: String,
    pub partition: i32,
    pub log_start: i64,
    /// Last stable offset at the first and at the second look; each was read before the high watermark beside it.
    pub lso: [i64; 2],
    pub high_watermark: [i64; 2],
    /// Transactions that were open at the second look; `None`: the cluster does not tell.
    pub open: Option<Vec<OpenTransaction>>,
}

/// A transaction that holds the last stable offset back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenTransaction {
    pub producer_id: i64,
    /// Where it began in the partition.
    pub first_offset: i64,
    /// When the producer wrote last, in milliseconds since 1970.
    pub last_write_ms: i64,
}

impl PartitionRest {
    /// Nothing was written between the looks and nothing is open.
    pub fn is_at_rest(&self) -> bool {
        self.lso[0] == self.lso[1]
            && self.high_watermark[0] == self.high_watermark[1]
            && self.lso[1] == self.high_watermark[1]
    }
}
