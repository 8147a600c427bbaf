use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::look::look;
use super::plan::wait;
use super::quiet::{disquiet, shown};
use super::{GroupLanding, Held, Landing, Move, MoveState, QuietOptions, Refusal};
use crate::{Cluster, ClusterError, GroupKind, Patience, TopicPartition};

/// What takes a landing back: the commits as they were before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// [`Undo::FORMAT`].
    pub format: String,
    /// Cluster ids, so that it is never taken back elsewhere.
    pub source_cluster_id: String,
    pub target_cluster_id: String,
    /// RFC 3339.
    pub written_at: String,
    pub groups: Vec<UndoGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoGroup {
    pub group: String,
    /// Whether the target knew the group before the landing.
    pub existed: bool,
    pub commits: Vec<UndoCommit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoCommit {
    pub topic: String,
    pub partition: i32,
    /// What was committed before; null: nothing.
    pub before: Option<Held>,
    /// What the landing committed.
    pub landed: Option<Held>,
}

impl Undo {
    pub const FORMAT: &'static str = "cutover/land-undo/v1";

    /// What takes the planned moves of a landing back.
    pub fn of(landing: &Landing, source: &Cluster, target: &Cluster, written_at: String) -> Undo {
        let groups = landing.groups.iter().map(|group| UndoGroup {
            group: group.group.clone(),
            existed: group.existed,
            commits: group
                .moves
                .iter()
                .filter(|step| step.state == MoveState::Planned)
                .map(|step| UndoCommit {
                    topic: step.partition.topic.clone(),
                    partition: step.partition.partition,
                    before: step.from.clone(),
                    landed: step.to.clone(),
                })
                .collect(),
        });
        Undo {
            format: Undo::FORMAT.to_owned(),
            source_cluster_id: source.id().to_owned(),
            target_cluster_id: target.id().to_owned(),
            written_at,
            groups: groups.filter(|group| !group.commits.is_empty()).collect(),
        }
    }
}

/// Looks whether a landing can be taken back: the same cluster, groups that stand still, and commits that are still those
/// of the landing, or already those before it.
///
/// # Errors
/// The target cannot be asked.
pub fn plan_undo(
    target: &Cluster,
    undo: &Undo,
    quiet: QuietOptions,
    patience: &Patience,
) -> Result<Landing, ClusterError> {
    let names: Vec<String> = undo.groups.iter().map(|group| group.group.clone()).collect();
    let first = look(target, &names, patience)?;
    wait(target, quiet.over, patience)?;
    let second = look(target, &names, patience)?;
    let elsewhere = (undo.target_cluster_id != target.id()).then(|| {
        let why = format!(
            "the undo file is of cluster {}, and this is cluster {}",
            undo.target_cluster_id,
            target.id()
        );
        Refusal::group(why, "give the target the landing was made on")
    });
    let groups = undo.groups.iter().map(|group| {
        let mut planned = GroupLanding {
            group: group.group.clone(),
            existed: group.existed,
            moves: Vec::new(),
            refusals: elsewhere.iter().cloned().collect(),
            notes: Vec::new(),
            stood: BTreeMap::new(),
        };
        let (Some(first), Some(second)) = (first.get(&group.group), second.get(&group.group)) else {
            planned
                .refusals
                .push(Refusal::group("the target did not tell of it", "try again").not_measured());
            return planned;
        };
        let ours = |commits: &BTreeMap<TopicPartition, Held>| -> BTreeMap<TopicPartition, Held> {
            let of_ours = |partition: &TopicPartition| {
                group.commits.iter().any(|c| c.topic == partition.topic && c.partition == partition.partition)
            };
            let ours = commits.iter().filter(|(partition, _)| of_ours(partition));
            ours.map(|(partition, held)| (partition.clone(), held.clone())).collect()
        };
        let looks =
            [first, second].map(|look| super::look::Look { commits: ours(&look.commits), ..look.clone() });
        planned.refusals.extend(disquiet(target.name(), &looks[0].commits, [&looks[0], &looks[1]]));
        let is_gone = second.kind == GroupKind::Absent;
        for commit in &group.commits {
            let partition = TopicPartition::new(&commit.topic, commit.partition);
            let now = looks[1].commits.get(&partition).cloned();
            let is_there = now == commit.before && (commit.before.is_some() || group.existed || is_gone);
            if now != commit.landed && now != commit.before {
                planned.refusals.push(Refusal::partition(
                    &partition,
                    format!(
                        "{} is committed now, neither {} of the landing nor {} of before",
                        shown(now.as_ref()),
                        shown(commit.landed.as_ref()),
                        shown(commit.before.as_ref())
                    ),
                    "the group went on since: taking this back would lose what it did",
                ));
            }
            let state = if is_there { MoveState::There } else { MoveState::Planned };
            planned.moves.push(Move { partition, from: now, to: commit.before.clone(), proof: None, state });
        }
        planned
    });
    let groups = groups.collect();
    Ok(Landing {
        groups,
        topic_ids: BTreeMap::new(),
        bounded: false,
        quiet,
        wrote: false,
        left_out: Vec::new(),
    })
}
