use std::ops::Add;

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

impl Add for KeyCounts {
    type Output = KeyCounts;

    fn add(self, other: KeyCounts) -> KeyCounts {
        KeyCounts {
            source_records: self.source_records + other.source_records,
            target_records: self.target_records + other.target_records,
            source_null_keys: self.source_null_keys + other.source_null_keys,
            target_null_keys: self.target_null_keys + other.target_null_keys,
            keys_source: self.keys_source + other.keys_source,
            keys_target: self.keys_target + other.keys_target,
            tombstones: self.tombstones + other.tombstones,
            matching: self.matching + other.matching,
            missing_keys: self.missing_keys + other.missing_keys,
            extra_keys: self.extra_keys + other.extra_keys,
            altered_keys: self.altered_keys + other.altered_keys,
            resurrected_keys: self.resurrected_keys + other.resurrected_keys,
            pending: self.pending + other.pending,
            trimmed_source: self.trimmed_source + other.trimmed_source,
            trimmed_target: self.trimmed_target + other.trimmed_target,
        }
    }
}
