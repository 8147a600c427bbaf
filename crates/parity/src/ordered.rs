//! Lock-step comparison of two partitions in offset order: what is missing, altered, duplicated, extra,
//! reordered, pending or trimmed, and which offset became which.
//!
//! Both sides are read once, in order. While the heads are equal (compared byte by byte) both advance. Where
//! they differ, both sides are read ahead until some consecutive records are equal again; what lies before
//! that is a *gap*, and what of the gap finds no equal in order is *left over*. Leftovers wait for as long as
//! one look-ahead: an equal one left over on the other side makes both `reordered`; then the k-th leftovers of
//! one gap are `altered` when they differ in exactly one field; a target record that repeats a source record is
//! `duplicated`, wherever on the source that stands; the rest is `missing` and `extra`, or `pending` at the
//! tail and `trimmed` at the head. Blocks larger than any look-ahead (repeated, lost, foreign) are found by
//! timestamp, then content.
//!
//! Memory is that of the look-aheads and of capped lists; time is one pass, plus one more over each repeated
//! block.

mod aligner;
mod alignment;
mod along;
mod anchor;
mod beyond;
mod counts;
mod digests;
mod finding;
mod gap;
mod lane;
pub mod limits;
mod locate;
mod offset_map;
mod options;
mod pool;
mod pulse;
mod record;
mod resolve;
mod ring;
mod sizes;
mod uniques;

use std::ops::Range;

pub use alignment::{Alignment, Differences, Ending, Extra, Resume, Side};
pub use counts::Counts;
pub use finding::{Finding, FindingKind};
pub(crate) use locate::{locate, print};
pub use offset_map::{OffsetMap, Run};
pub use options::{Breakpoints, Head, OnDivergence, Options};
pub use pulse::{Progress, Pulse};
pub use sizes::Sizes;

use crate::PartitionLog;

/// Compares the visible records of `source_range` with those of `target_range`, in offset order.
///
/// The ranges begin where the two sides are believed to correspond: both log starts, or a pair of twins. Ends
/// beyond the cut of a log mean the cut. Both logs are also read at other places, to find where blocks belong.
/// Trouble in reading ends the comparison early, which [`Alignment::ending`] says.
pub fn align(
    source: &mut dyn PartitionLog,
    source_range: Range<i64>,
    target: &mut dyn PartitionLog,
    target_range: Range<i64>,
    options: &Options,
    pulse: &mut dyn Pulse,
) -> Alignment {
    aligner::Aligner::run(source, source_range, target, target_range, options, pulse)
}
