//! Every limit of this crate, each with its reason.

/// Longest line of a journal, in bytes. The longest honest line is the header with a whole plan (a 1 MiB runbook expands
/// to a few MiB) or a judgement over 50,000 partitions (about 30 MiB); a file without line ends must not fill memory.
pub const LINE: u64 = 256 << 20;

/// Largest evidence file that is read back, in bytes: one observation of 50,000 partitions is about 20 MiB.
pub const EVIDENCE: u64 = 256 << 20;

/// Largest lock file that is read to name its holder, in bytes: it holds one short JSON object.
pub const LOCK: u64 = 4 << 10;

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
