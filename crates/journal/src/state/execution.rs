//! The part of the state of a run that execution fills.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use runbook::actions::TargetBorn;

use super::{Answered, CommandState, Opened, Override, StepPhase, StepState, Voted};
use crate::{Ending, Moment, Request, Unwinding};

/// Which way a run of steps goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Going {
    #[default]
    Forward,
    /// Nothing new is begun.
    Held {
        why: String,
        /// The step that did not come to a good end.
        step: Option<String>,
        /// The person who asked for it; `None`: the run came to it by itself.
        asked_by: Option<String>,
        since: Moment,
    },
    /// Never forward again.
    Back { how: Unwinding, why: String, since: Moment },
}

/// How a trigger stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerState {
    /// Its check has been as bad as the breach since then.
    pub bad_since: Moment,
    pub why: String,
    /// When it fired.
    pub fired: Option<Moment>,
}

/// Where the groups of a unit stood on the target when they were looked at last.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedState {
    /// Of the last look, proved or not.
    pub moment: Moment,
    /// Addresses of the evidence of the last look by which every group can be landed; while there was none, of the last.
    pub evidence: Vec<String>,
    pub proved: bool,
    /// When the oldest measurement of the last look began.
    pub measured_at: Option<Timestamp>,
    /// Offsets the unit's topics have grown by on the target since the switch; `None`: not known.
    pub born: Option<u64>,
}

/// How the topics that were closed on the source stand.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedState {
    /// Address of the evidence that the next look is held against: what was captured, else the first look, or the one that
    /// a person has answered for.
    pub baseline: String,
    /// Address of the last look's.
    pub latest: String,
    /// What the last look found, in words.
    pub grown: Vec<String>,
    /// Something was found once, whatever was answered.
    pub ever: bool,
    pub moment: Moment,
}

impl ClosedState {
    /// Somebody has looked at what was found and let the run go on: only what comes from here on is new.
    pub(super) fn answered(&mut self) {
        self.baseline.clone_from(&self.latest);
        self.grown.clear();
    }
}

/// The part of [`RunState`] that execution fills.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Execution {
    pub going: Going,
    /// Steps that were begun, by id.
    pub steps: BTreeMap<String, StepState>,
    /// Steps in the order in which they first changed something, or may have.
    pub touched: Vec<String>,
    /// One per person and place: the latest.
    pub votes: Vec<Voted>,
    pub answers: BTreeMap<String, Answered>,
    pub overrides: Vec<Override>,
    /// Gates that were opened against their checks.
    pub opened: Vec<Opened>,
    /// Requests that were heard and not met yet: to hold, resume, stand down, roll back. The oldest first.
    pub pending: VecDeque<Request>,
    /// Triggers that were seen bad, by id.
    pub triggers: BTreeMap<String, TriggerState>,
    /// What was warned of, with the moment.
    pub warnings: Vec<(Timestamp, String, String)>,
    /// When the run was released from a hold, last.
    pub released: Option<Timestamp>,
    /// When a step was taken back, or given up, last.
    pub undone_at: Option<Moment>,
    /// Another process took over, and has not said yet when it began to act.
    pub taken_over: bool,
    /// When the process that conducts the run took it over: while nobody conducted it, no step lost time.
    pub gone_on: Option<Moment>,
    pub ending: Option<Ending>,
    /// The commit point was passed when the way back began.
    pub crossed: bool,
    /// Which cluster is authoritative, once that was written down.
    pub authority: Option<String>,
    /// Units whose target is no copy of the source any more.
    pub dirty: Vec<String>,
    /// By unit.
    pub followed: BTreeMap<String, FollowedState>,
    /// By trigger.
    pub closed: BTreeMap<String, ClosedState>,
    /// Records that were born on the target, by unit.
    pub ledgers: BTreeMap<String, TargetBorn>,
    /// Addresses of what each ledger was cut from, by unit.
    pub ledger_evidence: BTreeMap<String, Vec<String>>,
    /// The target has not answered since then, on the way back.
    pub target_lost: Option<Moment>,
}

impl Execution {
    pub fn step(&self, id: &str) -> Option<&StepState> {
        self.steps.get(id)
    }

    pub fn is_passed(&self, id: &str) -> bool {
        self.step(id).is_some_and(StepState::is_passed)
    }

    /// Steps that did something and have to be taken back, the latest first.
    pub fn to_undo(&self) -> impl Iterator<Item = &str> {
        let open = |id: &&String| self.step(id).is_some_and(StepState::is_to_be_undone);
        self.touched.iter().rev().filter(open).map(String::as_str)
    }

    /// Steps that could not be taken back.
    pub fn stuck(&self) -> impl Iterator<Item = (&str, &str)> {
        self.steps.iter().filter_map(|(id, step)| match &step.phase {
            StepPhase::Stuck { why } => Some((id.as_str(), why.as_str())),
            _ => None,
        })
    }

    pub(super) fn command_mut(&mut self, step: &str, index: u32) -> Option<&mut CommandState> {
        self.steps.get_mut(step)?.attempts.last_mut()?.commands.get_mut(index as usize)
    }

    pub(super) fn undo_mut(&mut self, step: &str, attempt: u32, index: u32) -> Option<&mut CommandState> {
        let attempt = attempt.checked_sub(1)? as usize;
        self.steps.get_mut(step)?.attempts.get_mut(attempt)?.commands.get_mut(index as usize)
    }

    pub(super) fn acted(&mut self, step: &str, at: Timestamp) {
        if let Some(step) = self.steps.get_mut(step) {
            step.acted = Some(at);
        }
    }

    pub(super) fn touch(&mut self, step: &str) {
        if !self.touched.iter().any(|touched| touched == step) {
            self.touched.push(step.to_owned());
        }
    }
}
