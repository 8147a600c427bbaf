//! Every limit of this crate, each with its reason.

/// Longest line of a journal, in bytes. The longest honest line is the header with a whole plan (a 1 MiB runbook expands
/// to a few MiB) or a judgement over 50,000 partitions (about 30 MiB); a file without line ends must not fill memory.
pub const LINE: u64 = 256 << 20;

/// Largest evidence file that is read back, in bytes: one observation of 50,000 partitions is about 20 MiB.
pub const EVIDENCE: u64 = 256 << 20;

/// Largest lock file that is read to name its holder, in bytes: it holds one short JSON object.
pub const LOCK: u64 = 4 << 10;

/// Largest entry of a conductor on this machine that is read, in bytes: 35 for each group and topic of a unit on each
/// cluster, so units of 10,000 fit.
pub const ENTRY: u64 = 1 << 20;

/// Entries of conductors in one place: a machine conducts a few runs at once. Each is read by whoever begins.
pub const CONDUCTORS: usize = 1_000;

/// Characters of the runbook's name that go into a run id, so that ids stay readable in a terminal.
pub const NAME_IN_ID: usize = 40;

/// Runs named as candidates when a run is not found.
pub const CANDIDATES: usize = 5;

/// Largest request of another process that is read, in bytes: the facts of a manual step are a few lines.
pub const REQUEST: u64 = 1 << 20;

/// Largest file in `signatures/` that is read back, in bytes: a statement names every check of every unit, 200 bytes each.
pub const SIGNATURE: u64 = 16 << 20;

/// Clocks of two machines may differ by this much, in milliseconds, before something was signed in the future.
pub const CLOCK_SKEW_MS: i64 = 5_000;

/// Longest line of a watch's history, in bytes: 24 checks of 10 units with their numbers take 40 KiB. What does not fit is
/// left out, and the line says how much.
pub const SAMPLE: usize = 64 << 10;

/// Bytes of history that one day may take: 24 checks each second are 200 MB. More is not written that day.
pub const DAY: u64 = 256 << 20;

/// Bytes of one text in a sample: the first sentence of a reason; the whole stands in the journal.
pub const SAMPLE_TEXT: usize = 200;

/// Largest journal that is read without the folder of its run, in bytes: a rehearsed slice writes some MiB, and everybody
/// can put a file there.
pub const COPY: u64 = 256 << 20;
