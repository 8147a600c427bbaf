use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A topic compared record by record, or key by key: counts, digests and places, no content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContentSeen {
    pub topic: String,
    /// Latest values of keys were compared, not records in order.
    pub compacted: bool,
    /// Sorted by partition.
    pub partitions: Vec<PartitionContent>,
    /// SHA-256 (hex) over the lines `PARTITION SOURCE TARGET` of the partitions' digests, each ended by a line feed.
    pub evidence_sha256: String,
    /// What was not compared, and why.
    pub ignored: Vec<String>,
    /// What else a reader has to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why nothing could be compared.
    pub why: Option<String>,
    /// Only a sample was read: what it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleSeen>,
}

/// What a sample of an ordered topic shows, all partitions together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleSeen {
    /// Probes that were compared.
    pub placed: u64,
    /// Those of them that differ.
    pub different: u64,
    /// Probes whose place on the target was not found.
    pub unplaced: u64,
    /// Share of places, 0 to 1, that with 95 % confidence is not exceeded by those that differ; only for places drawn
    /// independently.
    pub bound: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionContent {
    pub partition: i32,
    pub counts: ContentCounts,
    /// At most 100; the others are counted.
    pub findings: Vec<ContentFinding>,
    pub findings_omitted: u64,
    /// SHA-256 (hex) over the length-prefixed images.
    pub source_sha256: String,
    pub target_sha256: String,
    /// Why not everything was read, or why it proves nothing; the counts then cover a part.
    pub incomplete: Option<String>,
}

/// What was counted: records of an ordered topic, keys of a compacted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentCounts {
    Records(RecordCounts),
    Keys(KeyCounts),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordCounts {
    pub source_records: u64,
    pub target_records: u64,
    pub matched: u64,
    pub missing: u64,
    pub altered: u64,
    pub duplicated: u64,
    pub extra: u64,
    pub reordered: u64,
    pub pending: u64,
    pub trimmed_source: u64,
    pub trimmed_target: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyCounts {
    pub source_records: u64,
    pub target_records: u64,
    /// Records without a key, both sides together; they are not compared.
    pub null_keys: u64,
    pub keys_source: u64,
    pub keys_target: u64,
    pub matching: u64,
    pub missing_keys: u64,
    pub altered_keys: u64,
    pub resurrected_keys: u64,
    pub extra_keys: u64,
    pub tombstones: u64,
    pub pending: u64,
    pub trimmed_source: u64,
    pub trimmed_target: u64,
}

/// A stretch of records, or of keys whose latest records are neighbours, about which there is one thing to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentFinding {
    /// `missing`, `altered`, `duplicated`, `extra`, `reordered`, `pending`, `trimmed_source`, `trimmed_target`,
    /// `diverged`, `missing_keys`, `altered_keys`, `resurrected_keys`, `extra_keys`.
    pub kind: String,
    pub count: u64,
    /// First and last offset, both included.
    pub source: Option<[i64; 2]>,
    pub target: Option<[i64; 2]>,
    /// What was altered: `key`, `value`, `headers`, `timestamp`.
    pub field: Option<String>,
}
