use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the runbook wants rehearsed. It is no part of the plan digest: what evidence covers is judged against what is wanted
/// now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsal {
    pub environment: String,
    /// `mirrored` or `synthetic`.
    pub workload: String,
    /// Steps after which a rollback is rehearsed.
    pub rollback_from: Vec<String>,
    /// `kill-engine`, …
    pub faults: Vec<String>,
    /// How long the evidence holds.
    pub valid_for_ms: u64,
    /// SHA-256 (hex) of each part of the plan digest, by its name (`step drain`): tells what differs where the digest does.
    /// Scripts beside the runbook are parts too (`script app.sh`); one that cannot be read is `unread`.
    pub parts: BTreeMap<String, String>,
    /// Only in the plan of a run that is a part of a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
}

/// One run of a rehearsal: forward to a point, and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leg {
    /// The step after which it goes back; at the commit point: instead of which.
    pub point: String,
    /// The rollback plan.
    pub plan: String,
    pub answers: Answers,
}

impl Leg {
    /// Why the run goes back, when it does by itself at its point.
    pub fn reason(&self) -> String {
        format!("rehearsed: back from {}", self.point)
    }
}

/// Who answers gates, manual steps and sign-offs of a rehearsal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// As in the window; how long they take is measured.
    #[default]
    People,
    /// Nobody is asked: that people answer in time is not rehearsed.
    Rehearsal,
}

impl Answers {
    pub fn word(self) -> &'static str {
        match self {
            Answers::People => "people",
            Answers::Rehearsal => "rehearsal",
        }
    }
}
