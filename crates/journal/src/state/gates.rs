//! Gates in the fold: how far they are, what they refused, and by whom they were opened all the same.

use std::collections::BTreeMap;

use runbook::verdict::Dimension;

use super::execution::{Execution, Going};
use super::{GateState, RunState, StepPhase};
use crate::{Against, GatePhase, Moment, Stand};

/// A gate that was opened against its checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub gate: String,
    /// Both people, with their roles.
    pub by: String,
    /// What stood against it.
    pub why: String,
    pub against: Vec<Against>,
}

impl RunState {
    /// Dimensions of units that a gate was opened against, with by whom.
    pub fn overridden(&self) -> BTreeMap<(String, Dimension), String> {
        let opened = self.execution().opened.iter().filter(|one| self.execution().is_passed(&one.gate));
        let told = opened.flat_map(|one| {
            one.against.iter().map(move |against| {
                let why = format!("gate {} was opened against it by {}: {}", one.gate, one.by, one.why);
                ((against.unit.clone(), against.dimension), why)
            })
        });
        told.collect()
    }

    pub(super) fn refuse_closing(&self, gates: &[String]) -> Option<String> {
        if self.execution().going != Going::Forward {
            return Some("the run does not go forward".to_owned());
        }
        let unused = self.unused_gates();
        let used = gates.iter().find(|gate| !unused.contains(&gate.as_str()))?;
        Some(format!("gate {used} is not open, or something was done behind it"))
    }

    /// Gates that are open and behind which nothing was done yet: they do not latch.
    pub fn unused_gates(&self) -> Vec<&str> {
        self.execution().unused_gates(&self.header().plan)
    }
}

impl Execution {
    pub(super) fn gate_entered(
        &mut self,
        step: &str,
        phase: GatePhase,
        moment: &Moment,
        why: Option<&String>,
        stands: &BTreeMap<String, Stand>,
    ) {
        if phase == GatePhase::Measuring {
            // What was said of an earlier look does not count for this one.
            self.votes.retain(|vote| vote.at.as_deref() != Some(step));
        }
        let Some(step) = self.steps.get_mut(step) else { return };
        // People are held to what they were asked first, until it is measured anew.
        let before = step.gate.take();
        let asked =
            |phase| matches!(phase, GatePhase::Polling | GatePhase::Deciding | GatePhase::LookingAgain);
        let timed_from = match &before {
            Some(gate) if !asked(gate.phase) => gate.timed_from.clone(),
            _ => moment.clone(),
        };
        let overridden =
            phase != GatePhase::Measuring && before.as_ref().is_some_and(|before| before.overridden);
        let first = before.map(|gate| gate.stands).filter(|stands| {
            phase != GatePhase::Measuring && phase != GatePhase::Holding && !stands.is_empty()
        });
        step.gate = Some(GateState {
            phase,
            since: moment.clone(),
            looked: moment.clone(),
            timed_from,
            good: 0,
            misses: 0,
            why: why.cloned(),
            stands: first.unwrap_or_else(|| stands.clone()),
            overridden,
        });
    }

    pub(super) fn gate_looked(&mut self, step: &str, good: bool, why: Option<&String>, moment: &Moment) {
        let Some(gate) = self.steps.get_mut(step).and_then(|step| step.gate.as_mut()) else { return };
        if good {
            gate.good += 1;
        } else {
            gate.misses += 1;
        }
        gate.why = why.cloned();
        gate.looked = moment.clone();
    }

    /// What was said of an earlier refusal counts for this one only where nothing is worse.
    pub(super) fn gate_refused(&mut self, step: &str, stands: &BTreeMap<String, Stand>) {
        let counts = |given_for: &BTreeMap<String, Stand>| Stand::worsened(given_for, stands).is_none();
        self.overrides.retain(|one| one.gate != step || one.given_for.as_ref().is_some_and(counts));
        if let Some(step) = self.steps.get_mut(step) {
            step.refused = Some(stands.clone());
        }
    }

    pub(super) fn gate_overridden(&mut self, opened: Opened) {
        if let Some(gate) = self.steps.get_mut(&opened.gate).and_then(|step| step.gate.as_mut()) {
            gate.overridden = true;
        }
        self.opened.retain(|one| one.gate != opened.gate);
        self.opened.push(opened);
    }

    pub(super) fn unused_gates<'p>(&self, plan: &'p runbook::plan::Plan) -> Vec<&'p str> {
        let gates = plan.steps.iter().filter(|step| step.kind == "gate" && self.is_passed(&step.id));
        gates.map(|gate| gate.id.as_str()).filter(|gate| !self.was_used(plan, gate)).collect()
    }

    /// Closes gates that nothing had used: what had begun behind them, and done nothing yet, begins anew when they open,
    /// and people are asked anew.
    pub(super) fn close_gates(&mut self, plan: &runbook::plan::Plan, gates: &[String]) {
        let behind = self.steps.iter().filter(|(id, step)| {
            matches!(step.phase, StepPhase::Running | StepPhase::Again)
                && !step.touched()
                && gates.iter().any(|gate| plan.comes_after(id, gate))
        });
        let behind: Vec<String> = behind.map(|(id, _)| id.clone()).collect();
        for step in gates.iter().chain(&behind) {
            self.steps.remove(step);
            self.votes.retain(|vote| vote.at.as_ref() != Some(step));
            self.overrides.retain(|one| one.gate != *step);
            self.opened.retain(|one| one.gate != *step);
        }
    }
}
