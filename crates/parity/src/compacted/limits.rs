/// Memory of one comparison, both sides and the join together.
pub const MEMORY: usize = 96 << 20;
/// Keys that differ and are named, a few hundred bytes each: more than anybody reads.
pub const DIFFERENCES: usize = 10_000;

/// Each side is split into so many parts by key.
pub(super) const BUCKETS: usize = 128;
/// Bytes of images digested together: handed to another thread seldom enough to cost nothing, and still in the second
/// cache of the processor when they get there.
pub(super) const DIGESTED_AT_ONCE: usize = 128 << 10;
/// So many times that may wait to be digested, on each side: half a MiB.
pub(super) const DIGESTS_WAITING: usize = 4;
/// Threads that join, each with a part of the memory. Reading keeps two busy, one a side, so that two are there.
pub(super) const JOINING: usize = 2;
/// Keys seen last, so that a key written over and over is spilled once: 48 bytes each.
pub(super) const RECENT: usize = 16_384;
/// One record in so many must replace one of its key, or the keys seen last are not looked at for a while:
pub(super) const WORTH_KEEPING: usize = 16;
/// so many times as long as it took to see that.
pub(super) const PASSING: usize = 8;
/// A part is spilled alone when it has this many records; the others wait for more.
pub(super) const WORTH_SPILLING: usize = 200;
