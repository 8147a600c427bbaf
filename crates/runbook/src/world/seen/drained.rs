use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the target holds everything below a cut of the source; sorted by topic and partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DrainedSeen {
    pub partitions: Vec<PartitionDrained>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionDrained {
    pub topic: String,
    pub partition: i32,
    /// The cut: behind the last record that counts.
    pub source_lso: i64,
    pub source_high_watermark: i64,
    /// The same after the target was looked at.
    pub source_lso_later: i64,
    pub source_high_watermark_later: i64,
    /// A transaction was open at the second look and began below the first high watermark.
    pub open_transaction: bool,
    /// The last visible source record below the cut; `None`: there is none.
    pub last: Option<LastCopied>,
    /// Where the log of the target ends; `None`: it has no such partition.
    pub target_end: Option<i64>,
}

/// The last visible source record below the cut, and its twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastCopied {
    pub source_offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// How many records equal to it end the source log, itself included; 1: it differs from the one before.
    pub alike: u64,
    /// The target offset of the last record equal to it; `None`: not found.
    pub target_offset: Option<i64>,
    /// How many records equal to it stand there in a row.
    pub target_alike: u64,
    /// Equal records lie further back too, so that its twin may be the twin of another one.
    pub elsewhere: bool,
}
