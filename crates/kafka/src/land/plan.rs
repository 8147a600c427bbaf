use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use runbook::world::{Outcome, PartitionPosition, PositionProof};

use super::look::{Look, look};
use super::quiet::disquiet;
use super::{Held, QuietOptions, Refusal};
use crate::compare::{FoundGroups, GroupPositions, PositionOptions, PositionProgress, group_positions};
use crate::{Cluster, ClusterError, ErrorKind, GroupKind, Patience, TopicId, TopicPartition, TopicState};

/// One commit to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub partition: TopicPartition,
    /// What is committed now, and must be still when it is written; `None`: nothing.
    pub from: Option<Held>,
    /// What shall be; `None`: no commit.
    pub to: Option<Held>,
    /// How `to` was proved; `None` where a landing is taken back.
    pub proof: Option<PositionProof>,
    pub state: MoveState,
}

/// How far a move is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveState {
    /// It would be made.
    Planned,
    /// Nothing to do: the group stands there already.
    There,
    /// Written, read back, and still so a moment later.
    Done,
    /// What the broker answered, or what was read back instead.
    Failed(String),
}

/// What would be done to one group, or why nothing is.
#[derive(Debug, Clone)]
pub struct GroupLanding {
    pub group: String,
    /// Whether the target knew the group before.
    pub existed: bool,
    /// Sorted by topic and partition.
    pub moves: Vec<Move>,
    pub refusals: Vec<Refusal>,
    /// What to know beside.
    pub notes: Vec<String>,
    /// Where it stood on the source, on the partitions that move; nothing where a landing is taken back.
    pub(super) stood: BTreeMap<TopicPartition, Held>,
}

/// What would be done to all groups.
#[derive(Debug, Clone)]
pub struct Landing {
    pub groups: Vec<GroupLanding>,
    /// Ids of the target's topics as they were measured: others are refused.
    pub(super) topic_ids: BTreeMap<String, Option<TopicId>>,
    /// Whether positions must lie inside the target's log; not where what was there before is restored.
    pub(super) bounded: bool,
    pub(super) quiet: QuietOptions,
    /// Something was written, or may have been.
    pub wrote: bool,
    /// What Kafka may have left out of its lists without a word.
    pub left_out: Vec<String>,
}

impl Landing {
    /// Whether nothing stands against writing.
    pub fn is_allowed(&self) -> bool {
        self.groups.iter().all(|group| group.refusals.is_empty())
    }

    /// Whether there is anything to write.
    pub fn has_work(&self) -> bool {
        let mut moves = self.groups.iter().flat_map(|group| &group.moves);
        moves.any(|step| step.state == MoveState::Planned)
    }
}

/// Proves every position of these groups and looks whether they stand still; writes nothing.
///
/// # Errors
/// A side that cannot be asked at all.
pub fn plan_landing(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    found: &FoundGroups,
    options: &PositionOptions,
    quiet: QuietOptions,
    patience: &Patience,
    hear: &(dyn Fn(&PositionProgress<'_>) + Sync),
) -> Result<Landing, ClusterError> {
    let names: Vec<String> = found.groups.iter().map(|group| group.group.clone()).collect();
    let kinds: BTreeMap<&str, &GroupKind> =
        found.groups.iter().map(|group| (group.group.as_str(), &group.kind)).collect();
    let positions = group_positions(source, target, found, options, patience, hear)?;
    let topics: BTreeSet<&str> =
        positions.groups.iter().flat_map(|group| &group.partitions).map(|p| p.topic.as_str()).collect();
    let described = target.topics(&topics.into_iter().collect::<Vec<_>>(), patience)?;
    let topic_ids = described
        .into_iter()
        .filter(|topic| topic.state == TopicState::Present)
        .map(|topic| (topic.name, topic.id))
        .collect();
    let first = [look(source, &names, patience)?, look(target, &names, patience)?];
    wait(target, quiet.over, patience)?;
    let second = [look(source, &names, patience)?, look(target, &names, patience)?];
    let groups = positions
        .groups
        .into_iter()
        .map(|group| {
            let looks = |side: usize| [first[side].get(&group.group), second[side].get(&group.group)];
            let kind = kinds.get(group.group.as_str()).copied();
            plan_group(&group, kind, looks(0), looks(1), quiet)
        })
        .collect();
    let left_out = positions.left_out;
    Ok(Landing { groups, topic_ids, bounded: true, quiet, wrote: false, left_out })
}

/// The time between two looks, whole or not at all: a shorter look proves less than it says.
pub(super) fn wait(cluster: &Cluster, over: Duration, patience: &Patience) -> Result<(), ClusterError> {
    patience.pause(over);
    if !patience.is_stopped() && !patience.is_over() {
        return Ok(());
    }
    let kind = if patience.is_stopped() { ErrorKind::Stopped } else { ErrorKind::TimedOut };
    let why = "ended before the groups had stood still for long enough; nothing was written";
    Err(ClusterError::new(cluster.name(), kind, "watching whether the groups stand still", why))
}

fn plan_group(
    group: &GroupPositions,
    kind: Option<&GroupKind>,
    on_source: [Option<&Look>; 2],
    on_target: [Option<&Look>; 2],
    quiet: QuietOptions,
) -> GroupLanding {
    let mut planned = GroupLanding {
        group: group.group.clone(),
        existed: true,
        moves: Vec::new(),
        refusals: Vec::new(),
        notes: Vec::new(),
        stood: BTreeMap::new(),
    };
    if let Some(kind @ (GroupKind::Share | GroupKind::Streams)) = kind {
        let (word, next) = match kind {
            GroupKind::Share => {
                ("share", "set its start with `kafka-share-groups --reset-offsets` after the switch")
            }
            _ => (
                "streams",
                "move its state with its topics, or let it rebuild: a commit alone lands no state",
            ),
        };
        planned.refusals.push(Refusal::group(format!("it is a {word} group"), next));
        return planned;
    }
    let ([Some(source_first), Some(source_second)], [Some(target_first), Some(target_second)]) =
        (on_source, on_target)
    else {
        let next = "try again";
        planned.refusals.push(Refusal::group("the clusters did not tell of it", next).not_measured());
        return planned;
    };
    planned.existed = target_first.kind != GroupKind::Absent;
    if let Some(why) = &group.why {
        let next = "see `cutover parity group` of it";
        planned.refusals.push(Refusal::group(why.clone(), next).not_measured());
    } else if group.partitions.is_empty() {
        planned.refusals.push(
            Refusal::group("no commits on either side", "check the name: there is nothing to land")
                .not_measured(),
        );
    }
    for position in &group.partitions {
        match plan_move(position, source_first, target_first) {
            Ok(step) => planned.moves.push(step),
            Err(refusal) => planned.refusals.push(refusal),
        }
    }
    planned.stood = of_moves(&planned.moves, source_second);
    planned.refusals.extend(disquiet(
        "target",
        &measured(group, target_first, |p| p.target_committed),
        [target_first, target_second],
    ));
    let moving = disquiet(
        "source",
        &measured(group, source_first, |p| p.source_committed),
        [source_first, source_second],
    );
    if quiet.source_active {
        planned.notes.extend(moving.into_iter().map(|refusal| {
            format!("{}: what is landed is where it stood, and what it does since comes again", refusal.why)
        }));
    } else {
        planned.refusals.extend(moving.into_iter().map(|refusal| Refusal {
            next: format!("{}; or land where it stood with --source-active", refusal.next),
            ..refusal
        }));
    }
    planned.refusals.sort_by(|a, b| a.partition.cmp(&b.partition));
    planned
}

/// The commits on the partitions of these moves; others are none of ours.
pub(super) fn of_moves(moves: &[Move], look: &Look) -> BTreeMap<TopicPartition, Held> {
    let ours = look.commits.iter().filter(|(place, _)| moves.iter().any(|step| step.partition == **place));
    ours.map(|(place, held)| (place.clone(), held.clone())).collect()
}

/// The commits the positions were measured by. Positions have no metadata: that of the first look is taken where the
/// offset is the same.
fn measured(
    group: &GroupPositions,
    look: &Look,
    committed: impl Fn(&PartitionPosition) -> Option<i64>,
) -> BTreeMap<TopicPartition, Held> {
    let held = |position: &PartitionPosition| {
        let partition = TopicPartition::new(&position.topic, position.partition);
        let offset = committed(position)?;
        let same = look.commits.get(&partition).filter(|held| held.offset == offset);
        let metadata = same.map(|held| held.metadata.clone()).unwrap_or_default();
        Some((partition, Held { offset, metadata }))
    };
    group.partitions.iter().filter_map(held).collect()
}

fn plan_move(position: &PartitionPosition, source: &Look, target: &Look) -> Result<Move, Refusal> {
    let partition = TopicPartition::new(&position.topic, position.partition);
    let why = position.why.clone();
    if position.source_committed.is_none() && position.outcome == Outcome::Exact {
        let held = target.commits.get(&partition).cloned();
        return Ok(Move {
            partition,
            from: held.clone(),
            to: held,
            proof: position.proof,
            state: MoveState::There,
        });
    }
    let Some(committed) = position.source_committed else {
        return Err(Refusal::partition(
            &partition,
            why.unwrap_or_else(|| "committed only on the target".to_owned()),
            "delete that commit (`kafka-consumer-groups --delete-offsets`), or commit a position on the source",
        )
        .not_measured());
    };
    let exact = position.exact_target.filter(|_| position.exact_proved);
    let (Some(exact), Some(proof)) = (exact, position.proof) else {
        let why = position.why_unproved().unwrap_or(position.outcome.word());
        let why = format!("its exact position is not proved: {why}");
        let next =
            "wait for the replicator, raise --max-read, or land this partition by a decision of your own";
        let refusal = Refusal::partition(&partition, why, next);
        let is_measured = matches!(position.outcome, Outcome::Untranslated | Outcome::Skip | Outcome::Replay);
        return Err(if is_measured { refusal } else { refusal.not_measured() });
    };
    let from = target.commits.get(&partition).cloned();
    let metadata = source.commits.get(&partition).filter(|held| held.offset == committed);
    let metadata = metadata.map(|held| held.metadata.clone()).unwrap_or_default();
    let is_there = position.outcome == Outcome::Exact;
    let (to, state) = match &from {
        // Any commit with the same boundary is as good, and writing none is better than writing one.
        Some(held) if is_there => (held.clone(), MoveState::There),
        _ => (Held { offset: exact, metadata }, MoveState::Planned),
    };
    Ok(Move { partition, from, to: Some(to), proof: Some(proof), state })
}
