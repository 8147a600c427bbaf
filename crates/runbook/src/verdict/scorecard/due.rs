use std::collections::BTreeSet;

use crate::checks;
use crate::plan::{Plan, PlannedCheck};

/// How far the run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// `cutover check`: nothing is executed, so everything is due at once.
    #[default]
    Checking,
    /// A run: the ids of the steps that have begun.
    Running(BTreeSet<String>),
}

/// Whether a check counts yet. In a plan without the step it waits for, it does.
pub fn is_due(plan: &Plan, unit: &str, check: &PlannedCheck, progress: &Progress) -> bool {
    let Progress::Running(begun) = progress else { return true };
    if is_left_to_production(plan, check) {
        return false;
    }
    let kind_says = checks::kind(&check.kind).and_then(|kind| kind.due);
    let Some(due) = check.due.as_deref().or(kind_says) else { return true };
    let of_unit = |step: &&crate::plan::PlannedStep| step.unit.as_deref().is_none_or(|name| name == unit);
    let step = plan
        .steps
        .iter()
        .find(|step| step.id == due)
        .or_else(|| plan.steps.iter().filter(of_unit).find(|step| step.kind == due));
    step.is_none_or(|step| begun.contains(&step.id))
}

/// A rehearsal cannot wait for what it is about to prove itself.
pub fn is_left_to_production(plan: &Plan, check: &PlannedCheck) -> bool {
    plan.leg().is_some() && check.kind == "rehearsal-covered"
}
