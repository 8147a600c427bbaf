use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::Reason;

/// What a client that was given the positions of a group, under a group of its own, was delivered first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResumeSeen {
    /// The group whose positions were tried; the real one was not touched.
    pub group: String,
    /// The scratch group the client was a member of.
    pub scratch_group: String,
    /// Name and version of the client library.
    pub client: String,
    /// Sorted by topic and partition.
    pub partitions: Vec<PartitionResume>,
    /// Scratch objects that could not be removed.
    pub left_behind: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionResume {
    pub topic: String,
    pub partition: i32,
    /// Source offset the group has committed.
    pub source: i64,
    /// Target offset the client began at.
    pub target: i64,
    /// The first visible source record at or behind the commit; `None`: the log ends there.
    pub expected: Option<RecordSeen>,
    /// The first record the client was delivered; `None`: it came to the end without one.
    pub delivered: Option<RecordSeen>,
    /// Where nothing is expected: the last visible records before the position, of source and target.
    pub before: Option<[Option<RecordSeen>; 2]>,
    /// Where nothing was delivered and something is expected: the target holds nothing behind the position yet.
    pub target_ends_here: bool,
    /// Why the client could not read.
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// A record by place and digest; equal digests are equal records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordSeen {
    pub offset: i64,
    /// SHA-256 (hex) of the record's image, without what the check leaves out.
    pub sha256: String,
}
