//! From a plan and the documents it was made of to what a run needs: checks ready to ask, secrets by name.

use std::path::Path;

use engine::execute::Actions;
use engine::{Checks, ReadyCheck};
use runbook::checks::assemble;
use runbook::plan::Plan;
use services::Secrets;

use crate::exit::Failure;
use crate::masking::scrubber;

/// Every built check of the plan, with the runbook's own rule where it has one.
///
/// # Errors
/// Parameters or a rule that a plan without errors cannot have: a mistake of ours, said by name.
pub fn checks(plan: &Plan) -> Result<Checks, Failure> {
    let built = plan.checks.iter().filter(|check| check.built);
    built
        .map(|planned| match assemble(planned) {
            Ok(assembled) => {
                let ready = ReadyCheck { check: assembled.check, rule: assembled.rule };
                Ok((planned.id.clone(), ready))
            }
            Err(why) => Err(Failure::usage(format!("check {}: {why}", planned.id))),
        })
        .collect()
}

/// The secrets the plan names; nothing is read yet.
pub fn secrets(plan: &Plan, folder: &Path, deny_exec: bool) -> Secrets {
    Secrets::new(folder, plan.secrets.clone(), scrubber().clone()).deny_exec(deny_exec)
}

/// What every step of the plan does, by its id; steps that only measure, wait or ask are not among them.
///
/// # Errors
/// Kinds of steps or checks this version does not have: all of them by name, before anything is done.
pub fn actions(plan: &Plan) -> Result<Actions, Failure> {
    const CONTROL: &[&str] = &["check", "gate", "manual", "notify", "sign-off", "wait", "watch"];
    let mut actions = Actions::new();
    let mut missing = Vec::new();
    let backs = plan.backs.values().flat_map(|back| back.steps());
    for step in plan.steps.iter().chain(backs).filter(|step| !CONTROL.contains(&step.kind.as_str())) {
        match runbook::actions::action(step) {
            Some(Ok(action)) => drop(actions.insert(step.id.clone(), action.into())),
            Some(Err(why)) => return Err(Failure::usage(why)),
            None => missing.push(format!("step {} (kind {})", step.id, step.kind)),
        }
    }
    let unbuilt = plan.checks.iter().filter(|check| !check.built);
    missing.extend(unbuilt.map(|check| format!("check {} (kind {})", check.id, check.kind)));
    if missing.is_empty() {
        return Ok(actions);
    }
    Err(Failure::usage(format!("this version cannot carry out {}", missing.join(", ")))
        .hint("take them out of the runbook; nothing was done"))
}
