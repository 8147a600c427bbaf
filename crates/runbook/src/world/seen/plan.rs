use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plan a judgement rests on, by digest: the evidence of checks that judge the runbook itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanSeen {
    /// [`Plan::digest`](crate::plan::Plan::digest) of the plan in force.
    pub digest: String,
}
