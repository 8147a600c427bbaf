//! Where groups stand on both sides: which groups, their commits, the exact place of each, and what all this may leave out.

mod business_keys;
mod cause;
mod coverage;
mod found;
mod glob;
mod moved;
mod position;
mod published;
mod told;
mod topics;
mod work;

pub use found::{FoundGroup, FoundGroups, GroupSelection};
pub use published::AuditOptions;

use std::collections::BTreeSet;
use std::sync::Arc;

use runbook::expression::BusinessKey;
use runbook::world::{Begins, BornSpan, PartitionPosition};

use crate::{Cluster, ClusterError, GroupKind, Isolation, Patience, TopicPartition};
use moved::translate_still;
use published::{Publications, Published};
use told::Told;
use work::Work;

/// How groups are translated.
#[derive(Debug, Clone)]
pub struct PositionOptions {
    pub isolation: Isolation,
    /// Only these topics; `None`: every topic a group has a commit on.
    pub topics: Option<BTreeSet<String>>,
    /// Spans of the target that are no part of the copy.
    pub without: Vec<BornSpan>,
    /// Where a group begins on the source without a commit there; `None`: nobody says it.
    pub begins: Option<Begins>,
    /// Bytes per partition for the tail proof.
    pub max_read: u64,
    /// Also judge what a replicator published; `None`: do not look for it.
    pub audit: Option<AuditOptions>,
    /// Also count the distinct business keys of what is replayed or skipped.
    pub business_key: Option<Arc<BusinessKey>>,
}

impl PositionOptions {
    /// All topics, nothing audited.
    pub fn new(isolation: Isolation, max_read: u64) -> PositionOptions {
        PositionOptions {
            isolation,
            topics: None,
            without: Vec::new(),
            begins: None,
            max_read,
            audit: None,
            business_key: None,
        }
    }
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
    /// What could not be judged of what replicators published, if that was asked for.
    pub not_audited: Vec<String>,
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
    let (groups, not_audited) = translate_still(source, target, told, options, patience, hear)?;
    let mut left_out = Vec::new();
    for cluster in [source, target] {
        left_out.extend(coverage::left_out(cluster, patience)?);
    }
    Ok(Positions { groups, left_out, not_audited })
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
    Ok(translate_still(source, target, told, options, patience, hear)?.0)
}

/// Commits are read before the ends, the target before the source, so that a group that moves on meanwhile can only be
/// older than what it is compared with. The same holds for what a replicator published.
fn translate(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    told: Vec<Told>,
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<(Vec<GroupPositions>, Vec<String>), ClusterError> {
    let partitions: BTreeSet<&TopicPartition> = told.iter().flat_map(Told::partitions).collect();
    let mut publications = match &options.audit {
        Some(audit) => {
            let topics = partitions.iter().map(|partition| partition.topic.clone()).collect();
            Publications::read(source, target, audit, &topics, patience)?
        }
        None => Publications::default(),
    };
    let mut works: Vec<Work> = partitions
        .into_iter()
        .map(|partition| Work::new(partition.clone(), publications.anchors(partition).to_vec()))
        .collect();
    // Which points of which partition answer which group: groups often share a commit.
    let mut asked: Vec<Vec<Asked>> = Vec::with_capacity(works.len());
    for work in &mut works {
        let mut of_work = Vec::new();
        for (group, told) in told.iter().enumerate() {
            let Some(point) = told.point(&work.partition) else { continue };
            let checkpoint = publications.checkpoint(told.group(), &work.partition);
            of_work.push((group, work.ask(point), checkpoint));
        }
        let asked_for = of_work.into_iter().map(|(group, point, published)| {
            let checkpoint = match &published {
                Published::One(_, checkpoint) => Some(work.ask_apart(checkpoint)),
                Published::Nothing(_) | Published::Several(_) => None,
            };
            Asked { group, point, published, checkpoint }
        });
        asked.push(asked_for.collect());
    }
    let translated = work::translate_all(source, target, &works, options, patience, hear)?;
    let mut answers = Vec::with_capacity(told.len());
    let mut active = Vec::with_capacity(told.len());
    for told in told {
        active.push(told.is_active_on_target());
        answers.push(told.into_answer());
    }
    for ((work, asked), translated) in works.iter().zip(asked).zip(translated) {
        for asked in asked {
            let answer = &mut answers[asked.group];
            let mut position =
                position::position(&work.partition, &work.points[asked.point], translated.of(asked.point));
            match translated.business_keys(asked.point) {
                Some(Ok(keys)) => position.business_keys = Some(*keys),
                Some(Err(why)) => position.business_keys_why = Some(why.clone()),
                None => {}
            }
            position.would_begin = translated.would_begin(asked.point);
            if let Some(born) = translated.target_born(asked.point) {
                born.mark(&mut position);
            }
            let checkpoint = asked.checkpoint.map(|point| translated.of(point));
            publications.judge(&mut position, &asked.published, checkpoint, &answer.group);
            cause::add(&mut position, &answer.group, active[asked.group], &asked.published, &publications);
            answer.partitions.push(position);
        }
    }
    Ok((answers, publications.notes))
}

/// What answers a group on one partition.
struct Asked {
    group: usize,
    point: usize,
    published: Published,
    checkpoint: Option<usize>,
}
