//! Lands the positions that groups have reached on the target on the source again.
//!
//! ## What it does
//! For each group, one command that sets its commits on the source. Where its commit on the target lies inside what was
//! copied, the proved source offset of the same boundary, with the text the client wrote beside it. Where it has done
//! everything that was copied, the end of the source; whether it has also done records that were born on the target is
//! then for `target_born`: `replayed` goes back to the recovery point, the commit that was captured on the source, so that
//! everything since the switch comes again; `carried`, `discarded` and `reconcile` go on from the end of the source, and
//! so does `none`, where there are no such records. What somebody wrote on the source after the flow was stopped it has
//! not done: it goes on before that. `mirrored: recovery-point` goes back to it always: a commit of the source that
//! expired or moved since the switch is set to it again. A partition without a commit on the target is left, and said;
//! where it has none on the source either, it goes back to its recovery point.
//!
//! While a run is past its commit point it writes down, every 10 s, what this step would ask. Where the target has not
//! answered for a minute, the last of that is used, and the step says of which moment it is: what a group did on the
//! target after that moment comes again on the source.
//!
//! ## Why it matters
//! Offsets of the two clusters are not the same numbers. A group that goes back to the commit it left on the source does
//! everything again that it did on the target; one that takes the number from the target loses or repeats at random.
//!
//! ## How it is settled
//! Every commit reads back as it was set, at two looks, 2 s apart, none moves between them, and the group has no member on
//! the source. On the target the group has no member either, nothing commits as it over 10 s (2 s where it commits by
//! hand), and it stands where it stood when its position was read.
//!
//! ## Its way back
//! Exactly the commits before. On the way back of a run it is not taken: nothing goes forward again.
//!
//! ## What it refuses
//! A position that is not proved, or lies outside the source's log; a group with members, a generation under way or
//! commits that move, on either side; a streams group; any answer that is missing or only a part. Records that arrived on
//! the target since the ledger was cut: they are in no ledger.
//!
//! ## What it does not do
//! It does not move records: what was born on the target stays there, and `target-born-ledger` counts it.
//!
//! ## Example
//! ```yaml
//! id: offsets-back
//! do: commit-offsets-back
//! with: { groups: unit, from: final-position, mirrored: translate-back, target_born: discarded }
//! timeout: { total: 5m }
//! ```

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::back_landing::{Back, Born, Progress};
use super::boundary::Boundary;
use super::commit_offsets::{active, arrives, read_back};
use super::landing::{self, Against, Ground, held, spelled};
use super::sight::Sight;
use super::since_capture::Kept;
use super::still_closed;
use super::waiting::{Waiting, listed};
use super::{Names, activity};
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::unit::{Truth, Unit};
use crate::world::{Command, CommitChange, EndsSeen, Observations, PartitionEnds, Place, Probe, Side};

/// Under this name a step is given what the run has written down of the target, once the target is given up.
pub const FOLLOWED: &str = "followed";

/// Offsets by which the unit's topics have grown on the target beyond what was copied; `None`: not known. Nothing was born
/// there where it is 0.
pub fn grown(scope: &StepScope<'_>, seen: &Observations) -> Option<u64> {
    let from = scope.step.with.get("with").and_then(|with| with.get("from")?.as_str());
    let topics = scope.unit.all_topics();
    let sight = Sight(seen);
    let ground = Ground::of(&topics, sight).ok()?;
    let boundary = Boundary::of(scope, from, &ground, sight);
    let beyond = ground.partitions.iter().map(|at| {
        let end = ground.ends(Side::Target, at)?.high_watermark;
        // What was copied since may hide some, and some may be copies: then it is not known.
        let from = boundary.born_from(at).ok().filter(|from| from.exact)?;
        u64::try_from(end - from.offset).ok()
    });
    beyond.sum()
}

/// Whether every group could be landed by this look alone, with the target gone.
pub fn proves_every_group(scope: &StepScope<'_>, seen: &Observations) -> bool {
    let with = scope.step.with.get("with").filter(|with| !with.is_null()).cloned();
    let Some(Ok(with)) = with.map(serde_json::from_value::<CommitOffsetsBack>) else { return false };
    let mut kept = scope.kept.clone();
    kept.insert(FOLLOWED.to_owned(), seen.iter().filter_map(|(_, outcome)| outcome.clone().ok()).collect());
    with.propose(&StepScope { kept: &kept, ..*scope }, seen).is_ok()
}

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitOffsetsBack {
    /// `unit`, or names of groups.
    groups: Names,
    /// The `capture-positions` step that kept the ends of both sides at the switch.
    #[serde(default)]
    from: Option<String>,
    /// What becomes of progress inside what was copied.
    #[serde(default)]
    mirrored: Progress,
    /// What becomes of progress in records that were born on the target.
    #[serde(default)]
    target_born: Born,
}

/// What is known, and of which moment it is where the target does not answer any more.
struct Known<'a> {
    seen: Cow<'a, Observations>,
    given_up: Option<Timestamp>,
}

impl CommitOffsetsBack {
    fn groups(&self, unit: &Unit) -> Vec<String> {
        self.groups.among(unit.groups.keys().map(String::as_str))
    }

    fn activity(&self, unit: &Unit, side: Side) -> Probe {
        activity::probe(side, &self.groups(unit), activity::STILL_MS)
    }

    /// The last look at the target: as long as it takes to see who commits without being a member.
    fn stopped(&self, unit: &Unit) -> Probe {
        let groups = self.groups(unit);
        activity::probe(Side::Target, &groups, activity::stopped_ms(unit, &groups))
    }

    /// With the target given up, what was written down of it, and the commits of the source as they are now.
    fn known<'a>(&self, scope: &StepScope<'_>, seen: &'a Observations) -> Known<'a> {
        let Some(followed) = scope.kept.get(FOLLOWED) else {
            return Known { seen: Cow::Borrowed(seen), given_up: None };
        };
        let mut all: Observations = followed.iter().cloned().map(Ok).collect();
        let target = self.activity(scope.unit, Side::Target);
        let at = all.of(&target).ok().map(|observation| observation.at);
        let source = self.activity(scope.unit, Side::Source);
        if let Some(outcome) = seen.get(&source) {
            all.insert(outcome.clone());
        }
        Known { seen: Cow::Owned(all), given_up: Some(at.unwrap_or(scope.now)) }
    }

    /// Places on the target whose twins on the source are wanted: commits inside what was copied.
    fn back(
        &self,
        scope: &StepScope<'_>,
        sight: Sight<'_>,
        ground: &Ground<'_>,
        name: &str,
    ) -> Option<Probe> {
        let group = scope.unit.groups.get(name)?;
        let on_target = activity::of(sight, &self.activity(scope.unit, Side::Target), name).ok()?;
        let boundary = Boundary::of(scope, self.from.as_deref(), ground, sight);
        let places: Vec<Place> = ground
            .partitions
            .iter()
            .filter_map(|at| {
                let offset = held(on_target, at)?.offset;
                let beyond = boundary.at(at).is_ok_and(|copy| offset >= copy.target);
                (!beyond).then(|| Place { topic: at.0.clone(), partition: at.1, offset })
            })
            .collect();
        let isolation = group.isolation;
        let without = scope.unit.target_born.clone();
        (!places.is_empty()).then_some(Probe::Twins { places, isolation, toward: Side::Source, without })
    }

    fn land(
        &self,
        scope: &StepScope<'_>,
        known: &Known<'_>,
        ground: &Ground<'_>,
        name: &str,
        changes: &mut Changeset,
    ) -> Result<Vec<String>, Refusal> {
        let (unit, sight) = (scope.unit, Sight(&known.seen));
        let next = "correct the unit, or leave the group out of this step";
        let Some(group) = unit.groups.get(name) else {
            return Err(Refusal::new(format!("unit {} has no group {name}", unit.name), next));
        };
        if group.truth != Truth::Committed {
            let why = format!("the position of group {name} is not kept in its commits");
            return Err(Refusal::new(why, next));
        }
        let [source, target] = Side::BOTH.map(|side| activity::of(sight, &self.activity(unit, side), name));
        let source = source.map_err(Refusal::unmeasured)?;
        let target = target.map_err(Refusal::unmeasured)?;
        let mut against = active(name, Side::Source, source);
        // What was written down while the group worked there shows it at work.
        if known.given_up.is_none() {
            against.extend(active(name, Side::Target, target));
            changes.stood.insert(name.to_owned(), still_closed::places(target, &ground.partitions));
        }
        let twins = match self.back(scope, sight, ground, name) {
            Some(probe) => sight.twins(&probe).map_err(Refusal::unmeasured)?.twins.iter().collect(),
            None => Vec::new(),
        };
        let boundary = Boundary::of(scope, self.from.as_deref(), ground, sight);
        let back = Back {
            mirrored: self.mirrored,
            target_born: self.target_born,
            name,
            source,
            target,
            captured: self.from.as_deref().and_then(|from| Kept::of(scope, from).ok()?.group(name)),
            twins,
            boundary,
            ground,
        };
        let mut commits = Vec::new();
        for at in &ground.partitions {
            match back.wanted(at, &mut changes.notes) {
                Ok(Some(to)) => {
                    let from = held(source, at);
                    if from.as_ref().map(|held| held.offset) != Some(to.offset) {
                        commits.push(CommitChange {
                            topic: at.0.clone(),
                            partition: at.1,
                            from,
                            to: Some(to),
                        });
                    }
                }
                Ok(None) => {}
                Err(why) => against.push(format!("group {name}, {}: {why}", spelled(at))),
            }
        }
        if !commits.is_empty() {
            let command = Command::SetCommits { side: Side::Source, group: name.to_owned(), commits };
            changes.changes.push(Change::guarded(command)?);
        }
        Ok(against)
    }
}

fn source_ends(topics: &[String]) -> Probe {
    Probe::Ends { side: Side::Source, topics: topics.to_vec() }
}

/// What is to be landed where the source's log does not reach (any more).
fn outside(changes: &Changeset, ends: &EndsSeen) -> Vec<String> {
    let commands = changes.changes.iter().filter_map(|change| match &change.command {
        Command::SetCommits { group, commits, .. } => Some((group, commits)),
        _ => None,
    });
    let each = commands.flat_map(|(group, commits)| commits.iter().map(move |commit| (group, commit)));
    each.filter_map(|(group, commit)| {
        let at = (commit.topic.clone(), commit.partition);
        let is_it = |end: &&PartitionEnds| end.topic == at.0 && end.partition == at.1;
        let place = format!("group {group}, {}", spelled(&at));
        let Some(ends) = ends.partitions.iter().find(is_it) else {
            return Some(format!("{place}: its ends on the source are not known"));
        };
        landing::within(ends, commit.to.as_ref()?.offset).err().map(|why| format!("{place}: {why}"))
    })
    .collect()
}

/// Whether the target is looked at again: what was proposed without it is settled without it.
fn asks_target(scope: &StepScope<'_>, changes: &Changeset) -> bool {
    !scope.kept.contains_key(FOLLOWED) && !changes.stood.is_empty()
}

impl Action for CommitOffsetsBack {
    fn ask(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe> {
        let topics = scope.unit.all_topics();
        if scope.kept.contains_key(FOLLOWED) {
            return vec![self.activity(scope.unit, Side::Source), source_ends(&topics)];
        }
        let mut probes = landing::probes(&topics);
        probes.extend(Side::BOTH.map(|side| self.activity(scope.unit, side)));
        probes.extend(still_closed::probe(scope));
        let sight = Sight(seen);
        if let Ok(ground) = Ground::of(&topics, sight) {
            let boundary = Boundary::of(scope, self.from.as_deref(), &ground, sight);
            let ends = boundary.probe(scope.unit);
            let known = ends.as_ref().is_none_or(|probe| seen.contains(probe));
            probes.extend(ends);
            // Whether a commit lies inside what was copied is known once its end is.
            if known {
                let groups = self.groups(scope.unit);
                probes.extend(groups.iter().filter_map(|name| self.back(scope, sight, &ground, name)));
            }
        }
        probes
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        if scope.side(Side::Source) == Side::Target {
            return Err(Refusal::new(
                "commit-offsets-back lands positions on the source, and the step says on: target",
                "use commit-offsets for the way there",
            ));
        }
        let known = self.known(scope, seen);
        if known.given_up.is_none() {
            let grown = still_closed::uncounted(scope, Sight(seen)).map_err(Refusal::unmeasured)?;
            if !grown.is_empty() {
                return Err(Refusal::new(
                    listed(grown),
                    "stop who writes there; whoever owns the records decides over them before the source is opened by hand",
                ));
            }
        }
        let topics = scope.unit.all_topics();
        let ground = Ground::of(&topics, Sight(&known.seen)).map_err(|against| match against {
            Against::Unmeasured(why) => Refusal::unmeasured(why),
            Against::Wrong(why) => Refusal::new(why, "topic-shape names what differs"),
        })?;
        let mut changes = Changeset::default();
        if let Some(at) = known.given_up {
            changes.notes.push(format!(
                "the target does not answer: positions are those of {at}; what was done on the target after that comes again on the source"
            ));
        }
        let mut against = Vec::new();
        for name in self.groups(scope.unit) {
            against.extend(self.land(scope, &known, &ground, &name, &mut changes)?);
        }
        if known.given_up.is_some() {
            // The source answers: what was deleted there since the last look is asked now.
            let ends = Sight(seen).ends(&source_ends(&topics)).map_err(Refusal::unmeasured)?;
            against.extend(outside(&changes, ends));
        }
        if against.is_empty() {
            return Ok(changes);
        }
        // A member that has yet to leave, a copy that has yet to arrive: looking again may help while there is time.
        Err(Refusal {
            unmeasured: true,
            ..Refusal::new(listed(against), "stop what runs, or let the plan say mirrored: recovery-point")
        })
    }

    fn look(&self, scope: &StepScope<'_>, changes: &Changeset, _: &Observations) -> Vec<Probe> {
        let mut probes = vec![self.activity(scope.unit, Side::Source)];
        if asks_target(scope, changes) {
            probes.push(self.stopped(scope.unit));
            probes.extend(still_closed::probe(scope));
        }
        probes
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        if asks_target(scope, changes) {
            let (probe, groups) = (self.stopped(scope.unit), self.groups(scope.unit));
            still_closed::missing(scope, changes, Sight(seen), (&probe, &groups), &mut waiting);
        }
        let probe = self.activity(scope.unit, Side::Source);
        for name in self.groups(scope.unit) {
            let Some(group) = waiting.need(activity::of(Sight(seen), &probe, &name)) else { continue };
            if arrives(changes, group) {
                waiting.not_yet(
                    format!("commits of group {name} on source"),
                    format!("moving to where they are landed: {}", activity::moved(group)),
                    "none moves between two looks",
                );
                continue;
            }
            for why in active(&name, Side::Source, group) {
                waiting.cannot(format!("{why}: what was landed may be read or written over already"));
            }
        }
        read_back(changes, seen, &probe, &mut waiting, |commit| (&commit.to, &commit.from));
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![self.activity(scope.unit, Side::Source)]
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let probe = self.activity(scope.unit, Side::Source);
        waiting.need(Sight(seen).groups(&probe));
        read_back(changes, seen, &probe, &mut waiting, |commit| (&commit.from, &commit.to));
        waiting.settled()
    }
}
