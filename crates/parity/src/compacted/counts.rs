/// What a comparison of compacted partitions counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Visible records read.
    pub source_records: u64,
    pub target_records: u64,
    /// Records without a key, which no cleaner touches; not compared.
    pub source_null_keys: u64,
    pub target_null_keys: u64,
    /// Keys alive.
    pub keys_source: u64,
    pub keys_target: u64,
    /// Source keys whose latest record is a tombstone.
    pub tombstones: u64,
    /// Keys alive on both sides with equal latest records.
    pub matching: u64,
    pub missing_keys: u64,
    pub extra_keys: u64,
    pub altered_keys: u64,
    pub resurrected_keys: u64,
    pub pending: u64,
    /// Keys absent from one side for its retention, on `compact,delete` topics.
    pub trimmed_source: u64,
    pub trimmed_target: u64,
}
