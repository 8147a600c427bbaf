use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decision;
use crate::verdict::{Dimension, Finding, Level, Proof};

/// The scorecard of a run, in the shape of `scorecard.json` (format `cutover/scorecard/v1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scorecard {
    pub format: String,
    /// Only some units or checks were asked for. `overall` is then the worst verdict of these checks; a dimension of which
    /// a part was looked at is accepted by nobody, so yellow at best.
    pub partial: bool,
    /// Run id.
    pub run: String,
    /// The runbook's name.
    pub runbook: String,
    pub overall: Level,
    /// Commands, the safest first.
    pub next_steps: Vec<String>,
    pub units: Vec<UnitCell>,
    /// What a reader should know beside the levels: waivers that match nothing or may not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitCell {
    pub unit: String,
    pub level: Level,
    pub dimensions: Vec<DimensionCell>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionCell {
    pub dimension: Dimension,
    pub level: Level,
    /// Why this level, in words: the worst check, a missing proof, `evidence present, not accepted`.
    pub reason: String,
    pub accepted_by: Option<String>,
    /// Everything that was signed about it, the oldest first, and what of it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureCell>,
    /// Proofs this dimension needs and no check of the unit gives: each makes it red.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Proofs no kind of this version can give: not required, and the dimension is yellow at best.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_yet_judged: Vec<String>,
    pub checks: Vec<CheckCell>,
}

/// A signed word about a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureCell {
    pub by: String,
    pub role: String,
    pub decision: Decision,
    pub at: Timestamp,
    /// When it expires.
    pub until: Option<Timestamp>,
    pub reason: Option<String>,
    /// SHA-256 (hex) of the signed document, which is its name in `signatures/`.
    pub statement: String,
    /// Why it does not count; `None`: it does.
    pub void: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckCell {
    pub check: String,
    pub proof: Proof,
    pub verdict: Level,
    pub why: Option<String>,
    pub findings: Vec<Finding>,
    /// SHA-256 (hex) of the observations it rests on.
    pub evidence: Vec<String>,
    /// Age of the oldest observation when the scorecard was made.
    pub age_seconds: Option<u64>,
    /// False: measured and shown, counted nowhere.
    pub due: bool,
    pub waived_by: Option<String>,
}
