use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{Plan, PlannedStep, StepEffect};

/// What `cutover plan --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanReport {
    pub steps: Vec<StepReport>,
    /// Id of the gate that is the commit point.
    pub commit_point: Option<String>,
    /// Ids of the steps that cannot be undone.
    pub no_way_back: Vec<String>,
    /// What each rollback plan does beside the undos, in order, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rollback_plans: BTreeMap<String, Vec<StepReport>>,
    /// Bytes that will be read; `null` offline.
    pub reads_bytes: Option<u64>,
    /// SHA-256 (hex) of steps, checks, rules and parameters; the environment is not in it.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepReport {
    pub id: String,
    #[serde(rename = "do")]
    pub kind: String,
    pub needs: Vec<String>,
    pub effect: StepEffect,
    /// A role.
    pub owner: Option<String>,
    /// As estimated in the runbook, in whole seconds, rounded up; `null` without an estimate.
    pub est_seconds: Option<u64>,
    pub commit_point: bool,
}

pub fn plan_report(plan: &Plan) -> PlanReport {
    PlanReport {
        steps: plan.steps.iter().map(step_report).collect(),
        commit_point: plan.commit_point.clone(),
        no_way_back: plan.no_way_back.clone(),
        rollback_plans: plan
            .backs
            .iter()
            .map(|(name, back)| (name.clone(), back.steps().map(step_report).collect()))
            .collect(),
        reads_bytes: None,
        digest: plan.digest.clone(),
    }
}

fn step_report(step: &PlannedStep) -> StepReport {
    StepReport {
        id: step.id.clone(),
        kind: step.kind.clone(),
        needs: step.needs.clone(),
        effect: step.effect,
        owner: step.owner.clone(),
        est_seconds: step.est_ms.map(|ms| ms.div_ceil(1000)),
        commit_point: step.commit_point,
    }
}
