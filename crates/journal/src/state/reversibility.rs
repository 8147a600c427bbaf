//! Until when the run's units can go back, as its journal tells.

use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Side;
use runbook::reversibility::{self, Input, KIND, Look, ReturnClock};

use super::{Judged, RunState, StepPhase};

impl RunState {
    /// One clock for each unit of the plan, as it stands at `now`.
    pub fn return_clocks(&self, now: Timestamp) -> Vec<ReturnClock> {
        let plan = &self.header.plan;
        reversibility::clocks(&Input {
            units: &plan.units,
            checks: &plan.checks,
            latest: looks(&self.judged),
            at_switch: looks(&self.anchors),
            stopped: self.stopped_on_source(),
            without_members: self.without_members.iter().map(|(u, g)| (u.as_str(), g.as_str())).collect(),
            switched: self.switched(),
            now,
        })
    }

    /// When the commit point was passed.
    pub fn switched(&self) -> Option<Timestamp> {
        let gate = self.header.plan.commit_point.as_ref()?;
        let step = self.execution.step(gate)?;
        // A way back past it does not take it back: the target's applications have worked.
        let passed = step.is_passed() || self.execution.crossed;
        passed.then(|| step.ended.as_ref().map(|ended| ended.wall)).flatten()
    }

    /// When the first application of a unit was told to stop on the source.
    fn stopped_on_source(&self) -> BTreeMap<&str, Timestamp> {
        let mut stopped = BTreeMap::new();
        let stops = self.header.plan.steps.iter().filter(|step| step.kind == "stop-app");
        for step in stops.filter(|step| step.on == Some(Side::Source)) {
            let Some(known) = self.execution.step(&step.id) else { continue };
            if known.phase == StepPhase::Undone {
                continue;
            }
            let units = self.header.plan.units.iter().map(|unit| unit.name.as_str());
            for unit in units.filter(|unit| step.unit.as_deref().is_none_or(|of| of == *unit)) {
                let at = stopped.entry(unit).or_insert(known.since.wall);
                *at = (*at).min(known.since.wall);
            }
        }
        stopped
    }

    /// Which groups were without members before the run stopped an application of theirs: afterwards all are.
    pub(super) fn keep_without_members(&mut self, unit: &str, check: &str) {
        let is_anchor = self.header.plan.check(check).is_some_and(|check| check.kind == KIND);
        if !is_anchor || self.stopped_on_source().contains_key(unit) {
            return;
        }
        let Some(judged) = self.judged(unit, check).filter(|judged| !judged.judgement.items.is_empty())
        else {
            return;
        };
        match reversibility::without_members(&judged.judgement).map(str::to_owned) {
            Some(groups) => self.without_members.insert(unit.to_owned(), groups),
            None => self.without_members.remove(unit),
        };
    }

    /// The commit point is passed by `step`: what was found about the recovery points then is what a return rests on.
    pub(super) fn keep_anchors(&mut self, step: &str) {
        let plan = &self.header.plan;
        if plan.commit_point.as_deref() != Some(step) || !self.execution.is_passed(step) {
            return;
        }
        let is_anchor = |id: &str| plan.checks.iter().any(|check| check.id == id && check.kind == KIND);
        let kept = self.judged.iter().filter(|((_, check), judged)| is_anchor(check) && !judged.provisional);
        self.anchors = kept.map(|(place, judged)| (place.clone(), judged.clone())).collect();
    }
}

/// A result that is being rechecked is told as well: what it found about the recovery point is so all the same.
fn looks(judged: &BTreeMap<(String, String), Judged>) -> BTreeMap<(&str, &str), Look<'_>> {
    let looks = judged.iter().map(|((unit, check), judged)| {
        ((unit.as_str(), check.as_str()), Look { judgement: &judged.judgement, at: judged.at })
    });
    looks.collect()
}

#[cfg(test)]
mod tests {
    use runbook::check::Facts;
    use runbook::plan::{Plan, PlannedStep};
    use runbook::reversibility::ReturnState;
    use runbook::verdict::{Item, ItemVerdict, Judgement};
    use runbook::{Level, Side};

    use super::*;
    use crate::fixture::{check, judged, plan, time};
    use crate::{Event, Header, Moment, StepOutcome};

    fn moment(seconds: i64) -> Moment {
        Moment { wall: time(seconds), mono_ms: 1_000 * u64::try_from(seconds).unwrap(), boot: "b".to_owned() }
    }

    fn switch() -> Plan {
        let step = |id: &str, kind: &str| PlannedStep {
            id: id.to_owned(),
            kind: kind.to_owned(),
            on: Some(Side::Source),
            ..PlannedStep::default()
        };
        let mut plan = plan();
        let mut anchor = check("anchor");
        anchor.kind = KIND.to_owned();
        anchor.units = vec!["orders".to_owned()];
        plan.checks.push(anchor);
        plan.steps = vec![step("stop", "stop-app"), step("last-look", "gate")];
        plan.commit_point = Some("last-look".to_owned());
        plan
    }

    fn looked(point: i64, left_s: i64) -> Event {
        let facts = Facts::new()
            .with("time_left", left_s * 1_000)
            .with("cause", "retention.ms")
            .with("lost", 0)
            .with("recovery_point", point);
        let items =
            vec![ItemVerdict { item: Item::new("topic orders, partition 0", facts), level: Level::Red }];
        judged("anchor", Judgement { level: Level::Red, items, incomplete: false, ..Judgement::unknown("x") })
    }

    fn passes(state: &mut RunState, step: &str, at: i64) {
        let step = step.to_owned();
        let begins = Event::StepStarted { step: step.clone(), attempt: 1, moment: moment(at) };
        state.apply(time(at), &begins).unwrap();
        let ends = Event::StepEnded { step, outcome: StepOutcome::Done, moment: moment(at + 1) };
        state.apply(time(at + 1), &ends).unwrap();
    }

    #[test]
    fn past_the_commit_point_the_recovery_point_is_the_one_of_the_switch() {
        let header = Header::new(switch(), "run", time(0));
        let mut state = RunState::started(time(0), &Event::RunStarted { header: Box::new(header) }).unwrap();
        assert_eq!(state.return_clocks(time(0))[0].state, ReturnState::Unknown, "nothing was measured");
        state.apply(time(10), &looked(5, 1_000)).unwrap();
        assert_eq!(state.return_clocks(time(10))[0].until, Some(time(1_010)));
        assert_eq!(state.switched(), None);
        passes(&mut state, "stop", 20);
        assert_eq!(state.stopped_on_source()["orders"], time(20));
        passes(&mut state, "last-look", 30);
        assert_eq!(state.switched(), Some(time(31)));
        // Somebody reads on at the source: its commit is kept longer than the one a return goes to.
        state.apply(time(40), &looked(90, 5_000)).unwrap();
        assert_eq!(state.return_clocks(time(40))[0].until, Some(time(1_010)));
        // Before the commit point the latest commit is the recovery point.
        state.anchors.clear();
        assert_eq!(state.return_clocks(time(40))[0].until, Some(time(5_040)));
    }
    #[test]
    fn whoever_had_no_members_before_the_stop_is_remembered_behind_it() {
        let header = Header::new(switch(), "run", time(0));
        let mut state = RunState::started(time(0), &Event::RunStarted { header: Box::new(header) }).unwrap();
        let looked = |without: Option<&str>| {
            let Event::Judged { mut judgement, unit, check, provisional } = looked(5, 1_000) else {
                panic!()
            };
            if let Some(group) = without {
                let item = &mut judgement.items[0].item;
                item.evidence.insert("without members".to_owned(), group.to_owned());
            }
            Event::Judged { judgement, unit, check, provisional }
        };
        let state_at = |state: &RunState, at| state.return_clocks(time(at))[0].state;
        state.apply(time(10), &looked(Some("batch"))).unwrap();
        assert_eq!(state_at(&state, 10), ReturnState::Unknown);
        state.apply(time(11), &looked(None)).unwrap();
        assert_eq!(state_at(&state, 11), ReturnState::Open, "it has come back");
        passes(&mut state, "stop", 20);
        state.apply(time(30), &looked(Some("batch"))).unwrap();
        assert_eq!(state_at(&state, 30), ReturnState::Open, "the run has stopped it");

        let header = Header::new(switch(), "run", time(0));
        let mut state = RunState::started(time(0), &Event::RunStarted { header: Box::new(header) }).unwrap();
        state.apply(time(10), &looked(Some("batch"))).unwrap();
        passes(&mut state, "stop", 20);
        state.apply(time(30), &looked(Some("batch"))).unwrap();
        assert_eq!(state_at(&state, 30), ReturnState::Unknown, "it had stopped long before");
        assert!(state.return_clocks(time(30))[0].why.starts_with("batch had no members"));
    }
}
