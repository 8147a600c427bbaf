use std::ops::Add;

/// What a comparison counted, in visible records.
///
/// `source_records = matched + missing + altered + pending + trimmed_target` and
/// `target_records = matched + altered + duplicated + extra + trimmed_source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub source_records: u64,
    pub target_records: u64,
    /// Source records with an equal twin, those out of order included.
    pub matched: u64,
    /// On the source alone, although later records of it have arrived.
    pub missing: u64,
    /// At the same place of the same gap, and different in exactly one of key, value, headers, timestamp.
    pub altered: u64,
    /// Surplus target copies of source records.
    pub duplicated: u64,
    /// On the target alone.
    pub extra: u64,
    /// Matched, but out of order (two swapped records are 2).
    pub reordered: u64,
    /// At the tail of the source, not on the target yet.
    pub pending: u64,
    /// At the head of the target, gone from the source by its retention.
    pub trimmed_source: u64,
    /// At the head of the source, gone from the target by its retention.
    pub trimmed_target: u64,
}

impl Counts {
    /// Whether the two sums hold.
    pub fn add_up(&self) -> bool {
        let source = self.matched + self.missing + self.altered + self.pending + self.trimmed_target;
        let target = self.matched + self.altered + self.duplicated + self.extra + self.trimmed_source;
        self.source_records == source && self.target_records == target
    }
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        Counts {
            source_records: self.source_records + other.source_records,
            target_records: self.target_records + other.target_records,
            matched: self.matched + other.matched,
            missing: self.missing + other.missing,
            altered: self.altered + other.altered,
            duplicated: self.duplicated + other.duplicated,
            extra: self.extra + other.extra,
            reordered: self.reordered + other.reordered,
            pending: self.pending + other.pending,
            trimmed_source: self.trimmed_source + other.trimmed_source,
            trimmed_target: self.trimmed_target + other.trimmed_target,
        }
    }
}
