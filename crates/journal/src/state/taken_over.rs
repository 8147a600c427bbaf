//! What a process that takes a run over finds.

use jiff::Timestamp;
use runbook::plan::StepEffect;

use super::execution::{Execution, Going};
use super::{CallState, Override, StepPhase};
use crate::{Moment, StepOutcome};

/// Kinds of steps that do something, or let somebody do it.
const ACTS: [&str; 5] = ["start-app", "stop-app", "manual", "exec", "http"];

impl Execution {
    /// Whoever took over begins to act, and tries again what stopped the way back.
    pub(super) fn goes_on(&mut self, moment: &Moment) {
        self.taken_over = false;
        self.gone_on = Some(moment.clone());
        for step in self.steps.values_mut().filter(|step| step.is_of_back) {
            if matches!(&step.phase, StepPhase::Ended(outcome) if !outcome.passes()) {
                step.phase = StepPhase::Again;
            }
        }
    }

    /// Whether something was done behind a gate: by a command, or by somebody of whom only the outcome is known (a person,
    /// an application that was found running). Who is asked to change something by hand may have done it before saying so.
    pub(super) fn was_used(&self, plan: &runbook::plan::Plan, gate: &str) -> bool {
        let acts = |id: &str| plan.step(id).is_some_and(|step| ACTS.contains(&step.kind.as_str()));
        let by_hand = |id: &str| {
            plan.step(id).is_some_and(|step| step.kind == "manual" && step.effect != StepEffect::None)
        };
        self.steps.iter().any(|(id, step)| {
            let done = matches!(step.phase, StepPhase::Ended(StepOutcome::Done)) && acts(id);
            let asked = matches!(step.phase, StepPhase::Running) && by_hand(id);
            (step.touched() || step.is_calling() || done || asked) && plan.comes_after(id, gate)
        })
    }

    /// Calls that were under way are lost: what they did is to be found out. Gates do not latch: those that were opened
    /// since the last effect are closed again, and what had begun behind them, and done nothing yet, begins anew when they
    /// open.
    pub(super) fn resumed(&mut self, plan: &runbook::plan::Plan, at: Timestamp) {
        self.taken_over = true;
        let mut lost = Vec::new();
        for (id, step) in &mut self.steps {
            for command in step.attempts.iter_mut().flat_map(|attempt| &mut attempt.commands) {
                if command.forward.is_open() {
                    command.forward = CallState::Lost;
                    command.touched = true;
                    step.acted = Some(at);
                    lost.push(id.clone());
                }
                if command.back.is_open() {
                    command.back = CallState::Lost;
                    step.acted = Some(at);
                }
            }
        }
        lost.iter().for_each(|id| self.touch(id));
        if matches!(self.going, Going::Back { .. }) {
            return;
        }
        // Of gates that were under way when the process was gone everything is measured anew, and asked anew.
        let stands_refused = |one: &Override| {
            let step = self.steps.get(&one.gate);
            step.is_some_and(|step| step.refused.is_some() && matches!(step.phase, StepPhase::Ended(_)))
        };
        let overrides = self.overrides.iter().filter(|one| stands_refused(one)).cloned().collect();
        self.overrides = overrides;
        let closed: Vec<String> = self.unused_gates(plan).into_iter().map(str::to_owned).collect();
        self.close_gates(plan, &closed);
    }
}
