//! What it means that two Kafka logs hold the same records, and that a position on one is the same
//! position on the other: the algorithms, and nothing else.
//!
//! # What this crate must not know
//!
//! - **Kafka clients.** No librdkafka type, no wire format, no broker. Records arrive through
//!   [`RecordSource`] and [`PartitionLog`]; a faster reader replaces the present one behind them.
//! - **Runbooks, verdicts, colours.** It says `missing 3`, never `red`. Tolerances live elsewhere.
//! - **Async, clocks, the network.** Plain functions on OS threads; every time is a record's own
//!   timestamp, in milliseconds since the epoch.
//! - **Files**, except the spill files of the compacted join.
//! - **Serialisation.** The JSON contract belongs to the binary; these are plain data.
//!
//! # What holds everywhere
//!
//! - A record that cannot be shown to be equal is not equal; a position that cannot be proved is
//!   `ambiguous` or `unprovable`, never `exact`.
//! - Offsets are never subtracted to count records: markers, aborted records and compacted holes occupy
//!   offsets and are not records.
//! - Memory is bounded by windows and caps, never by the length of a topic. Where a cap is reached the
//!   result says so.
//!
//! # The parts, in reading order
//!
//! [`image`] what is compared · [`source`] how records come in · [`ordered`] lock-step comparison ·
//! [`compacted`] comparison by key · [`sample`] one place compared · [`translate`](mod@translate) positions · [`where_is`](mod@where_is) one position, to look at ·
//! [`memory`] a log in memory, for tests.

pub mod compacted;
pub mod image;
pub mod memory;
pub mod ordered;
pub mod sample;
pub mod source;
mod tally;
pub mod translate;
pub mod where_is;

pub use image::{Fingerprint, HeaderBuf, Headers, Ignore, Image, Records};
pub use source::{
    Bounds, Fetches, Isolation, Limit, PartitionLog, Pull, ReadError, ReadErrorKind, RecordSource, Window,
    WithUndecided,
};
pub use tally::Tally;
