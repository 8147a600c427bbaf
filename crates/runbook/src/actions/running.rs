//! Whether the applications of a step run, as the cluster shows it.

use super::applications::StartStop;
use super::sight::Sight;
use super::waiting::Waiting;
use super::{activity, growth};
use crate::action::StepScope;
use crate::world::{Observations, Probe, Side};

/// The subject under which all producers of a step are one: who wrote a record, its partition does not tell.
const PRODUCERS: &str = "producers";

/// What one step looks at: its groups, and the topics its producers write.
pub(super) struct Looked<'a> {
    scope: &'a StepScope<'a>,
    side: Side,
    groups: Vec<String>,
    producers: Vec<String>,
    /// A look that only has to meet what runs; that nothing does takes longer to see.
    brief: bool,
}

impl<'a> Looked<'a> {
    pub(super) fn new(scope: &'a StepScope<'a>, with: &StartStop) -> Looked<'a> {
        Looked {
            scope,
            side: scope.side(Side::Source),
            groups: with.group_names(scope.unit),
            producers: with.producer_names(scope.unit),
            brief: false,
        }
    }

    /// The look that meets what runs.
    pub(super) fn brief(self) -> Looked<'a> {
        Looked { brief: true, ..self }
    }

    /// The same look, at fewer.
    pub(super) fn at(self, groups: Vec<String>, producers: Vec<String>) -> Looked<'a> {
        Looked { groups, producers, ..self }
    }

    pub(super) fn probes(&self) -> Vec<Probe> {
        let groups = (!self.groups.is_empty()).then(|| self.groups_probe());
        let topics = (!self.producers.is_empty()).then(|| self.topics_probe());
        groups.into_iter().chain(topics).collect()
    }

    fn groups_probe(&self) -> Probe {
        let over_ms =
            if self.brief { activity::BRIEF_MS } else { activity::stopped_ms(self.scope.unit, &self.groups) };
        activity::probe(self.side, &self.groups, over_ms)
    }

    /// The unit's own topics: its retry and dead-letter topics are written by its consumers.
    fn topics(&self) -> Vec<String> {
        let mut topics = self.scope.unit.topics.clone();
        topics.sort();
        topics.dedup();
        topics
    }

    fn topics_probe(&self) -> Probe {
        growth::probe(
            self.side,
            &self.topics(),
            if self.brief { activity::BRIEF_MS } else { growth::REST_MS },
        )
    }

    /// What runs, by subject, sorted. `Err`: it cannot be told.
    pub(super) fn running(&self, seen: &Observations) -> Result<Vec<String>, String> {
        let sight = Sight(seen);
        let mut running = Vec::new();
        for name in &self.groups {
            if activity::is_active(activity::of(sight, &self.groups_probe(), name)?) {
                running.push(subject(name));
            }
        }
        if !self.producers.is_empty() {
            let rest = growth::of(sight, &self.topics_probe(), &self.topics())?;
            if growth::moving(rest).is_some() {
                running.push(PRODUCERS.to_owned());
            }
        }
        Ok(running)
    }

    /// Members of a group of the step; 0 where the answer does not speak of it.
    pub(super) fn members(&self, seen: &Observations, group: &str) -> usize {
        activity::of(Sight(seen), &self.groups_probe(), group).map_or(0, |group| group.members.len())
    }

    /// Adds what still runs.
    pub(super) fn down(&self, seen: &Observations, waiting: &mut Waiting) {
        let sight = Sight(seen);
        if !self.groups.is_empty() {
            activity::idle(self.scope.unit, sight, &self.groups_probe(), &self.groups, waiting);
        }
        if self.producers.is_empty() {
            return;
        }
        let Some(rest) = waiting.need(growth::of(sight, &self.topics_probe(), &self.topics())) else {
            return;
        };
        let Some(moving) = growth::moving(rest) else { return };
        let side = self.side;
        let others: Vec<&str> = self
            .scope
            .unit
            .producers
            .keys()
            .map(String::as_str)
            .filter(|name| !self.is_named(name))
            .collect();
        if others.is_empty() {
            waiting.not_yet(
                format!("records of producers {} on {side}", self.producers.join(", ")),
                format!("written: {moving}"),
                "none between two looks",
            );
        } else {
            waiting.unknown(format!(
                "whether producers {} are stopped on {side} cannot be seen while others of the unit write the same topics ({}): {moving}",
                self.producers.join(", "),
                others.join(", ")
            ));
        }
    }

    fn is_named(&self, producer: &str) -> bool {
        self.producers.iter().any(|name| name == producer)
    }

    /// Adds what does not run yet, of those subjects that `wanted` has.
    pub(super) fn up(&self, seen: &Observations, waiting: &mut Waiting, wanted: impl Fn(&str) -> bool) {
        let (sight, side) = (Sight(seen), self.side);
        for name in &self.groups {
            let Some(group) = waiting.need(activity::of(sight, &self.groups_probe(), name)) else { continue };
            if wanted(&subject(name)) && group.members.is_empty() && group.moved.is_empty() {
                let state = if group.state.is_empty() { "absent" } else { &group.state };
                waiting.not_yet(
                    format!("members of group {name} on {side}"),
                    format!("0, state {state}, no commit moves"),
                    "1, or a commit that moves",
                );
            }
        }
        if self.producers.is_empty() {
            return;
        }
        let Some(rest) = waiting.need(growth::of(sight, &self.topics_probe(), &self.topics())) else {
            return;
        };
        if wanted(PRODUCERS) && growth::moving(rest).is_none() {
            waiting.not_yet(
                format!("records of producers {} on {side}", self.producers.join(", ")),
                format!("none written to {} between two looks", self.topics().join(", ")),
                "1",
            );
        }
    }
}

fn subject(group: &str) -> String {
    format!("group {group}")
}
