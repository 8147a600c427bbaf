use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Side;
use runbook::action::{Changeset, Settled};
use runbook::world::Receipt;

use crate::{GatePhase, Moment, Stand, StepOutcome};

/// Where a step that was begun stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    pub phase: StepPhase,
    /// The oldest first; a step that is begun again after a failure adds one.
    pub attempts: Vec<Attempt>,
    /// When it was begun for the first time.
    pub since: Moment,
    /// When it ended, last.
    pub ended: Option<Moment>,
    /// What it waits for, in the words of its last look.
    pub waits: Option<Settled>,
    /// Addresses of the evidence it keeps for later steps.
    pub kept: Vec<String>,
    /// Gates only.
    pub gate: Option<GateState>,
    /// A step of the way back: it is carried out, and never taken back.
    pub is_of_back: bool,
    /// The side that did not answer its last look, where that is why it waits.
    pub unreachable: Option<Side>,
    /// Why it was left as it is when it was taken back, or not looked at.
    pub note: Option<String>,
    /// When a command of it, or of its way back, came to its end, last, or was found lost.
    pub acted: Option<Timestamp>,
    /// A gate whose checks stood against it: how they stood. What people say against it is about this.
    pub refused: Option<BTreeMap<String, Stand>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepPhase {
    Running,
    /// The run was held because of it and released: it begins again.
    Again,
    Ended(StepOutcome),
    /// Everything it did is taken back.
    Undone,
    /// It could not be taken back.
    Stuck {
        why: String,
    },
}

/// One try of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub since: Moment,
    /// `None`: nothing proposed yet.
    pub changes: Option<Changeset>,
    /// One for each change.
    pub commands: Vec<CommandState>,
}

/// What became of one command and of its way back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandState {
    pub forward: CallState,
    pub back: CallState,
    /// The command has changed the world, or may have.
    pub touched: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum CallState {
    #[default]
    Waiting,
    Begun,
    /// The process that called was gone before the outcome was written.
    Lost,
    Ended(Receipt),
}

/// How far a gate is.
#[derive(Clone, Debug, PartialEq)]
pub struct GateState {
    pub phase: GatePhase,
    /// When this phase began.
    pub since: Moment,
    /// From when on its time for measuring counts: what people take is theirs.
    pub timed_from: Moment,
    /// When the last look of a hold came to its end; the beginning of the phase before the first.
    pub looked: Moment,
    /// Holding: good looks and misses since the last gap. Measuring and looking again: looks that left something unknown.
    pub good: u32,
    pub misses: u32,
    /// Why it is not open, in the words of its last look.
    pub why: Option<String>,
    /// What people were asked about.
    pub stands: BTreeMap<String, Stand>,
    /// Two people open it against its checks.
    pub overridden: bool,
}

impl StepState {
    pub fn is_running(&self) -> bool {
        self.phase == StepPhase::Running
    }

    /// Done, skipped, or passed over: what comes after it may begin.
    pub fn is_passed(&self) -> bool {
        matches!(&self.phase, StepPhase::Ended(outcome) if outcome.passes())
    }

    /// What people were asked about at this gate.
    pub fn asked_about(&self) -> &BTreeMap<String, Stand> {
        static NOTHING: BTreeMap<String, Stand> = BTreeMap::new();
        self.gate.as_ref().map_or(&NOTHING, |gate| &gate.stands)
    }

    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// Whether anything it did stands, or may.
    pub fn touched(&self) -> bool {
        self.attempts.iter().flat_map(|attempt| &attempt.commands).any(|command| command.touched)
    }

    /// Whether a command of it is under way.
    pub fn is_calling(&self) -> bool {
        self.attempts.iter().flat_map(|attempt| &attempt.commands).any(|command| command.forward.is_open())
    }

    /// Whether it waits for being taken back. What is still under way may change something yet.
    pub fn is_to_be_undone(&self) -> bool {
        (self.touched() || self.is_calling())
            && !self.is_of_back
            && !matches!(self.phase, StepPhase::Undone | StepPhase::Stuck { .. })
    }
}

impl CallState {
    pub fn is_open(&self) -> bool {
        *self == CallState::Begun
    }

    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            CallState::Ended(receipt) => Some(receipt),
            _ => None,
        }
    }
}
