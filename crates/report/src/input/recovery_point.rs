use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use journal::{JournalError, RunState};
use runbook::world::{Measured, Probe};
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
    /// The step that captured it; `None`: the group's commit as it was measured, which moves until it is captured.
    pub captured_by: Option<String>,
    pub at: Timestamp,
    /// SHA-256 (hex) of the observation.
    pub sha256: String,
}

/// By group, topic and partition: what the run captured, else the commits as they were measured.
pub(super) fn recovery_points(
    state: &RunState,
    positions: &[PositionTable],
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<Vec<RecoveryPoint>, JournalError> {
    let mut points = BTreeMap::new();
    for table in positions {
        for seen in &table.seen.partitions {
            let point = RecoveryPoint {
                group: table.seen.group.clone(),
                topic: seen.topic.clone(),
                partition: seen.partition,
                offset: seen.source_committed,
                captured_by: None,
                at: table.at,
                sha256: table.sha256.clone(),
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
                points.retain(|(name, ..), point: &mut RecoveryPoint| {
                    name != &group.group || point.captured_by.is_some()
                });
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
                        captured_by: Some(step.id.clone()),
                        at: seen.at,
                        sha256: address.clone(),
                    };
                    points.insert((point.group.clone(), point.topic.clone(), point.partition), point);
                }
            }
        }
    }
    Ok(points.into_values().collect())
}

fn pair(seen: &Observation) -> (&Probe, &Measured) {
    (&seen.probe, &seen.measured)
}
