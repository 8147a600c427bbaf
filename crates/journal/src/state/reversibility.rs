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
