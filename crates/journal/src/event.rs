use jiff::Timestamp;
use runbook::Level;
use runbook::verdict::Judgement;
use runbook::world::{Probe, Unobserved};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Header, Holder, Torn};

/// What can happen in a run. The state is the fold of these and of nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// Always the first, and only the first.
    RunStarted { header: Box<Header> },
    /// A measurement began. `round` counts from 1; a later round is the same question asked again.
    ProbeStarted { probe: Probe, round: u32 },
    /// A measurement ended with an answer, which lies in `evidence/<evidence>.json`.
    Observed {
        probe: Probe,
        round: u32,
        /// SHA-256 (hex) of the evidence.
        evidence: String,
        /// When the measurement began, as the evidence says.
        at: Timestamp,
        took_ms: u64,
        /// Why only a part was measured.
        partial: Option<String>,
    },
    /// A measurement ended without an answer.
    Unobserved { round: u32, unobserved: Unobserved },
    /// A verdict. A provisional one is a bad result that is being rechecked: it is shown, and it is not the verdict.
    Judged {
        unit: String,
        check: String,
        judgement: Judgement,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
    /// A check of the plan that was not asked for.
    CheckSkipped { unit: String, check: String, why: String },
    /// The run was stopped; what was not measured by now stays unknown.
    Interrupted { by: String },
    /// Another process goes on with this run. Measurements that were under way are lost.
    Resumed { holder: Holder, version: String, torn: Option<Torn> },
    /// Nothing is left to do. `exit` is the exit code.
    RunEnded { overall: Level, exit: u8 },
}

impl Event {
    /// The word the event has on disk.
    pub fn word(&self) -> &'static str {
        match self {
            Event::RunStarted { .. } => "run-started",
            Event::ProbeStarted { .. } => "probe-started",
            Event::Observed { .. } => "observed",
            Event::Unobserved { .. } => "unobserved",
            Event::Judged { .. } => "judged",
            Event::CheckSkipped { .. } => "check-skipped",
            Event::Interrupted { .. } => "interrupted",
            Event::Resumed { .. } => "resumed",
            Event::RunEnded { .. } => "run-ended",
        }
    }
}
