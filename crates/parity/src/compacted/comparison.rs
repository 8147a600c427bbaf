use super::{KeyCounts, KeyDifference};
use crate::image::Sha256Hex;

/// What the comparison of two compacted partitions found.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub counts: KeyCounts,
    /// The keys that differ, in the order of their source offsets, then target offsets; at most as many as were asked for.
    pub differences: Vec<KeyDifference>,
    /// Differing keys there was no room to name; they are in `counts`.
    pub unnamed: u64,
    /// The last source record known to have arrived.
    pub frontier: Option<i64>,
    /// Over the canonical images of the visible records that count, in offset order.
    pub source_sha256: Sha256Hex,
    pub target_sha256: Sha256Hex,
}
