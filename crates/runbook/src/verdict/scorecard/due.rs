use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::checks;
use crate::plan::{Plan, PlannedCheck, PlannedStep};
use crate::verdict::Dimension;

/// How far the run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// `cutover check`: nothing is executed, so everything is due at once.
    #[default]
    Checking,
    /// A run.
    Running {
        /// Steps that have begun, by id, with the moment from which on what is due at them counts: for a step that acts,
        /// when it was done, else when it began.
        begun: BTreeMap<String, Timestamp>,
        /// Dimensions of units that a gate was opened against, and by whom: red, whatever is measured.
        overridden: BTreeMap<(String, Dimension), String>,
    },
}

/// Whether a check counts, and what of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<'a> {
    NotYet,
    /// Whenever it was measured.
    Always,
    /// What was measured at `at` or later: before, the check spoke of another world.
    Since {
        step: &'a str,
        at: Timestamp,
    },
}

/// Whether a check counts yet. In a plan without the step it waits for, it does.
pub fn due<'a>(plan: &'a Plan, unit: &str, check: &PlannedCheck, progress: &Progress) -> Due<'a> {
    let Progress::Running { begun, .. } = progress else { return Due::Always };
    if is_left_to_production(plan, check) {
        return Due::NotYet;
    }
    let Some(step) = waits_for(plan, unit, check) else { return Due::Always };
    begun.get(&step.id).map_or(Due::NotYet, |at| Due::Since { step: &step.id, at: *at })
}

/// The step of the plan from which on the check counts in a run.
fn waits_for<'a>(plan: &'a Plan, unit: &str, check: &PlannedCheck) -> Option<&'a PlannedStep> {
    let kind_says = checks::kind(&check.kind).and_then(|kind| kind.due);
    let due = check.due.as_deref().or(kind_says)?;
    let of_unit = |step: &&PlannedStep| step.unit.as_deref().is_none_or(|name| name == unit);
    let named = plan.steps.iter().find(|step| step.id == due);
    named.or_else(|| plan.steps.iter().filter(of_unit).find(|step| step.kind == due))
}

/// Whether the check speaks of what a step of the plan brings about that has not begun, so that it may have nothing to
/// say yet. `cutover check` counts such a check all the same.
pub fn is_ahead(plan: &Plan, unit: &str, check: &PlannedCheck, progress: &Progress) -> bool {
    match progress {
        Progress::Checking => waits_for(plan, unit, check).is_some(),
        Progress::Running { .. } => !due(plan, unit, check, progress).is_due(),
    }
}

impl Progress {
    /// Why a dimension is red whatever is measured; `None`: it is not.
    pub fn overridden(&self, unit: &str, dimension: Dimension) -> Option<&str> {
        match self {
            Progress::Checking => None,
            Progress::Running { overridden, .. } => {
                overridden.get(&(unit.to_owned(), dimension)).map(String::as_str)
            }
        }
    }
}

impl Due<'_> {
    pub fn is_due(self) -> bool {
        self != Due::NotYet
    }
}

/// A rehearsal cannot wait for what it is about to prove itself.
pub fn is_left_to_production(plan: &Plan, check: &PlannedCheck) -> bool {
    plan.leg().is_some() && check.kind == "rehearsal-covered"
}
