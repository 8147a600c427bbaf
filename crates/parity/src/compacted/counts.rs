/// What a comparison of compacted partitions counted, as of the cut of the source.
///
/// `keys_source = matching + missing_keys + altered_keys + trimmed_target` and the pending ones that are alive there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Visible records read, below the cuts.
    pub source_records: u64,
    pub target_records: u64,
    /// Records without a key: they can only stem from before the topic was compacted, and its cleaner drops them. Not
    /// compared.
    pub source_null_keys: u64,
    pub target_null_keys: u64,
    /// Keys alive at the cut.
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
