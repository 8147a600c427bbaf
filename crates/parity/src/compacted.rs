//! Comparison of two compacted partitions: the latest record of each key, whatever the cleaners have removed.
//!
//! Offsets and counts mean nothing here. Each side is read once ([`Half::read`]; the two halves may be read on
//! two threads); of each key only the newest record counts. What does not fit into memory is spilled, 40 bytes
//! a record, into one file a side that has no name and vanishes with the process. [`Half::join`] puts the two
//! together part by part.
//!
//! A key that is absent and a key whose latest record is a tombstone are the same. A key that differs is
//!
//! - `missing`: alive on the source alone;
//! - `altered`: alive on both sides, latest records different;
//! - `resurrected`: its tombstone is still readable on the source, and it is alive on the target;
//! - `extra`: alive on the target without a trace on the source. That is also what a deletion looks like whose
//!   tombstone has expired on the source and never reached the target;
//! - `pending`: its latest source record lies behind the last one that has arrived;
//! - `trimmed`: on `compact,delete` topics, old enough to have been removed from one side by retention, and before
//!   everything both sides have.
//!
//! **While either side is written**, every statement is about the cut: the source is read on behind it, and a key
//! whose latest target record is any source record at least as new as its latest one below the cut agrees. Cleaners
//! may remove on one side what was not read yet; a key that differs is only reported after both sides were read on
//! and joined again ([`Half::join`] may be called as often as there is more). A reader slower than
//! `delete.retention.ms` may miss tombstones; nothing here can tell.

mod bucket;
mod comparison;
mod counts;
mod digester;
mod entry;
mod error;
mod half;
mod join;
pub mod limits;
mod options;
mod recent;
mod spill;
mod verdict;

pub use comparison::Comparison;
pub use counts::KeyCounts;
pub use error::CompactedError;
pub use half::Half;
pub use options::Options;
pub use verdict::{Difference, KeyDifference};
