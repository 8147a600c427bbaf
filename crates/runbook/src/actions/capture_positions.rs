//! Keeps where the groups stand on the source and where the logs end on both sides, so that what is landed later is held
//! against it.
//!
//! ## What it does
//! Looks twice, a little apart, at the commits of the groups on the source and at the ends of the topics on both sides,
//! and keeps what it saw as evidence; beside it, where on the target the source's ends are, as far as its time goes: how
//! far the copy had come, for the way back. It changes nothing.
//!
//! ## Why it matters
//! Between the last look and the landing a group that was believed to be stopped can commit once more. A step that names
//! this one (`from`) refuses to land when anything has moved since.
//!
//! ## How it is settled
//! As soon as it is kept.
//!
//! ## Its way back
//! None is needed.
//!
//! ## What it refuses
//! Groups with members or moving commits, a source that is not at rest, records that still arrive on the target, and an
//! answer that is not whole. Where a replicator copies (`mirrormaker2`, `offset-preserving`) also a copy that is not: the
//! last visible record of each partition has to be on the target within 5 s, found by its content. A group that stands
//! further back would go on at the right record all the same, and never see what was left behind.
//!
//! ## What it does not do
//! It proves no position of a group: `position-provable` and `commit-offsets` do. Nor what lies before the last record:
//! `content-parity` does. It does not wait for a copy: `do: wait, until: { check: drained }` does, before the flow is
//! stopped.
//!
//! ## Example
//! ```yaml
//! id: final-position
//! do: capture-positions
//! timeout: { total: 10s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::landing;
use super::sight::Sight;
use super::waiting::listed;
use super::{Names, activity, growth};
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::plan::PlannedStep;
use crate::unit::Unit;
use crate::world::{GroupKind, Observations, PartitionDrained, PartitionEnds, Place, Probe, Side};

/// Parameters of `capture-positions`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapturePositions {
    /// `unit` (also where it is not written), or names of groups.
    #[serde(default)]
    groups: Option<Names>,
    /// `unit` (also where it is not written), or names of topics.
    #[serde(default)]
    topics: Option<Names>,
}

impl CapturePositions {
    /// # Errors
    /// The step's `with` says something else.
    pub fn of(step: &PlannedStep) -> Result<CapturePositions, String> {
        let with = step.with.get("with").filter(|with| !with.is_null()).cloned().unwrap_or_else(|| json!({}));
        serde_json::from_value(with).map_err(|error| format!("step {}: {error}", step.id))
    }

    fn groups(&self, unit: &Unit) -> Vec<String> {
        self.groups.as_ref().unwrap_or(&Names::Unit).among(unit.groups.keys().map(String::as_str))
    }

    fn topics(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_topics();
        self.topics.as_ref().unwrap_or(&Names::Unit).among(all.iter().map(String::as_str))
    }
}

impl CapturePositions {
    /// The twins of the source's ends: kept beside, they prove how far the copy had come. Now that is read in no time; once
    /// the target has gigabytes of its own, no budget would do.
    fn copied_up_to(&self, unit: &Unit, seen: &Observations) -> Option<Probe> {
        let ends = Probe::Ends { side: Side::Source, topics: self.topics(unit) };
        let seen = Sight(seen).ends(&ends).ok()?;
        let held = seen.partitions.iter().filter(|at| at.log_start < at.high_watermark);
        let places: Vec<Place> = held
            .map(|at| Place { topic: at.topic.clone(), partition: at.partition, offset: at.lso })
            .collect();
        let isolation = unit.isolation();
        (!places.is_empty()).then(|| landing::to_target(unit, places, isolation))
    }
}

/// How long a copy may take that is about to be whole.
const WITHIN_MS: u64 = 5_000;

/// The last records of the source on the target; `None`: nothing copies them.
fn copy_probe(scope: &StepScope<'_>, topics: &[String]) -> Option<Probe> {
    let copies = matches!(scope.plan.replicator.tool.as_str(), "mirrormaker2" | "offset-preserving");
    (copies && !topics.is_empty()).then(|| Probe::Drained {
        topics: topics.to_vec(),
        isolation: scope.unit.isolation(),
        ignore_headers: Vec::new(),
        without: scope.unit.target_born.clone(),
        within_ms: WITHIN_MS,
        over_ms: activity::STILL_MS,
    })
}

/// Partitions whose last source record is not on the target.
fn left_behind(scope: &StepScope<'_>, sight: Sight<'_>, topics: &[String]) -> Result<Vec<String>, String> {
    let Some(probe) = copy_probe(scope, topics) else { return Ok(Vec::new()) };
    let seen = &sight.drained(&probe)?.partitions;
    let ends = sight.ends(&Probe::Ends { side: Side::Source, topics: topics.to_vec() })?;
    let is_told =
        |end: &PartitionEnds| seen.iter().any(|one| one.topic == end.topic && one.partition == end.partition);
    if let Some(untold) = ends.partitions.iter().find(|end| !is_told(end)) {
        let at = format!("{}-{}", untold.topic, untold.partition);
        return Err(format!("{}: the answer does not speak of {at}", probe.title()));
    }
    Ok(seen.iter().filter_map(missing).collect())
}

fn missing(seen: &PartitionDrained) -> Option<String> {
    let last = seen.last.as_ref()?;
    let at =
        format!("the record at source offset {} of {}-{}", last.source_offset, seen.topic, seen.partition);
    match (seen.target_end, last.target_offset) {
        (None, _) => Some(format!("{at} is not on the target, which has no such partition")),
        (_, None) => Some(format!("{at}, the last one, is not on the target")),
        (..) if last.target_alike < last.alike => Some(format!(
            "of the {} equal records that end {}-{} on the source, {} are on the target",
            last.alike, seen.topic, seen.partition, last.target_alike
        )),
        (..) => None,
    }
}

impl Action for CapturePositions {
    fn ask(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe> {
        let mut probes = capture_probes(scope, self);
        probes.extend(self.copied_up_to(scope.unit, seen));
        probes
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        captured(scope, self, seen)?;
        Ok(Changeset::default())
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn settled(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn undone(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }
}

/// The commits of the groups on the source, and the ends of the topics on both sides, looked at twice.
pub fn capture_probes(scope: &StepScope<'_>, with: &CapturePositions) -> Vec<Probe> {
    let (groups, topics) = (with.groups(scope.unit), with.topics(scope.unit));
    let mut probes = Vec::new();
    if !groups.is_empty() {
        probes.push(activity::probe(Side::Source, &groups, activity::STILL_MS));
    }
    if !topics.is_empty() {
        for side in Side::BOTH {
            probes.push(growth::probe(side, &topics, activity::STILL_MS));
            probes.push(Probe::Ends { side, topics: topics.clone() });
        }
        probes.extend(copy_probe(scope, &topics));
    }
    probes
}

/// Whether what was seen may be kept as the last positions on the source: all of it is there, nobody reads as the groups,
/// the source is at rest, nothing arrives on the target, and the copy is whole.
///
/// # Errors
/// What is missing, or still moves.
pub fn captured(scope: &StepScope<'_>, with: &CapturePositions, seen: &Observations) -> Result<(), Refusal> {
    let sight = Sight(seen);
    let (groups, topics) = (with.groups(scope.unit), with.topics(scope.unit));
    if groups.is_empty() && topics.is_empty() {
        return Err(Refusal::new(
            format!("unit {} has no group and no topic whose position could be captured", scope.unit.name),
            "name them in the step, or leave the step out",
        ));
    }
    let mut moving = Vec::new();
    let probe = activity::probe(Side::Source, &groups, activity::STILL_MS);
    for name in &groups {
        let group = activity::of(sight, &probe, name).map_err(Refusal::unmeasured)?;
        if group.kind == GroupKind::Absent {
            moving.push(format!("group {name}: the source does not know it"));
        } else if !group.members.is_empty() {
            moving.push(format!(
                "group {name} has {} on source: {}",
                activity::counted(group),
                activity::members(group)
            ));
        } else if !group.moved.is_empty() {
            moving.push(format!("commits of group {name} move on source: {}", activity::moved(group)));
        } else if activity::is_active(group) {
            moving.push(format!("group {name} is {} on source", group.state));
        }
    }
    for side in Side::BOTH.into_iter().filter(|_| !topics.is_empty()) {
        moving.extend(ends_moving(sight, side, &topics).map_err(Refusal::unmeasured)?);
    }
    if !moving.is_empty() {
        return Err(Refusal::new(
            listed(moving),
            "stop what still runs, wait until the source is at rest and the flow is paused, and capture again",
        ));
    }
    let missing = left_behind(scope, sight, &topics).map_err(Refusal::unmeasured)?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        listed(missing),
        "whoever goes on there would never see what was not copied: let the replicator copy the rest (take back the step that stopped it, or stand down), and wait for a check of kind drained before it is stopped",
    ))
}

/// Partitions that are not at rest (source), or still written (target); and ends that two probes tell differently.
fn ends_moving(sight: Sight<'_>, side: Side, topics: &[String]) -> Result<Vec<String>, String> {
    let rest = growth::of(sight, &growth::probe(side, topics, activity::STILL_MS), topics)?;
    let ends = sight.ends(&Probe::Ends { side, topics: topics.to_vec() })?;
    let mut moving = Vec::new();
    for partition in &rest.partitions {
        let at = format!("{}-{} on {side}", partition.topic, partition.partition);
        let is_it = |end: &&crate::world::PartitionEnds| {
            end.topic == partition.topic && end.partition == partition.partition
        };
        let end = ends.partitions.iter().find(is_it);
        let end = end.ok_or_else(|| format!("ends of {at}: the answer does not speak of it"))?;
        let (lso, high) = (partition.lso[1], partition.high_watermark[1]);
        if growth::moves(partition) {
            moving.push(format!("{} on {side}", growth::described(partition)));
        } else if side == Side::Source && !partition.is_at_rest() {
            moving.push(format!("a transaction is open on {at}: LSO {lso} below HW {high}"));
        } else if (end.lso, end.high_watermark) != (lso, high) {
            moving.push(format!(
                "ends of {at} moved between two probes: LSO {} and {lso}, HW {} and {high}",
                end.lso, end.high_watermark
            ));
        }
    }
    Ok(moving)
}
