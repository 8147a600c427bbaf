//! Every limit of this crate, each with its reason.

use std::time::Duration;

/// Longest one measurement may take when nobody says otherwise. Exact positions on large topics take minutes; what takes
/// longer than this is stuck more often than slow, and a budget can allow more.
pub const PROBE_TIME: Duration = Duration::from_secs(600);

/// Measurements of one cluster at a time. Four keep a broker's request queue short and still hide the round trips.
pub const PARALLEL_PER_SIDE: usize = 4;

/// Time a measurement has to come to an end after it was told to: a scan polls once per batch, a killed command gets two
/// seconds of its own.
pub const GRACE: Duration = Duration::from_secs(5);

/// Longest wait for the replicator before a bad result is looked at again: what `--settle` gives a target to catch up.
pub const WAIT_OUT: Duration = Duration::from_secs(60);

/// Pause between two looks at the replicator, and before a recheck that names no wait: long enough for one round of
/// replication, short beside the wait itself.
pub const PAUSE: Duration = Duration::from_secs(2);

/// Apart of the two looks of a replication measurement while waiting it out, in milliseconds.
pub const REPLICATION_OVER_MS: u64 = 1_000;

/// Shortest time between two progress reports of one measurement: faster than eyes, slow enough for a pipe.
pub const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Events kept for a listener that is slow; what does not fit is dropped for that listener alone.
pub const LIVE_BACKLOG: usize = 4_096;

/// Longest single wait, whatever a runbook says: longer than any window, and far from the end of a clock.
pub const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// How often the inbox of a run is looked at: a person who asked waits no longer than a blink.
pub const INBOX_EVERY: Duration = Duration::from_millis(250);

/// Pause between two looks whether a command has worked: groups and logs change within seconds, and a look that says
/// "not yet" costs a broker little.
pub const SETTLE_EVERY: Duration = Duration::from_millis(500);

/// The same where the last look had no answer.
pub const UNKNOWN_EVERY: Duration = Duration::from_secs(2);

/// How often a gate measures once more what is live and was unknown, before that counts: a fetch that failed once is an
/// accident, three in a row are not, and the window is short.
pub const GATE_AGAIN: u32 = 2;

/// Shortest time one call gets, however little is left of its step: a call that cannot end is worse than a late one.
pub const CALL_LEAST: Duration = Duration::from_secs(5);

/// Longest time one call gets when its step has no limit.
pub const CALL_LONGEST: Duration = Duration::from_secs(120);

/// Changes of state that one round may write without looking at the world; more is a circle in the rules.
pub const DECISIONS: usize = 10_000;

/// Time one look at the ends of what is closed on the source may take.
pub const CLOSED_TIME: Duration = Duration::from_secs(20);

/// Time one look at the target past the commit point may take, and bytes per partition it may read to translate a
/// position back: it is repeated every few seconds, beside applications at work.
pub const FOLLOW_TIME: Duration = Duration::from_secs(30);
pub const FOLLOW_READ: u64 = 16 << 20;

/// Longest single look on the way back past the commit point that does not have to read: a cluster that is gone must not
/// hold everything up for as long as the step may take.
pub const BACK_TIME: Duration = Duration::from_secs(30);
