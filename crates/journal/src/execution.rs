//! Words of the execution of steps, as they stand in the journal.

use std::collections::BTreeMap;

use runbook::verdict::Dimension;
use runbook::{Level, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Moment;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum StepOutcome {
    /// An independent look says so.
    Done,
    /// `when` or `run_in` leaves it out.
    Skipped {
        why: String,
    },
    /// It did not come to an end in time, and the runbook says to go on.
    Continued {
        why: String,
    },
    /// Measured and wrong, refused, or said no.
    Failed {
        why: String,
    },
    TimedOut {
        why: String,
    },
    /// Nobody can tell whether it worked.
    Unknown {
        why: String,
    },
}

/// How far a gate is: it measures, holds, asks people, looks again, and opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GatePhase {
    Measuring,
    Holding,
    Polling,
    Deciding,
    LookingAgain,
}

/// How a check stood when people were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stand {
    pub level: Level,
    /// Code and subject of every finding, sorted.
    pub findings: Vec<String>,
}

impl Stand {
    /// What is worse now than it was then, in a sentence; what is better or the same leaves standing what people said.
    pub fn worsened(then: &BTreeMap<String, Stand>, now: &BTreeMap<String, Stand>) -> Option<String> {
        now.iter().find_map(|(name, stand)| {
            let Some(before) = then.get(name) else {
                let bad = stand.level > Level::Yellow;
                return bad.then(|| {
                    format!("{name} was not among what people were asked about and is {}", stand.level)
                });
            };
            if stand.level > before.level {
                return Some(format!(
                    "{name} was {} when people were asked and is {} now",
                    before.level, stand.level
                ));
            }
            let added = stand.findings.iter().find(|finding| !before.findings.contains(finding))?;
            Some(format!("{name} has a finding it did not have when people were asked: {added}"))
        })
    }
}

/// A dimension of a unit, as something in it stood against a gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Against {
    pub unit: String,
    pub dimension: Dimension,
}

/// A side that did not answer a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unreached {
    pub side: Side,
    pub moment: Moment,
}

/// Which way back a run takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Unwinding {
    /// Everything is undone; nothing else.
    StandDown,
    /// Everything is undone, with what the plan adds.
    Rollback { plan: String },
}

/// How a run of steps ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Completed,
    StoodDown,
    RolledBack,
    /// Something could not be undone.
    Stuck,
}

impl StepOutcome {
    /// Whether what comes after it may begin.
    pub fn passes(&self) -> bool {
        matches!(self, StepOutcome::Done | StepOutcome::Skipped { .. } | StepOutcome::Continued { .. })
    }

    pub fn word(&self) -> &'static str {
        match self {
            StepOutcome::Done => "done",
            StepOutcome::Skipped { .. } => "skipped",
            StepOutcome::Continued { .. } => "passed over",
            StepOutcome::Failed { .. } => "failed",
            StepOutcome::TimedOut { .. } => "timed out",
            StepOutcome::Unknown { .. } => "unknown",
        }
    }

    pub fn why(&self) -> Option<&str> {
        match self {
            StepOutcome::Done => None,
            StepOutcome::Skipped { why }
            | StepOutcome::Continued { why }
            | StepOutcome::Failed { why }
            | StepOutcome::TimedOut { why }
            | StepOutcome::Unknown { why } => Some(why),
        }
    }
}

impl GatePhase {
    pub fn word(self) -> &'static str {
        match self {
            GatePhase::Measuring => "measuring",
            GatePhase::Holding => "holding",
            GatePhase::Polling => "asking people",
            GatePhase::Deciding => "waiting for a decision",
            GatePhase::LookingAgain => "looking again",
        }
    }
}

impl Ending {
    pub fn word(self) -> &'static str {
        match self {
            Ending::Completed => "completed",
            Ending::StoodDown => "stood down",
            Ending::RolledBack => "rolled back",
            Ending::Stuck => "stuck",
        }
    }
}
