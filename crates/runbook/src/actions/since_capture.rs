//! Whether the source is as the step that captured positions has kept it.

use std::collections::BTreeSet;

use super::landing::{At, Ground, held, spelled};
use crate::action::{Refusal, StepScope};
use crate::world::{EndsSeen, GroupSeen, Measured, Observation, Probe, Side};

/// What one step has kept.
pub(super) struct Kept<'a> {
    step: &'a str,
    observations: &'a [Observation],
}

impl<'a> Kept<'a> {
    pub(super) fn of(scope: &StepScope<'a>, step: &'a str) -> Result<Kept<'a>, Refusal> {
        match scope.kept.get(step) {
            Some(observations) => Ok(Kept { step, observations }),
            None => Err(Refusal {
                why: format!("step {step} has kept no positions in this run"),
                next: format!("run {step} first"),
                unmeasured: true,
            }),
        }
    }

    /// How the source has gone on for this group since: its commits, and the ends of the topics on both sides.
    pub(super) fn differences(&self, now: &GroupSeen, ground: &Ground<'_>) -> Result<Vec<String>, Refusal> {
        let unmeasured = |what: String| Refusal {
            why: format!("step {} has kept nothing about {what}", self.step),
            next: format!("let {} capture it", self.step),
            unmeasured: true,
        };
        let name = &now.group;
        let then = self.group(name).ok_or_else(|| unmeasured(format!("group {name}")))?;
        let mut differences = self.commits(then, now, ground);
        for side in Side::BOTH {
            for at in &ground.partitions {
                let ends =
                    self.ends(side, at).ok_or_else(|| unmeasured(format!("{} on {side}", spelled(at))))?;
                let Some(end) = ground.ends(side, at) else { continue };
                if (end.lso, end.high_watermark) != ends {
                    differences.push(format!(
                        "{side} went on since {}: {} from LSO {}, HW {} to LSO {}, HW {}",
                        self.step,
                        spelled(at),
                        ends.0,
                        ends.1,
                        end.lso,
                        end.high_watermark
                    ));
                }
            }
        }
        Ok(differences)
    }

    fn commits(&self, then: &GroupSeen, now: &GroupSeen, ground: &Ground<'_>) -> Vec<String> {
        let said =
            |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |offset| offset.to_string());
        let of = |group: &GroupSeen, at: &At| held(group, at).map(|held| held.offset);
        let moved: BTreeSet<&At> =
            ground.partitions.iter().filter(|at| of(then, at) != of(now, at)).collect();
        moved
            .into_iter()
            .map(|at| {
                let (before, after) = (said(of(then, at)), said(of(now, at)));
                format!(
                    "group {} moved on since it was captured by {}: {} from {before} to {after}",
                    now.group,
                    self.step,
                    spelled(at)
                )
            })
            .collect()
    }

    fn whole(&self) -> impl Iterator<Item = &'a Observation> + use<'a> {
        self.observations.iter().filter(|observation| observation.partial.is_none())
    }

    /// As it was on the source.
    pub(super) fn group(&self, name: &str) -> Option<&'a GroupSeen> {
        self.whole().find_map(|observation| match (&observation.probe, &observation.measured) {
            (Probe::Groups { side: Side::Source, .. }, Measured::Groups(seen)) => {
                seen.groups.iter().find(|group| group.group == name && group.unread.is_none())
            }
            _ => None,
        })
    }

    /// The place on the target that was proved then to be the twin of this one on the source.
    pub(super) fn twin(&self, at: &At, offset: i64) -> Option<i64> {
        self.whole().find_map(|observation| match (&observation.probe, &observation.measured) {
            (Probe::Twins { toward: Side::Target, .. }, Measured::Twins(seen)) => {
                let is_it = |twin: &&crate::world::Twin| {
                    twin.place.topic == at.0 && twin.place.partition == at.1 && twin.place.offset == offset
                };
                seen.twins.iter().find(is_it).filter(|twin| twin.proved)?.target
            }
            _ => None,
        })
    }

    /// LSO and high watermark.
    pub(super) fn ends(&self, side: Side, at: &At) -> Option<(i64, i64)> {
        self.whole().find_map(|observation| match (&observation.probe, &observation.measured) {
            (Probe::Ends { side: of, .. }, Measured::Ends(EndsSeen { partitions })) if *of == side => {
                let found = partitions.iter().find(|end| end.topic == at.0 && end.partition == at.1)?;
                Some((found.lso, found.high_watermark))
            }
            _ => None,
        })
    }
}
