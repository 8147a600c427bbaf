/// Bytes of records read from a partition (both sides together) to prove tails and measure replays.
pub const READ_BYTES: u64 = 256 << 20;
/// A partition this small on both sides together is compared whole: cheaper than finding places in it.
pub const WHOLE_BYTES: u64 = 4 << 20;
/// Places at which the distance of offsets is checked across a tail that is not read.
pub const SAMPLES: usize = 16;

/// Visible records looked at on either side of a boundary.
pub(super) const CONTEXT: usize = 8;
/// Records out of order before which a place is tried.
pub(super) const EARLY_ONES: usize = 64;
/// Records read on the target around a guess.
pub(super) const PROBE_RECORDS: usize = 64;
/// Consecutive records that have to match for a place to be worth aligning from.
pub(super) const PLACE_RECORDS: usize = 4;
/// Records searched behind the offset a timestamp leads to.
pub(super) const SEARCH_RECORDS: usize = 2_048;
/// An alignment is stopped when it has read this many times what it was estimated to need.
pub(super) const OVERRUN: u64 = 2;
/// Finished records remembered, to tell whether repeated ones equal any of them: about 40 bytes each.
pub(super) const FINISHED_KEPT: i64 = 1 << 20;
/// Runs of the offset map kept for one partition: 24 bytes each.
pub(super) const MAP_RUNS: usize = 1 << 21;
