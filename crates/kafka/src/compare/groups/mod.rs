//! Where groups stand on both sides: which groups, their commits, the exact place of each, and what all this may leave out.

mod coverage;
mod found;
mod glob;
mod position;
mod told;
mod topics;
mod work;

pub use found::{FoundGroup, FoundGroups, GroupSelection};

use std::collections::BTreeSet;
use std::sync::Arc;

use runbook::world::PartitionPosition;

use crate::{Cluster, ClusterError, GroupKind, Isolation, Patience, TopicPartition};
use told::Told;
use work::Work;

/// How groups are translated.
#[derive(Debug, Clone)]
pub struct PositionOptions {
    pub isolation: Isolation,
    /// Only these topics; `None`: every topic a group has a commit on.
    pub topics: Option<BTreeSet<String>>,
    /// Bytes per partition for the tail proof.
    pub max_read: u64,
}

/// Where one group stands on both sides.
#[derive(Debug, Clone)]
pub struct GroupPositions {
    pub group: String,
    /// Which protocol it speaks, where it was asked for.
    pub kind: Option<GroupKind>,
    /// Every partition with a commit on either side, sorted.
    pub partitions: Vec<PartitionPosition>,
    /// Why this is not the whole truth, or why there is nothing.
    pub why: Option<String>,
}

/// Where many groups stand.
#[derive(Debug, Clone)]
pub struct Positions {
    /// One for each group asked for, in their order.
    pub groups: Vec<GroupPositions>,
    /// What Kafka may have left out without a word. Empty: provably nothing.
    pub left_out: Vec<String>,
}

/// How far a translation is.
#[derive(Debug)]
pub struct PositionProgress<'a> {
    /// Partitions translated, and all of them.
    pub done: usize,
    pub of: usize,
    /// The one that comes next.
    pub partition: &'a TopicPartition,
}

/// Hears of progress, from any thread.
pub type HearPositions<'a> = &'a (dyn Fn(&PositionProgress<'_>) + Sync);

/// Translates all commits of groups that were found, of every kind, and says what may be missing.
///
/// # Errors
/// A side that cannot be asked at all. What goes wrong with one group or partition is in its answer.
pub fn group_positions(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    found: &FoundGroups,
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<Positions, ClusterError> {
    let told = told::of_found(source, target, &found.groups, options, patience)?;
    let groups = translate(source, target, told, options, patience, hear)?;
    let mut left_out = Vec::new();
    for cluster in [source, target] {
        left_out.extend(coverage::left_out(cluster, patience)?);
    }
    Ok(Positions { groups, left_out })
}

/// Translates groups; one answer per group, in their order.
///
/// # Errors
/// A side that cannot be asked at all. What goes wrong with one group or partition is in its answer.
pub fn positions(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    groups: &[String],
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<Vec<GroupPositions>, ClusterError> {
    let told = told::of_named(source, target, groups, options, patience)?;
    translate(source, target, told, options, patience, hear)
}

/// Commits are read before the ends, the target before the source, so that a group that moves on meanwhile can only be
/// older than what it is compared with.
fn translate(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    told: Vec<Told>,
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<Vec<GroupPositions>, ClusterError> {
    let partitions: BTreeSet<&TopicPartition> = told.iter().flat_map(Told::partitions).collect();
    let mut works: Vec<Work> = partitions.into_iter().cloned().map(Work::new).collect();
    // Which point of which partition answers which group: groups often share a commit.
    let mut asked: Vec<Vec<(usize, usize)>> = Vec::with_capacity(works.len());
    for work in &mut works {
        asked.push(Vec::new());
        for (group, told) in told.iter().enumerate() {
            if let Some(point) = told.point(&work.partition) {
                let index = work.ask(point);
                asked.last_mut().expect("it was pushed just now").push((group, index));
            }
        }
    }
    let translated = work::translate_all(source, target, &works, options, patience, hear)?;
    let mut answers: Vec<GroupPositions> = told.into_iter().map(Told::into_answer).collect();
    for ((work, asked), translated) in works.iter().zip(asked).zip(translated) {
        for (group, point) in asked {
            let position = position::position(&work.partition, &work.points[point], translated.of(point));
            answers[group].partitions.push(position);
        }
    }
    Ok(answers)
}
