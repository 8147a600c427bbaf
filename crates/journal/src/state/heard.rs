//! What other processes ask a run for, and when it was met.

use jiff::Timestamp;

use super::execution::Execution;
use super::{Answered, Override, StepPhase, Voted};
use crate::{Request, StepOutcome};

impl Execution {
    /// The oldest request was met, if it is one of these.
    pub(super) fn met(&mut self, is: impl Fn(&Request) -> bool) {
        if self.pending.front().is_some_and(is) {
            self.pending.pop_front();
        }
    }

    pub(super) fn hear(&mut self, at: Timestamp, request: &Request) {
        match request {
            Request::Vote { at: place, role, person, vote, signature: _ } => self.voted(Voted {
                at: place.clone(),
                role: role.clone(),
                person: person.clone(),
                vote: *vote,
                signature: None,
                said: at,
            }),
            Request::Done { step, facts, by } => {
                // A person says that what nobody could tell has happened.
                if let Some(step) = self.steps.get_mut(step)
                    && matches!(&step.phase, StepPhase::Ended(outcome) if !outcome.passes())
                {
                    step.phase = StepPhase::Ended(StepOutcome::Done);
                }
                self.answers.insert(step.clone(), Answered { by: by.clone(), facts: facts.clone() });
            }
            // Journalled as what it is.
            Request::Sign { .. } => {}
            Request::Override { gate, role, person, reason } => self.overrides.push(Override {
                gate: gate.clone(),
                role: role.clone(),
                person: person.clone(),
                reason: reason.clone(),
                given_for: self.steps.get(gate).and_then(|step| step.refused.clone()),
            }),
            Request::Hold { .. }
            | Request::Resume { .. }
            | Request::StandDown { .. }
            | Request::Rollback { .. } => self.pending.push_back(request.clone()),
        }
    }
}
