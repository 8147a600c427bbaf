use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::plan::{FileDigest, OutOfScope, ParameterUsed, Plan, Trigger, Waiver, Window};
use serde::Serialize;

use crate::ReportInput;

#[derive(Clone, Debug, Serialize)]
pub struct RunView {
    pub id: String,
    pub command: String,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub took_ms: Option<i64>,
    /// What measured: `cutover` and the libraries whose version changes answers.
    pub versions: BTreeMap<String, String>,
    /// Why it stopped before everything was measured.
    pub interrupted: Option<String>,
    pub journal_records: Option<u64>,
    /// Hash of the journal's last record.
    pub journal_head: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RunbookView {
    pub name: String,
    pub title: String,
    pub change: Option<String>,
    pub revision: Option<u32>,
    pub environment: String,
    pub plan_digest: String,
    pub environment_digest: String,
    pub window: Option<Window>,
    pub parameters: Vec<ParameterUsed>,
    pub waivers: Vec<Waiver>,
    pub out_of_scope: Vec<OutOfScope>,
    pub files: Vec<FileDigest>,
    pub triggers: Vec<Trigger>,
    pub no_triggers: Option<String>,
    pub rollback_plans: Vec<String>,
}

impl RunView {
    pub(super) fn of(input: &ReportInput) -> RunView {
        let run = &input.run;
        RunView {
            id: run.id.clone(),
            command: run.command.clone(),
            started: run.started,
            ended: run.ended,
            took_ms: run.ended.map(|ended| ended.as_millisecond() - run.started.as_millisecond()),
            versions: run.versions.clone(),
            interrupted: run.interrupted.clone(),
            journal_records: run.journal.as_ref().map(|journal| journal.records),
            journal_head: run.journal.as_ref().map(|journal| journal.head.clone()),
        }
    }
}

impl RunbookView {
    pub(super) fn of(plan: &Plan) -> RunbookView {
        RunbookView {
            name: plan.name.clone(),
            title: plan.title.clone(),
            change: plan.change.clone(),
            revision: plan.revision,
            environment: plan.environment.clone(),
            plan_digest: plan.digest.clone(),
            environment_digest: plan.environment_digest.clone(),
            window: plan.window.clone(),
            parameters: plan.parameters.clone(),
            waivers: plan.waivers.clone(),
            out_of_scope: plan.out_of_scope.clone(),
            files: plan.files.clone(),
            triggers: plan.rollback.triggers.clone(),
            no_triggers: plan.rollback.no_triggers.clone(),
            rollback_plans: plan.rollback.plans.clone(),
        }
    }
}
