/// Look-ahead in records: covers what a replicator repeats after a restart in an ordinary case; larger
/// blocks are found by timestamp.
pub const WINDOW_RECORDS: usize = 65_536;
/// Look-ahead in bytes, so that large records do not make it large.
pub const WINDOW_BYTES: usize = 8 << 20;
/// Room for records read ahead that is kept when they have all left: a pull of an ordinary topic, several times.
pub(super) const ENTRIES_KEPT: usize = 8_192;
/// Records looked at whatever their size: one that is altered and the one behind it, by which the sides come together.
pub(super) const LEAST_LOOK_AHEAD: usize = 2;
/// More findings than anybody reads; everything beyond is still counted.
pub const FINDINGS: usize = 10_000;
/// 24 bytes each: 1.5 MiB a partition. A log with a marker every few records fills it.
pub const MAP_RUNS: usize = 65_536;
/// Each costs a timestamp lookup and a fetch on the source: a few seconds in all.
pub const LOOKUPS: u32 = 256;

/// Look-ahead widths tried one after the other, each with the number of consecutive equal records that
/// make an anchor there: near a fault a long run is at hand, and a short one far away is worth more than none.
pub(super) const STAGES: [(usize, usize); 7] =
    [(16, 8), (64, 8), (256, 4), (1_024, 2), (4_096, 2), (16_384, 2), (usize::MAX, 2)];
/// A look-ahead up to here may be repeated at each difference. What a wider one shows is used as far as its middle:
/// then a record is looked at a bounded number of times, however many differ.
pub(super) const NARROW: usize = 256;
/// At the widest look-ahead, after which a single record that is unique on both sides will do.
pub(super) const LAST_RESORT: usize = 1;

/// How many records behind the offset a timestamp leads to are searched for the record.
pub(super) const LOCATE_RECORDS: usize = 2_048;
/// How many records one fetch of a search asks for.
pub(super) const LOCATE_FETCH: usize = 256;
/// How often a whole log is read for a place to go on, before two sides count as diverged.
pub(super) const SCANS: u32 = 4;
/// Records looked up in vain in a row before a stretch of surplus records is taken as foreign.
pub(super) const LOOKUPS_IN_VAIN: u32 = 8;
/// A block of the size index is closed at the latest after so many records.
pub(super) const SIZE_BLOCK: u64 = 4_096;
/// How many surplus records are kept with their fingerprints, for the proof that none is a finished one.
pub(super) const EXTRAS_KEPT: usize = 65_536;
/// Progress is reported, and a stop request heard, at least once in so many records, or in one pull of a stream.
pub(super) const BEAT: u64 = 1_024;
/// How many source records before the first twin are remembered, to tell whether that twin is the only one
/// of its image: 8 bytes each. Positions are claimed from it, counts are not.
pub(super) const HEAD_FOR_POSITIONS: usize = 1 << 20;
pub(super) const HEAD_FOR_CONTENT: usize = 65_536;
