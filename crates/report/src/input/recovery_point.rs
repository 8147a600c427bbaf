use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use journal::{JournalError, RunState, StepOutcome, StepPhase};
use runbook::world::{Command, Measured, Probe};
use runbook::{Observation, Side};

use super::PositionTable;

/// Where a group goes on reading at the source after a return.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryPoint {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    /// The next record the group reads; `None`: it had no commit there, so its `auto.offset.reset` decides.
    pub offset: Option<i64>,
    pub known_by: KnownBy,
    pub at: Timestamp,
    /// SHA-256 (hex) of the observation; `None`: what was landed is in the journal itself.
    pub sha256: Option<String>,
    /// Where the group stood on the target when it was looked at last; `None`: nobody looked, or it was landed since.
    pub reached: Option<Reached>,
}

/// How an offset on the source is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// The step of the way back that landed it, by where the group stood on the target then.
    Landed(String),
    /// The same when the target did not answer any more: by where the group stood there when that was looked at last, if
    /// that is known.
    LandedUnseen(String, Option<Timestamp>),
    /// The step that captured it, when the source was at rest.
    Captured(String),
    /// The group's commit as it was measured, which moves until it is captured.
    Measured,
}

/// The commit of a group on the target, past the commit point.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    pub on_target: i64,
    /// The same boundary on the source; `None`: not proved, or behind what was copied.
    pub on_source: Option<i64>,
    pub at: Timestamp,
}

/// By group, topic and partition.
type Points = BTreeMap<(String, String, i32), RecoveryPoint>;

/// By group, topic and partition: what the way back landed, else what the run captured, else the commits as they were
/// measured.
pub(super) fn recovery_points(
    state: &RunState,
    positions: &[PositionTable],
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<Vec<RecoveryPoint>, JournalError> {
    let mut points = Points::new();
    for table in positions {
        for seen in &table.seen.partitions {
            let point = RecoveryPoint {
                group: table.seen.group.clone(),
                topic: seen.topic.clone(),
                partition: seen.partition,
                offset: seen.source_committed,
                known_by: KnownBy::Measured,
                at: table.at,
                sha256: Some(table.sha256.clone()),
                reached: None,
            };
            points.insert((point.group.clone(), point.topic.clone(), point.partition), point);
        }
    }
    let captures = state.header().plan.steps.iter().filter(|step| step.kind == "capture-positions");
    for step in captures {
        let kept = state.execution().step(&step.id).map_or(&[][..], |known| &known.kept);
        let mut partitions = BTreeSet::new();
        for address in kept {
            if let (Probe::Ends { side: Side::Source, .. }, Measured::Ends(ends)) = pair(&evidence(address)?)
            {
                let of = ends.partitions.iter().map(|end| (end.topic.clone(), end.partition));
                partitions.extend(of);
            }
        }
        for address in kept {
            let seen = evidence(address)?;
            let (Probe::Groups { side: Side::Source, .. }, Measured::Groups(groups)) = pair(&seen) else {
                continue;
            };
            for group in &groups.groups {
                // What was captured is whole: an older commit of this group does not stand beside it.
                points
                    .retain(|(name, ..), point| name != &group.group || point.known_by != KnownBy::Measured);
                // A group is taken to read the topics in which it has a commit, whole.
                let topics: BTreeSet<&str> =
                    group.commits.iter().map(|commit| commit.topic.as_str()).collect();
                let without = partitions.iter().filter(|(topic, _)| topics.contains(topic.as_str()));
                let commits = group.commits.iter();
                let commits = commits.map(|commit| (&commit.topic, commit.partition, Some(commit.offset)));
                for (topic, partition, offset) in
                    without.map(|(topic, partition)| (topic, *partition, None)).chain(commits)
                {
                    let point = RecoveryPoint {
                        group: group.group.clone(),
                        topic: topic.clone(),
                        partition,
                        offset,
                        known_by: KnownBy::Captured(step.id.clone()),
                        at: seen.at,
                        sha256: Some(address.clone()),
                        reached: None,
                    };
                    points.insert((point.group.clone(), point.topic.clone(), point.partition), point);
                }
            }
        }
    }
    reached(state, &mut points, evidence)?;
    landed(state, &mut points);
    Ok(points.into_values().collect())
}

/// Adds where the groups stood on the target, as the run wrote it down past its commit point.
fn reached(
    state: &RunState,
    points: &mut Points,
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<(), JournalError> {
    for followed in state.execution().followed.values() {
        let seen: Vec<Observation> =
            followed.evidence.iter().map(|address| evidence(address)).collect::<Result<_, _>>()?;
        let twins = seen.iter().filter_map(|seen| match pair(seen) {
            (Probe::Twins { toward: Side::Source, .. }, Measured::Twins(twins)) => Some(&twins.twins),
            _ => None,
        });
        let twins: Vec<_> = twins.flatten().filter(|twin| twin.proved).collect();
        for seen in &seen {
            let (Probe::Groups { side: Side::Target, .. }, Measured::Groups(groups)) = pair(seen) else {
                continue;
            };
            for group in &groups.groups {
                for commit in &group.commits {
                    let place = (group.group.clone(), commit.topic.clone(), commit.partition);
                    let Some(point) = points.get_mut(&place) else { continue };
                    let twin = twins.iter().find(|twin| {
                        let at = &twin.place;
                        (&at.topic, at.partition, at.offset)
                            == (&commit.topic, commit.partition, commit.offset)
                    });
                    point.reached = Some(Reached {
                        on_target: commit.offset,
                        on_source: twin.and_then(|twin| twin.target),
                        at: seen.at,
                    });
                }
            }
        }
    }
    Ok(())
}

/// Puts what the way back landed on the source in the place of what was captured. What it left as it was stays: there the
/// group goes on from its recovery point.
fn landed(state: &RunState, points: &mut Points) {
    let back = state.back_plan().map_or(&[][..], |back| &back.between);
    for step in back.iter().filter(|step| step.kind == "commit-offsets-back") {
        let Some(known) = state.execution().step(&step.id) else { continue };
        let (StepPhase::Ended(StepOutcome::Done), Some(ended)) = (&known.phase, &known.ended) else {
            continue;
        };
        let mut looked = BTreeMap::new();
        for point in points.values_mut().filter(|point| is_about(state, step.unit.as_deref(), &point.group)) {
            looked.extend(point.reached.take().map(|reached| (point.group.clone(), reached.at)));
        }
        for attempt in &known.attempts {
            let stood = attempt.changes.as_ref().map(|changes| &changes.stood);
            let changes = attempt.changes.iter().flat_map(|changes| &changes.changes);
            for (change, _) in changes.zip(&attempt.commands).filter(|(_, command)| command.touched) {
                let Command::SetCommits { side: Side::Source, group, commits } = &change.command else {
                    continue;
                };
                // Whoever landed it while the target answered wrote down where the group stood there.
                let known_by = match stood.is_some_and(|stood| stood.contains_key(group)) {
                    true => KnownBy::Landed(step.id.clone()),
                    false => KnownBy::LandedUnseen(step.id.clone(), looked.get(group).copied()),
                };
                for commit in commits {
                    let point = RecoveryPoint {
                        group: group.clone(),
                        topic: commit.topic.clone(),
                        partition: commit.partition,
                        offset: commit.to.as_ref().map(|to| to.offset),
                        known_by: known_by.clone(),
                        at: ended.wall,
                        sha256: None,
                        reached: None,
                    };
                    points.insert((group.clone(), commit.topic.clone(), commit.partition), point);
                }
            }
        }
    }
}

/// Whether a step of this unit is about the group; `None`: of every unit.
pub(super) fn is_about(state: &RunState, unit: Option<&str>, group: &str) -> bool {
    let mut units = state.header().plan.units.iter().filter(|of| unit.is_none_or(|unit| unit == of.name));
    units.any(|unit| unit.groups.contains_key(group))
}

fn pair(seen: &Observation) -> (&Probe, &Measured) {
    (&seen.probe, &seen.measured)
}
