//! Where a group that has finished everything before source offset `c` continues on the target, and whether
//! a target offset is that place.
//!
//! # What is claimed
//!
//! With `R` the visible source records at or behind `c` that have arrived on the target, and *finished* the
//! visible source records before `c`, a target position is
//!
//! - `skip n` when `n` records of `R` stand nowhere at or behind it (lost, altered, trimmed, or before it);
//! - `replay n` when `n` finished records stand at or behind it (before their end, or repeated later);
//! - `exact` when neither is so, and that has been shown for everything from the position to the end of the
//!   target's cut.
//!
//! A twin is a record with an equal image in the same order; an altered record is not delivered, and its
//! altered form is a record of the target alone. Such `extra` records do not make a position wrong, unless they
//! equal a finished record.
//!
//! # How it is shown
//!
//! The tails from the positions to the ends are put together record by record ([`crate::ordered`]), once for
//! all points of a partition, when they fit the read budget. Beyond it, a position whose neighbourhood matches
//! in one place only is taken when offsets have the same distance there, at samples across the tail, and at the
//! end of the target: [`Proof::Sampled`]. Everything else is `ambiguous`, and says why.
//!
//! # Compacted topics
//!
//! A source record at or behind `c` that is absent from the target is not lost if a later record of its key is
//! delivered, or still to come: compaction allows nothing less, and the group ends at the same value of the key. A
//! target record behind the position that the source does not have may have been removed there, and may be a
//! finished one that came again; it is taken for an unfinished one only where offsets have the same distance before
//! and behind it, the source has a hole in its place, and it is newer than the first unfinished record. Else the
//! point is `ambiguous` ([`Why::RemovedOnSource`]).
//!
//! # While both sides still grow
//!
//! The cuts decide, and their order (see [`crate::PartitionLog`]). Commits that are read before the cuts can
//! only be older than what was compared. Source records behind the last one that has arrived are pending, not
//! lost. A last finished record that has not arrived makes the point `unprovable` ([`Why::NotReplicated`]):
//! measure again when replication has gone on. An open transaction on the source can turn what looks extra on
//! the target into records of the source; where that matters the point is `ambiguous`
//! ([`Why::OpenTransaction`]).

mod aligned;
mod boundary;
mod compaction;
mod elsewhere;
mod far;
mod finished;
mod judge;
mod last_places;
pub mod limits;
mod near;
mod options;
mod outcome;
mod place;
mod point;
mod search;
mod spans;
mod translator;
mod why;

pub use aligned::{Aligned, Cut};
pub use options::Options;
pub use outcome::{Outcome, Proof, Reset, Translation};
pub use point::{Anchor, Point};
pub use why::Why;

use crate::PartitionLog;

/// Translates all points of one partition.
///
/// Trouble in reading is part of the answer: such points are `unprovable` and say what failed. Points are
/// answered in the order given.
pub fn translate(
    source: &mut dyn PartitionLog,
    target: &mut dyn PartitionLog,
    points: &[Point],
    anchors: &[Anchor],
    options: &Options,
) -> Vec<Translation> {
    translator::Translator::run(source, target, points, anchors, options)
}
