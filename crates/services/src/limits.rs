//! What a call may cost and keep. Services answer what they like; the bounds are ours.

use std::time::Duration;

/// How often a waiting call looks whether the run was stopped. A person who pressed Ctrl-C waits no longer than this.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Characters of foreign text that an answer or an error carries. Enough for a message and the top of a stack trace.
pub const EXCERPT: usize = 2 * 1024;

/// Bytes of a secret. A PEM key with its chain is some 10 KiB.
pub const SECRET_BYTES: usize = 16 * 1024;
/// A shorter secret is refused: masking it would mask ordinary text, and not masking it would show it.
pub const SECRET_LEAST: usize = 4;
/// A secret shorter than this is used, with a warning.
pub const SECRET_SHORT: usize = 8;
/// How long the output of a secret's command is used again. Tokens of cloud providers live 15 minutes and more.
pub const SECRET_KEPT: Duration = Duration::from_secs(60);
/// What a secret's command may take. It asks a vault.
pub const SECRET_TIME: Duration = Duration::from_secs(30);

/// Bytes kept of a command's standard output. It prints one JSON object; the rest is read and thrown away.
pub const STDOUT_KEPT: usize = 1024 * 1024;
/// Bytes kept of a command's standard error, from which the excerpt is made.
pub const STDERR_KEPT: usize = 64 * 1024;
/// How long a command may take to leave after TERM, before KILL: as long as an orderly client needs to close.
pub const LEAVE: Duration = Duration::from_secs(3);
/// How long a killed process may take to be gone. Longer means it hangs in the kernel; it is then left behind.
pub const GONE: Duration = Duration::from_secs(5);
/// How long the pipes may stay open after the command itself has ended, for what it started to finish writing.
pub const TAIL: Duration = Duration::from_secs(1);
/// Arguments and variables of a command, in bytes each. Linux refuses a single one above 128 KiB.
pub const ARGUMENT_BYTES: usize = 64 * 1024;

/// Facts of one answer. A check declares a handful.
pub const FACTS: usize = 256;
/// Bytes of a fact's name.
pub const FACT_NAME: usize = 128;
/// Bytes of a fact that is text. Longer text is a document, not a fact.
pub const FACT_TEXT: usize = 4 * 1024;

/// Resolving a name, and connecting with TLS, may each take this long. Across continents both take under a second.
pub const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer. The offsets of 50,000 partitions, as Connect writes them, are some 5 MiB.
pub const BODY_BYTES: u64 = 8 * 1024 * 1024;
/// How often a request that can be repeated is sent.
pub const ATTEMPTS: u32 = 3;
/// The first wait before a repetition, when the server names none; it doubles.
pub const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// The longest wait a server may ask for. Longer, and its answer is taken as it is.
pub const RETRY_AFTER: Duration = Duration::from_secs(10);
/// Redirects within one origin.
pub const REDIRECTS: usize = 3;

/// The longest wait between two questions to a Connect cluster that rebalances.
pub const REBALANCE_PAUSE: Duration = Duration::from_secs(2);
/// Characters of one line of evidence: a state, a worker, the top of a stack trace.
pub const LINE: usize = 512;

/// Bytes of a file beside the runbook. Reviewed documents are a few MiB.
pub const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// How long a change that Connect took may take until its workers show it. They read it from a topic, which takes well
/// under a second; more is for an observation to find out.
pub const SHOWN: Duration = Duration::from_secs(10);
/// How long a list somebody else may be changing too must be seen with our entries in it: who read it before us writes
/// it within a fraction of this.
pub const UNCONTESTED: Duration = Duration::from_millis(500);
/// How often a setting is set again that somebody else wrote over. Two that add to one list agree at once; more often
/// means that somebody keeps it as they want it.
pub const WRITTEN_OVER: usize = 5;
/// Reading back what may have been done may go on so long after the time is over.
pub const READ_BACK: Duration = Duration::from_secs(5);

/// Lines of a refusal of settings by Connect: one a setting, and what it says around them.
pub const REFUSAL_LINES: usize = 8;
