//! Lands the exact positions of the unit's groups on the target.
//!
//! ## What it does
//! For each group, one command that sets its commit on **every** partition of the unit's topics, retry and dead-letter
//! topics included: where the group has a commit on the source, the proved target offset of the same boundary, with the
//! text the client wrote beside it and without its leader epoch; where it has none, what its `reset` means on the source
//! at the cut: `earliest` the twin of the first record there, `latest` the twin of the end, `none` no commit. A partition
//! without any record on either side is set to the target's end. What stands at the same boundary already is left.
//!
//! ## Why it matters
//! A replicator's own translation is exact only for a group at the end of its log. A partition that is left out falls to
//! the consumer's `auto.offset.reset`: everything again, or everything lost.
//!
//! ## How it is settled
//! Every commit reads back as it was set, at two looks, 2 s apart, none moves between them, and the group has no member.
//! What moves to exactly where it is to be landed is the landing, by a person perhaps, and looked at again. With
//! `--effects print` offsets alone are compared: `kafka-consumer-groups` writes no text, and the step says which is lost.
//!
//! ## Its way back
//! Exactly the commits before, text included; where there was none, the commit is removed.
//!
//! ## What it refuses
//! A position that is not proved, or lies outside the target's log, or from which records of the unit's `target_born`
//! spans would be delivered; a partition that is on one side only; a group with
//! members, a generation under way or commits that move, on either side; a group that moved on, or ends that moved, since
//! the step named by `from` has captured them; a group the source does not know; a partition without a commit whose group
//! declares no `reset`; a group whose truth is not in its commits; any answer that is missing or only a part. With
//! MirrorMaker 2 as connectors also: a checkpoint connector that syncs one of the groups (`sync.group.offsets.enabled`) and
//! does not leave it out; and, behind a fence of the source, a source connector that still copies a topic of the unit.
//!
//! ## What it does not do
//! It does not stop the replicator (`pause-replication`, `pause-group-sync`). MirrorMaker 2 in dedicated mode and any other
//! tool it does not see: there the step that stops the flow has to bring its own proof
//! ([CUT0519](../codes/CUT0519.md) where no step does). It does not prove that the application reads from its commit
//! (`group-resume`).
//!
//! ## Example
//! ```yaml
//! id: land-offsets
//! do: commit-offsets
//! with: { groups: unit, from: final-position }
//! timeout: { total: 60s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::landing::{self, Against, Ground, Landing};
use super::sight::Sight;
use super::since_capture::Kept;
use super::waiting::{Waiting, listed};
use super::{Names, activity, flow, second_writer};
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::unit::{Truth, Unit};
use crate::world::{Command, CommitChange, CommitHeld, GroupKind, GroupSeen, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitOffsets {
    /// `unit`, or names of groups.
    groups: Names,
    /// The `capture-positions` step whose positions must still hold.
    #[serde(default)]
    from: Option<String>,
}

impl CommitOffsets {
    fn groups(&self, unit: &Unit) -> Vec<String> {
        self.groups.among(unit.groups.keys().map(String::as_str))
    }

    fn activity(&self, unit: &Unit, side: Side) -> Probe {
        activity::probe(side, &self.groups(unit), activity::STILL_MS)
    }

    /// Twins of the places that reset policies give, once ends and positions are known.
    fn twins(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe> {
        let sight = Sight(seen);
        let Ok(ground) = Ground::of(&scope.unit.all_topics(), sight) else { return Vec::new() };
        self.groups(scope.unit)
            .iter()
            .filter_map(|name| {
                let group = scope.unit.groups.get(name)?;
                let positions = sight.positions(&landing::positions(scope.unit, name, group)).ok()?;
                landing::twins(scope.unit, group, landing::reset_places(group, positions, &ground))
            })
            .collect()
    }

    fn land(
        &self,
        scope: &StepScope<'_>,
        seen: &Observations,
        ground: &Ground<'_>,
        name: &str,
    ) -> Result<landing::Landed, Refusal> {
        let (unit, sight) = (scope.unit, Sight(seen));
        let next = "correct the unit, or leave the group out of this step";
        let group = unit.groups.get(name);
        let group =
            group.ok_or_else(|| Refusal::new(format!("unit {} has no group {name}", unit.name), next))?;
        if group.truth != Truth::Committed {
            return Err(Refusal::new(
                format!("the position of group {name} is not kept in its commits"),
                next,
            ));
        }
        let [source, target] = Side::BOTH.map(|side| activity::of(sight, &self.activity(unit, side), name));
        let source = source.map_err(Refusal::unmeasured)?;
        let target = target.map_err(Refusal::unmeasured)?;
        let positions =
            sight.positions(&landing::positions(unit, name, group)).map_err(Refusal::unmeasured)?;
        let twins = match landing::twins(unit, group, landing::reset_places(group, positions, ground)) {
            Some(probe) => sight.twins(&probe).map_err(Refusal::unmeasured)?.twins.iter().collect(),
            None => Vec::new(),
        };
        let mut against = active(name, Side::Source, source);
        against.extend(active(name, Side::Target, target));
        if source.kind == GroupKind::Absent {
            against.push(format!("the source does not know group {name}"));
        }
        if let Some(from) = &self.from {
            against.extend(Kept::of(scope, from)?.differences(source, ground)?);
        }
        let mut landed = Landing { name, group, source, target, positions, ground, twins }.land();
        landed.against.extend(against);
        Ok(landed)
    }
}

/// Why nobody may write the commits of a group now.
pub(super) fn active(name: &str, side: Side, group: &GroupSeen) -> Vec<String> {
    let mut against = Vec::new();
    if group.kind == GroupKind::Streams {
        against.push(format!(
            "group {name} on {side} is a streams group, whose commits this version does not set"
        ));
    }
    if !group.members.is_empty() {
        against.push(format!(
            "group {name} has {} on {side}: {}",
            activity::counted(group),
            activity::members(group)
        ));
    }
    if !group.moved.is_empty() {
        against.push(format!("commits of group {name} move on {side}: {}", activity::moved(group)));
    }
    if group.members.is_empty() && group.moved.is_empty() && activity::is_active(group) {
        against.push(format!("group {name} is {} on {side}", group.state));
    }
    against
}

/// Whether what moved between the looks is the landing itself, set in their midst: by a person who was asked to, or late.
pub(super) fn arrives(changes: &Changeset, group: &GroupSeen) -> bool {
    let landed = |at: &String, moved: &(Option<i64>, Option<i64>)| {
        let commits = changes.changes.iter().flat_map(|change| match &change.command {
            Command::SetCommits { group: name, commits, .. } if *name == group.group => commits.as_slice(),
            _ => &[],
        });
        let offset = |held: &Option<CommitHeld>| held.as_ref().map(|held| held.offset);
        commits
            .filter(|commit| *at == format!("{}-{}", commit.topic, commit.partition))
            .any(|commit| *moved == (offset(&commit.from), offset(&commit.to)))
    };
    let still = group.members.is_empty() && matches!(group.state.as_str(), "" | "Empty" | "Dead");
    still && !group.moved.is_empty() && group.moved.iter().all(|(at, moved)| landed(at, moved))
}

/// Adds commits that do not read back as `wanted` says, of the changes that were made. Of what a person sets by hand only
/// offsets count: their tool writes no text, and takes away what stood there.
pub(super) fn read_back(
    changes: &Changeset,
    seen: &Observations,
    probe: &Probe,
    waiting: &mut Waiting,
    wanted: impl Fn(&CommitChange) -> (&Option<CommitHeld>, &Option<CommitHeld>),
) {
    let offset = |held: &CommitHeld| held.offset;
    let is = |now: Option<&CommitHeld>, held: &Option<CommitHeld>| match changes.by_hand {
        true => now.map(offset) == held.as_ref().map(offset),
        false => now == held.as_ref(),
    };
    for change in &changes.changes {
        let Command::SetCommits { side, group: name, commits } = &change.command else { continue };
        let Some(group) = waiting.need(activity::of(Sight(seen), probe, name)) else { continue };
        for commit in commits {
            let at = (commit.topic.clone(), commit.partition);
            let now = landing::held(group, &at);
            let (wanted, before) = wanted(commit);
            if is(now.as_ref(), wanted) {
                continue;
            }
            let said = |held: &Option<CommitHeld>| match held {
                None => "none".to_owned(),
                Some(held) if held.metadata.is_empty() => held.offset.to_string(),
                Some(held) => format!("{} ({:?})", held.offset, held.metadata),
            };
            let what = format!("commit of group {name} on {} on {side}", landing::spelled(&at));
            if is(now.as_ref(), before) {
                waiting.not_yet(what, said(&now), said(wanted));
            } else {
                waiting.cannot(format!("{what} is {}: somebody else has set it", said(&now)));
            }
        }
    }
}

impl Action for CommitOffsets {
    fn ask(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe> {
        let unit = scope.unit;
        let mut probes = landing::probes(&unit.all_topics());
        for name in self.groups(unit) {
            probes.extend(unit.groups.get(&name).map(|group| landing::positions(unit, &name, group)));
        }
        probes.extend(Side::BOTH.map(|side| self.activity(unit, side)));
        probes.extend(self.twins(scope, seen));
        probes.extend(flow::probe(scope));
        probes
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        if scope.side(Side::Target) == Side::Source {
            return Err(Refusal::new(
                "commit-offsets lands positions on the target, and the step says on: source",
                "use commit-offsets-back for the way back",
            ));
        }
        second_writer::is_stopped(scope, seen, &self.groups(scope.unit))?;
        let topics = scope.unit.all_topics();
        let ground = Ground::of(&topics, Sight(seen)).map_err(|against| match against {
            Against::Unmeasured(why) => Refusal::unmeasured(why),
            Against::Wrong(why) => {
                Refusal::new(why, "make the topics equal first: topic-shape names what differs")
            }
        })?;
        let mut changes = Changeset::default();
        let mut against = Vec::new();
        let mut unproved = Vec::new();
        for name in self.groups(scope.unit) {
            let landed = self.land(scope, seen, &ground, &name)?;
            against.extend(landed.against);
            unproved.extend(landed.unproved);
            changes.notes.extend(landed.notes);
            if !landed.changes.is_empty() {
                let command =
                    Command::SetCommits { side: Side::Target, group: name, commits: landed.changes };
                changes.changes.push(Change::guarded(command)?);
            }
        }
        let unmeasured = against.is_empty();
        against.extend(unproved);
        if against.is_empty() {
            return Ok(changes);
        }
        let next = "stop what runs, capture again where something moved, and have every position proved (position-provable)";
        Err(Refusal { unmeasured, ..Refusal::new(listed(against), next) })
    }

    fn foreseen(&self, scope: &StepScope<'_>) -> Changeset {
        let changes = self.groups(scope.unit).into_iter().map(|group| {
            format!(
                "would: commit the exact positions of group {group} on target, as they are proved then; \
                 back: the commits that stand there now, text included, and none where there is none"
            )
        });
        Changeset { notes: changes.collect(), ..Changeset::default() }
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![self.activity(scope.unit, Side::Target)]
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let probe = self.activity(scope.unit, Side::Target);
        for name in self.groups(scope.unit) {
            let Some(group) = waiting.need(activity::of(Sight(seen), &probe, &name)) else { continue };
            if arrives(changes, group) {
                waiting.not_yet(
                    format!("commits of group {name} on target"),
                    format!("moving to where they are landed: {}", activity::moved(group)),
                    "none moves between two looks",
                );
                continue;
            }
            for why in active(&name, Side::Target, group) {
                waiting.cannot(format!("{why}: what was landed may be read or written over already"));
            }
        }
        read_back(changes, seen, &probe, &mut waiting, |commit| (&commit.to, &commit.from));
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![self.activity(scope.unit, Side::Target)]
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let probe = self.activity(scope.unit, Side::Target);
        waiting.need(Sight(seen).groups(&probe));
        read_back(changes, seen, &probe, &mut waiting, |commit| (&commit.from, &commit.to));
        waiting.settled()
    }
}
