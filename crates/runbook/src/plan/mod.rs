//! The plan: everything a run executes, resolved and ordered. It is written into the journal's header, so a report
//! needs nothing but the journal. Step and check ids are the runbook's own; graph indices never leave this module.

mod apps;
mod back;
mod build;
mod check;
mod cluster;
mod environment;
mod graph;
mod lease;
mod people;
mod rehearsal;
mod rollback;
mod scripts;
mod secret;
mod show;
mod span_budget;
mod step;
mod waiver;
mod way;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::unit::Unit;
use crate::world::{Replicator, Side};

pub use apps::{AppCall, Apps};
pub use back::BackPlan;
pub use build::plan;
pub use check::{Budget, PlannedCheck, Sample, Settle};
pub use cluster::ClusterRef;
pub use graph::StepGraph;
pub use lease::Lease;
pub use people::{Person, Role};
pub use rehearsal::{Answers, Leg, Rehearsal};
pub use rollback::{ClosedSource, Rollback, Trigger};
pub(crate) use scripts::UNREAD;
pub use secret::{SecretReference, SecretSource};
pub use show::{PlanReport, StepReport, plan_mermaid, plan_report, plan_text};
pub use span_budget::SpanBudget;
pub use step::{PlannedStep, StepEffect};
pub use waiver::Waiver;
pub use way::Way;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// `metadata.name`.
    pub name: String,
    pub title: String,
    /// Change record, `CHG-48213`.
    pub change: Option<String>,
    pub revision: Option<u32>,
    /// Name of the environment it was planned for.
    pub environment: String,
    /// SHA-256 (hex) of steps, checks, rules, parameters; the environment is not in it.
    pub digest: String,
    pub environment_digest: String,
    pub source: ClusterRef,
    pub target: ClusterRef,
    pub replicator: Replicator,
    /// `endpoints` of the environment.
    pub endpoints: BTreeMap<String, String>,
    pub people: BTreeMap<String, Person>,
    pub roles: BTreeMap<String, Role>,
    /// The site's `policy.acceptance_max`: an acceptance is no older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance_max_ms: Option<u64>,
    pub window: Option<Window>,
    pub parameters: Vec<ParameterUsed>,
    pub units: Vec<Unit>,
    pub checks: Vec<PlannedCheck>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    pub steps: Vec<PlannedStep>,
    /// Id of the gate that is the commit point.
    pub commit_point: Option<String>,
    /// Ids of the steps that cannot be undone.
    pub no_way_back: Vec<String>,
    pub rollback: Rollback,
    /// How applications are stopped and started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apps: Option<Apps>,
    /// Times that spans of steps may take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<SpanBudget>,
    /// Where a second conductor on another machine is kept out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Where the secrets are that site and runbook name; nothing secret is in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretReference>,
    /// The rollback plans as written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rollback_plans: BTreeMap<String, serde_json::Value>,
    /// The rollback plans, compiled: what is done beside the undos that follow from what a run did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backs: BTreeMap<String, BackPlan>,
    /// What is rehearsed, and which part of a rehearsal this run is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
    /// What is out of scope, as written.
    pub out_of_scope: Vec<OutOfScope>,
    /// Every file the plan was made of, with its digest.
    pub files: Vec<FileDigest>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    pub opens: Timestamp,
    pub closes: Timestamp,
    pub keep_for_rollback_ms: Option<u64>,
}

/// A parameter with the value used and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterUsed {
    pub name: String,
    pub value: serde_json::Value,
    /// `default`, `--set`, `environment`.
    pub from: String,
    pub why: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutOfScope {
    pub what: String,
    pub watch: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileDigest {
    /// As named in the runbook.
    pub path: String,
    pub sha256: String,
}

impl Plan {
    pub fn cluster(&self, side: Side) -> &ClusterRef {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    pub fn check(&self, id: &str) -> Option<&PlannedCheck> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// A step of the way there, or of a way back.
    pub fn step(&self, id: &str) -> Option<&PlannedStep> {
        self.steps.iter().chain(self.backs.values().flat_map(BackPlan::steps)).find(|step| step.id == id)
    }

    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// The part of a rehearsal that a run of this plan is; `None`: it is none.
    pub fn leg(&self) -> Option<&Leg> {
        self.rehearsal.as_ref()?.leg.as_ref()
    }

    /// Whether step `id` comes after step `before`: needs it, or needs what does.
    pub fn comes_after(&self, id: &str, before: &str) -> bool {
        let mut open = vec![id];
        let mut seen = BTreeSet::new();
        while let Some(step) = open.pop().and_then(|id| self.step(id)) {
            for need in &step.needs {
                if need == before {
                    return true;
                }
                if seen.insert(need.as_str()) {
                    open.push(need);
                }
            }
        }
        false
    }
}
