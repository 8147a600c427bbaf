//! Every limit of this crate, with its reason.

/// A runbook is written and read by people; a file beyond this is generated or hostile, and is refused by name.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A public key file is one line of a few hundred bytes.
pub const MAX_KEY_BYTES: u64 = 16 * 1024;

/// Scalars, lists and tables of one file. Keeps reading within a second and 128 MiB.
pub const MAX_NODES: usize = 100_000;

/// Nesting of lists and tables. Every recursion over a document is bounded by it, so no stack can run out.
pub const MAX_DEPTH: usize = 64;

/// Files one runbook may include; more than a few are a sign of a cycle or a mistake.
pub const MAX_INCLUDES: usize = 32;

/// Problems drawn per run. Nobody reads more, and a hostile file must not fill memory with messages.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// Characters of the user's own text repeated in a message.
pub const MAX_QUOTED_CHARS: usize = 80;

/// Instructions one expression may take; a rule over a handful of facts needs some dozens.
pub const EXPRESSION_FUEL: u64 = 20_000;

/// Bytes of one expression; the expression parser recurses, and a rule people can review is short.
pub const MAX_EXPRESSION_BYTES: usize = 2_000;

/// How often parameters of a kind are read again to find one more mistake in the same table.
pub const MAX_DECODE_ROUNDS: usize = 32;

/// Words and signs of one expression: every recursion over it is bounded by them.
pub const MAX_EXPRESSION_TOKENS: usize = 250;

/// Open brackets at one place of an expression; each costs the parser a dozen frames of stack.
pub const MAX_EXPRESSION_DEPTH: usize = 24;

/// Steps of one plan after `for_each`, and what they wait for; a small file must not unfold into a huge plan.
pub const MAX_PLANNED_STEPS: usize = 100_000;
pub const MAX_PLANNED_NEEDS: usize = 250_000;
