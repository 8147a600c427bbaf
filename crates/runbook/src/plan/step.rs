use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::Side;

/// A step of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedStep {
    pub id: String,
    /// The kind (`do:`).
    #[serde(rename = "do")]
    pub kind: String,
    pub title: Option<String>,
    pub needs: Vec<String>,
    pub unit: Option<String>,
    pub on: Option<Side>,
    pub effect: StepEffect,
    pub owner: Option<String>,
    pub est_ms: Option<u64>,
    pub timeout_ms: Option<u64>,
    pub commit_point: bool,
    /// `undo: none` with its reason.
    pub no_undo: Option<String>,
    /// Everything else of the step, templates put in.
    pub with: serde_json::Value,
}

/// What a step does to the world, and how often it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StepEffect {
    #[default]
    None,
    Idempotent,
    Guarded,
    /// Never repeated.
    Once,
}
