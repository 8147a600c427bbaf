use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Dimension, Proof, Severity};
use crate::world::Side;

/// A check of the runbook, resolved: kind, parameters, rule, place on the scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedCheck {
    pub id: String,
    /// The kind (`use:`).
    pub kind: String,
    /// False: this version names the kind but cannot measure it yet; the verdict is unknown and says so.
    pub built: bool,
    pub title: Option<String>,
    pub help: Option<String>,
    pub dimension: Dimension,
    pub proof: Proof,
    /// What a `signal` covers: `source`, `target`, `replication`.
    pub covers: Vec<String>,
    pub severity: Severity,
    pub on: Option<Side>,
    /// Units it is applied to; all of the plan, unless the runbook says otherwise.
    pub units: Vec<String>,
    /// Parameters of the kind, templates put in.
    pub with: serde_json::Value,
    /// The runbook's own rule, as written.
    pub green: Option<String>,
    pub yellow: Option<String>,
    /// Level when the measurement comes back with no data, as written; never green.
    pub no_data: Option<String>,
    pub settle: Option<Settle>,
    pub sample: Option<Sample>,
    pub budget: Option<Budget>,
    pub max_age_ms: Option<u64>,
    /// Step id or kind before which the check is shown and counted nowhere.
    pub due: Option<String>,
    pub from_rehearsal: bool,
    pub owner: Option<String>,
    /// SHA-256 (hex) of kind, parameters and rule.
    pub rule_digest: String,
}

/// A bad result counts only if it persists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settle {
    /// `replication_lag` or a duration, as written.
    pub wait_out: Option<String>,
    pub recheck: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// `all`, `random`, `boundary`.
    pub mode: String,
    pub size: Option<u64>,
    pub seed: Option<u64>,
}

/// Cost limits; running out makes the verdict unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    pub time_ms: Option<u64>,
    pub read_bytes: Option<u64>,
    /// Bytes per second.
    pub rate: Option<u64>,
}
