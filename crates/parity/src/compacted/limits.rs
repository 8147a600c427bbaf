/// Memory of one comparison, both sides and the join together.
pub const MEMORY: usize = 96 << 20;
/// Keys that differ and are named, a few hundred bytes each: more than anybody reads.
pub const DIFFERENCES: usize = 10_000;

/// Each side is split into so many parts by key.
pub(super) const BUCKETS: usize = 128;
/// Bytes of images digested together: blocks one after the other go faster than record by record, and these stay in
/// the processor's first cache.
pub(super) const DIGESTED_AT_ONCE: usize = 16 << 10;
/// Keys seen last, so that a key written over and over is spilled once: 48 bytes each.
pub(super) const RECENT: usize = 16_384;
/// One record in so many must replace one of its key, or the keys seen last are not looked at for a while:
pub(super) const WORTH_KEEPING: usize = 16;
/// so many times as long as it took to see that.
pub(super) const PASSING: usize = 8;
/// A part is spilled alone when it has this many records; the others wait for more.
pub(super) const WORTH_SPILLING: usize = 200;
