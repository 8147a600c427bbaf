//! Every wait in the lab has an end, and this page says why it is where it is.

use std::time::Duration;

/// Formatting storage is one short JVM run; a minute covers a machine that is busy with other labs.
pub const FORMAT: Duration = Duration::from_secs(60);

/// A broker answers within 3 s on an idle machine; a loaded one with four labs starting took 40 s.
pub const BROKER_READY: Duration = Duration::from_secs(120);

/// Connect scans its plugins, joins its group and starts three connectors.
pub const REPLICATOR_READY: Duration = Duration::from_secs(180);

/// An application joins its group and has its first record acknowledged; a rebalance can take the session
/// timeout of a member that was killed, 45 s.
pub const APP_READY: Duration = Duration::from_secs(90);

/// A broker that flushes its logs on SIGTERM needs a few seconds; after this it is killed.
pub const STOP_GRACE: Duration = Duration::from_secs(30);

/// How long a killed process may take to vanish from the process table.
pub const KILL_GRACE: Duration = Duration::from_secs(10);

/// Ports are free when they are chosen and may be taken before the server binds them: so often we choose again.
pub const PORT_ATTEMPTS: usize = 5;

/// Lines of a server's log that an error shows.
pub const LOG_TAIL_LINES: usize = 25;

/// Bytes at the end of a log that are read for its tail: 25 long lines with stack traces.
pub const LOG_TAIL_BYTES: u64 = 64 * 1024;

/// Between two looks at a condition that is being awaited.
pub const POLL: Duration = Duration::from_millis(100);

/// The same after a while, for what takes longer: each look is a client of its own, and many tests look at once.
pub const POLL_RARELY: Duration = Duration::from_millis(800);

/// One question to a broker while it is starting: short, because the next attempt follows at once.
pub const PROBE: Duration = Duration::from_secs(2);

/// One call to Connect's REST interface; it answers 409 quickly during a rebalance and can hang for a while.
pub const REST_CALL: Duration = Duration::from_secs(20);

/// One administrative request to a cluster that is known to be up.
pub const ADMIN_CALL: Duration = Duration::from_secs(30);
