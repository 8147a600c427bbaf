//! What execution adds to the state of a run: its steps, which way it goes, what people said.

use jiff::Timestamp;
use runbook::Side;
use runbook::plan::{BackPlan, StepEffect};

use super::{
    Attempt, CallState, ClosedState, CommandState, FollowedState, Going, Opened, RunState, StepPhase,
    StepState, TriggerState,
};
use crate::{Ending, Event, Request, StepOutcome, Unwinding};

impl RunState {
    /// Why an event of execution cannot come next.
    pub(super) fn refuse_execution(&self, event: &Event) -> Option<String> {
        if !self.header.executes() {
            return Some(format!("a {} executes no steps", self.header.command));
        }
        let (going, crossed) = (&self.execution.going, self.execution.crossed);
        match event {
            Event::GoneOn { .. } => {
                (!self.execution.taken_over).then(|| "nobody took the run over".to_owned())
            }
            Event::StepStarted { step, attempt, .. } => self.refuse_step(step, *attempt),
            Event::Proposed { step, .. } => self.refuse_unless_running(step).or_else(|| {
                let attempt = self.execution.step(step)?.attempt()?;
                attempt.changes.as_ref().map(|_| format!("step {step} has proposed already"))
            }),
            Event::CommandStarted { step, index } => self.refuse_command(step, *index),
            Event::CommandEnded { step, index, .. } => match self.command(step, *index) {
                Some(command) if command.forward.is_open() => None,
                _ => Some(format!("command {index} of step {step} was not begun")),
            },
            Event::StepWaits { step, .. } | Event::Kept { step, .. } => {
                let back = matches!(going, Going::Back { .. });
                self.refuse_unless_running(step).filter(|_| !back)
            }
            Event::GateEntered { step, .. }
            | Event::GateLooked { step, .. }
            | Event::GateRefused { step, .. }
            | Event::GateOverridden { step, .. } => self.refuse_unless_running(step),
            Event::GatesClosed { gates, .. } => self.refuse_closing(gates),
            Event::StepEnded { step, .. } => self.refuse_unless_running(step).or_else(|| {
                let mut commands = self.execution.step(step)?.attempt()?.commands.iter();
                commands
                    .any(|command| command.forward.is_open())
                    .then(|| format!("a command of step {step} is still under way"))
            }),
            Event::Held { .. } => match going {
                Going::Forward => None,
                Going::Held { .. } => Some("the run is held already".to_owned()),
                Going::Back { .. } => Some("the run is on its way back".to_owned()),
            },
            Event::Released { .. } => {
                (!matches!(going, Going::Held { .. })).then(|| "the run is not held".to_owned())
            }
            Event::UnwindStarted { .. } => {
                matches!(going, Going::Back { .. }).then(|| "the run is on its way back already".to_owned())
            }
            Event::UndoStarted { step, attempt, index } => self.refuse_undo(step, *attempt, *index),
            Event::UndoEnded { step, attempt, index, .. } => match self.undo(step, *attempt, *index) {
                Some(command) if command.back.is_open() => None,
                _ => Some(format!("the undo of command {index} of step {step} was not begun")),
            },
            Event::StepUndone { step, .. } => self.refuse_undone(step),
            Event::Dirtied { .. } => (!matches!(going, Going::Back { .. }) || !crossed)
                .then(|| "nothing was handed over and taken back".to_owned()),
            Event::LedgerCut { step, .. } => self.refuse_unless_running(step),
            _ => None,
        }
    }

    fn refuse_unless_running(&self, step: &str) -> Option<String> {
        let running = self.execution.step(step).is_some_and(StepState::is_running);
        (!running).then(|| format!("step {step} is not under way"))
    }

    /// The rollback plan the run goes back by.
    pub fn back_plan(&self) -> Option<&BackPlan> {
        match &self.execution.going {
            Going::Back { how: Unwinding::Rollback { plan }, .. } => self.header.plan.backs.get(plan),
            _ => None,
        }
    }

    /// Whether the step is one of those the run may carry out the way it goes: of the way there while it goes forward, of
    /// its plan back on the way back.
    fn is_of_the_way(&self, id: &str) -> bool {
        match self.execution.going {
            Going::Forward => self.header.plan.steps.iter().any(|step| step.id == id),
            _ => self.back_plan().is_some_and(|back| back.steps().any(|step| step.id == id)),
        }
    }

    fn refuse_step(&self, id: &str, attempt: u32) -> Option<String> {
        let Some(step) = self.header.plan.step(id) else { return Some(format!("the plan has no step {id}")) };
        if !self.is_of_the_way(id) {
            return Some(format!("step {id} cannot begin: the run does not go forward"));
        }
        if let Some(state) = self.execution.step(id) {
            if state.is_running() {
                return Some(format!("step {id} is under way"));
            }
            if state.is_passed() {
                return Some(format!("step {id} is done"));
            }
            if step.effect == StepEffect::Once && state.touched() {
                return Some(format!("step {id} is done once and never repeated"));
            }
        }
        let next = self.execution.step(id).map_or(1, |state| state.attempts.len() + 1);
        if usize::try_from(attempt) != Ok(next) {
            return Some(format!("step {id} comes to attempt {next}, not {attempt}"));
        }
        let open = step.needs.iter().find(|need| !self.execution.is_passed(need))?;
        Some(format!("step {id} needs {open}, which is not done"))
    }

    /// No forward effect without an open gate: all gates on the way to a step are open, however long ago its own needs
    /// were met.
    fn refuse_command(&self, id: &str, index: u32) -> Option<String> {
        if let Some(why) = self.refuse_unless_running(id) {
            return Some(why);
        }
        if !self.is_of_the_way(id) {
            return Some(format!("step {id} changes nothing any more: the run does not go forward"));
        }
        if let Some(gate) = self.closed_gate_before(id) {
            return Some(format!("step {id} comes after gate {gate}, which is not open"));
        }
        let Some(attempt) = self.execution.step(id).and_then(StepState::attempt) else {
            return Some(format!("step {id} has proposed nothing"));
        };
        let Some(command) = attempt.commands.get(index as usize) else {
            return Some(format!("step {id} has proposed no command {index}"));
        };
        let once = self.header.plan.step(id)?.effect == StepEffect::Once;
        match &command.forward {
            CallState::Waiting => {}
            CallState::Lost if !once => {}
            CallState::Lost => return Some(format!("step {id} is done once and never repeated")),
            CallState::Begun => return Some(format!("command {index} of step {id} is under way")),
            CallState::Ended(_) => return Some(format!("command {index} of step {id} is over")),
        }
        let before = attempt.commands.iter().take(index as usize);
        let open = before.into_iter().position(|command| command.forward.receipt().is_none())?;
        Some(format!("command {open} of step {id} comes before command {index}"))
    }

    /// A gate that `id` comes after and that is not open.
    pub fn closed_gate_before(&self, id: &str) -> Option<&str> {
        let plan = &self.header.plan;
        let mut open = vec![id];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(step) = open.pop().and_then(|id| plan.step(id)) {
            for need in &step.needs {
                if seen.insert(need.as_str()) {
                    let is_gate = plan.step(need).is_some_and(|need| need.kind == "gate");
                    if is_gate && !self.execution.is_passed(need) {
                        return Some(need);
                    }
                    open.push(need);
                }
            }
        }
        None
    }

    fn command(&self, step: &str, index: u32) -> Option<&CommandState> {
        self.execution.step(step)?.attempt()?.commands.get(index as usize)
    }

    fn undo(&self, step: &str, attempt: u32, index: u32) -> Option<&CommandState> {
        let attempt = attempt.checked_sub(1)?;
        self.execution.step(step)?.attempts.get(attempt as usize)?.commands.get(index as usize)
    }

    fn refuse_undo(&self, step: &str, attempt: u32, index: u32) -> Option<String> {
        if !matches!(self.execution.going, Going::Back { .. }) {
            return Some("nothing is undone while the run goes forward".to_owned());
        }
        match self.undo(step, attempt, index) {
            None => Some(format!("step {step} has no command {index} in attempt {attempt}")),
            Some(command) if !command.touched => Some(format!("command {index} of step {step} did nothing")),
            Some(command) if command.back.is_open() => {
                Some(format!("the undo of command {index} of step {step} is under way"))
            }
            Some(_) => None,
        }
    }

    fn refuse_undone(&self, step: &str) -> Option<String> {
        if !matches!(self.execution.going, Going::Back { .. }) {
            return Some("nothing is undone while the run goes forward".to_owned());
        }
        let Some(state) = self.execution.step(step) else { return Some(format!("step {step} never began")) };
        let mut commands = state.attempts.iter().flat_map(|attempt| &attempt.commands);
        commands
            .any(|command| command.back.is_open())
            .then(|| format!("an undo of step {step} is still under way"))
    }

    /// A step of the way back that is not done.
    fn open_on_the_way_back(&self) -> Option<String> {
        let back = self.back_plan()?;
        let past = back.between.iter().chain(&back.observation).filter(|_| self.execution.crossed);
        let open = past.chain(&back.additions).find(|step| !self.execution.is_passed(&step.id))?;
        Some(format!("step {} is not done", open.id))
    }

    /// Whether a run of steps may end so.
    pub(super) fn refuse_ending(&self, ending: Ending) -> Option<String> {
        let state = &self.execution;
        let stuck = state.stuck().next().is_some();
        let back = |how: &dyn Fn(&Unwinding) -> bool| match &state.going {
            Going::Back { how: taken, .. } if how(taken) => state
                .to_undo()
                .next()
                .map(|step| format!("step {step} is not undone"))
                .or_else(|| stuck.then(|| "a step is stuck".to_owned()))
                .or_else(|| self.open_on_the_way_back()),
            _ => Some(format!("the run is not on its way to be {}", ending.word())),
        };
        match ending {
            Ending::Completed => match state.going {
                Going::Forward => {
                    let open = self.header.plan.steps.iter().find(|step| !state.is_passed(&step.id))?;
                    Some(format!("step {} is not done", open.id))
                }
                _ => Some("the run does not go forward".to_owned()),
            },
            Ending::StoodDown => back(&|how| *how == Unwinding::StandDown),
            Ending::RolledBack => back(&|how| matches!(how, Unwinding::Rollback { .. })),
            Ending::Stuck => (!stuck).then(|| "no step is stuck".to_owned()),
        }
    }

    /// The only place where the state of execution changes.
    pub(super) fn apply_execution(&mut self, at: Timestamp, event: &Event) {
        let past = self.header.plan.commit_point.as_ref().is_some_and(|gate| self.execution.is_passed(gate));
        let state = &mut self.execution;
        let back = matches!(state.going, Going::Back { .. });
        match event {
            Event::StepStarted { step, moment, .. } => {
                let begun = state.steps.entry(step.clone()).or_insert_with(|| StepState {
                    phase: StepPhase::Running,
                    attempts: Vec::new(),
                    since: moment.clone(),
                    ended: None,
                    waits: None,
                    kept: Vec::new(),
                    gate: None,
                    is_of_back: back,
                    unreachable: None,
                    note: None,
                    acted: None,
                    refused: None,
                });
                if begun.phase == StepPhase::Again {
                    begun.since = moment.clone();
                }
                begun.phase = StepPhase::Running;
                begun.waits = None;
                begun.gate = None;
                begun.refused = None;
                begun.ended = None;
                begun.attempts.push(Attempt { since: moment.clone(), changes: None, commands: Vec::new() });
            }
            Event::Proposed { step, changes } => {
                if let Some(attempt) = state.steps.get_mut(step).and_then(|step| step.attempts.last_mut()) {
                    attempt.commands = vec![CommandState::default(); changes.changes.len()];
                    attempt.changes = Some(changes.clone());
                }
            }
            Event::CommandStarted { step, index } => {
                if let Some(command) = state.command_mut(step, *index) {
                    command.forward = CallState::Begun;
                    state.touch(step);
                }
            }
            Event::CommandEnded { step, index, receipt } => {
                if let Some(command) = state.command_mut(step, *index) {
                    command.touched |= receipt.may_have_changed();
                    let touched = command.touched;
                    command.forward = CallState::Ended(receipt.clone());
                    if touched {
                        state.touch(step);
                    }
                }
                state.acted(step, at);
            }
            Event::StepWaits { step, settled, unreachable, target_answered } => {
                match unreachable {
                    Some(unreached) if unreached.side == Side::Target && back => {
                        state.target_lost.get_or_insert(unreached.moment.clone());
                    }
                    _ if *target_answered => state.target_lost = None,
                    // A look that did not ask it, or not in vain alone, tells nothing of it.
                    _ => {}
                }
                if let Some(step) = state.steps.get_mut(step) {
                    step.waits = Some(settled.clone());
                    step.unreachable = unreachable.as_ref().map(|unreached| unreached.side);
                }
            }
            Event::Kept { step, evidence } => {
                if let Some(step) = state.steps.get_mut(step) {
                    step.kept.clone_from(evidence);
                }
            }
            Event::GateEntered { step, phase, moment, why, stands } => {
                state.gate_entered(step, *phase, moment, why.as_ref(), stands);
            }
            Event::GateLooked { step, good, why, moment } => {
                state.gate_looked(step, *good, why.as_ref(), moment);
            }
            Event::GateRefused { step, stands } => state.gate_refused(step, stands),
            Event::GateOverridden { step, by, why, against } => state.gate_overridden(Opened {
                gate: step.clone(),
                by: by.clone(),
                why: why.clone(),
                against: against.clone(),
            }),
            Event::GatesClosed { gates, .. } => state.close_gates(&self.header.plan, gates),
            Event::StepEnded { step, outcome, moment } => {
                if let Some(step) = state.steps.get_mut(step) {
                    step.phase = StepPhase::Ended(outcome.clone());
                    step.ended = Some(moment.clone());
                    step.waits = None;
                }
            }
            Event::Requested { request } => state.hear(at, request),
            Event::Declined { .. } => drop(state.pending.pop_front()),
            Event::Held { why, step, asked_by, moment } => {
                state.met(|request| matches!(request, Request::Hold { .. }));
                state.going = Going::Held {
                    why: why.clone(),
                    step: step.clone(),
                    asked_by: asked_by.clone(),
                    since: moment.clone(),
                };
            }
            Event::GoneOn { moment } => state.goes_on(moment),
            Event::Released { .. } => {
                // What fired before somebody let the run go on has been answered by that.
                state.triggers.clear();
                state.closed.values_mut().for_each(ClosedState::answered);
                state.met(|request| matches!(request, Request::Resume { .. }));
                state.going = Going::Forward;
                state.released = Some(at);
                for (id, step) in &mut state.steps {
                    let once = self.header.plan.step(id).is_some_and(|step| step.effect == StepEffect::Once);
                    let failed = matches!(&step.phase, StepPhase::Ended(outcome) if !outcome.passes());
                    if failed && !(once && step.touched()) {
                        step.phase = StepPhase::Again;
                    }
                }
            }
            Event::UnwindStarted { how, why, moment } => {
                state.met(|request| matches!(request, Request::StandDown { .. } | Request::Rollback { .. }));
                state.going = Going::Back { how: how.clone(), why: why.clone(), since: moment.clone() };
                state.crossed = past;
                for step in state.steps.values_mut().filter(|step| step.is_running()) {
                    let why = "the run went back".to_owned();
                    step.phase = StepPhase::Ended(StepOutcome::Unknown { why });
                }
            }
            Event::UndoStarted { step, attempt, index } => {
                if let Some(command) = state.undo_mut(step, *attempt, *index) {
                    command.back = CallState::Begun;
                }
            }
            Event::UndoEnded { step, attempt, index, receipt } => {
                if let Some(command) = state.undo_mut(step, *attempt, *index) {
                    command.back = CallState::Ended(receipt.clone());
                }
                state.acted(step, at);
            }
            Event::AuthorityMoved { to, .. } => state.authority = Some(to.clone()),
            Event::Dirtied { units, .. } => state.dirty.clone_from(units),
            Event::Followed { unit, evidence, born, proved, measured_at, moment, .. } => {
                let before = state.followed.remove(unit).filter(|before| before.proved && !proved);
                let evidence = before.as_ref().map_or(evidence, |before| &before.evidence).clone();
                let (moment, measured_at) = (moment.clone(), *measured_at);
                let proved = *proved || before.is_some();
                let seen = FollowedState { moment, evidence, proved, measured_at, born: *born };
                state.followed.insert(unit.clone(), seen);
            }
            Event::SourceLooked { trigger, evidence, against, grown, moment } => {
                let ever = state.closed.get(trigger).is_some_and(|before| before.ever);
                let seen = ClosedState {
                    baseline: against.clone(),
                    latest: evidence.clone(),
                    grown: grown.clone(),
                    ever: ever || !grown.is_empty(),
                    moment: moment.clone(),
                };
                state.closed.insert(trigger.clone(), seen);
            }
            Event::LedgerCut { unit, ledger, evidence, .. } => {
                state.ledger_evidence.insert(unit.clone(), evidence.clone());
                state.ledgers.insert(unit.clone(), ledger.clone());
            }
            Event::StepUndone { step, stuck, note, moment } => {
                state.undone_at = Some(moment.clone());
                let on_target = self.header.plan.step(step).is_some_and(|step| step.on == Some(Side::Target));
                if note.is_none() && stuck.is_none() && on_target {
                    state.target_lost = None;
                }
                if let Some(step) = state.steps.get_mut(step) {
                    step.note.clone_from(note);
                    step.phase = match stuck {
                        None => StepPhase::Undone,
                        Some(why) => StepPhase::Stuck { why: why.clone() },
                    };
                }
            }
            Event::TriggerSeen { trigger, bad: true, why, moment } => {
                let seen = TriggerState { bad_since: moment.clone(), why: why.clone(), fired: None };
                state.triggers.insert(trigger.clone(), seen);
            }
            Event::TriggerSeen { trigger, bad: false, .. } => drop(state.triggers.remove(trigger)),
            Event::TriggerAnswered { trigger, .. } => {
                state.triggers.remove(trigger);
                if let Some(closed) = state.closed.get_mut(trigger) {
                    closed.answered();
                }
            }
            Event::TriggerFired { trigger, moment, .. } => {
                if let Some(trigger) = state.triggers.get_mut(trigger) {
                    trigger.fired = Some(moment.clone());
                }
            }
            Event::Warned { about, message } => {
                state.warnings.push((at, about.clone(), message.clone()));
            }
            Event::Resumed { .. } => state.resumed(&self.header.plan, at),
            Event::RunEnded { ending, .. } => state.ending = *ending,
            _ => {}
        }
    }
}
