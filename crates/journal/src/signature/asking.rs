use runbook::plan::{BackPlan, PlannedStep};

use super::Accepts;
use crate::RunState;

/// Whether the sign-off asks the role.
pub(super) fn asks(step: &PlannedStep, role: &str) -> bool {
    let roles = step.with.get("roles").and_then(|roles| roles.as_array());
    roles.is_some_and(|roles| roles.iter().any(|asked| asked.as_str() == Some(role)))
}

impl RunState {
    /// The sign-off that waits for the role: one of the way there or, where the run goes back by a plan, one of that plan.
    pub fn waiting_sign_off(&self, role: &str) -> Option<&PlannedStep> {
        let waits = |step: &&PlannedStep| {
            let is_running = self.execution().step(&step.id).is_some_and(|known| known.is_running());
            step.kind == "sign-off" && asks(step, role) && is_running
        };
        match self.back_plan() {
            Some(back) => back.steps().find(waits),
            None => self.header().plan.steps.iter().find(waits),
        }
    }

    /// What the sign-off asks the role to accept and this does not, in words; `None`: all of it. A sign-off of the way
    /// back is about what was born on the target, not about the scorecard.
    pub fn not_accepted(&self, step: &PlannedStep, role: &str, accepts: &[Accepts]) -> Option<String> {
        let plan = &self.header().plan;
        if plan.backs.values().flat_map(BackPlan::steps).any(|of_back| of_back.id == step.id) {
            return None;
        }
        let units = plan.units.iter().filter(|unit| step.unit.as_ref().is_none_or(|of| *of == unit.name));
        let wanted = units.flat_map(|unit| {
            let accepts = plan.roles.get(role).map_or(&[][..], |role| &role.accepts);
            accepts.iter().map(move |dimension| (unit.name.as_str(), *dimension))
        });
        let open: Vec<String> = wanted
            .filter(|(unit, dimension)| {
                !accepts.iter().any(|one| one.unit == *unit && one.dimension == *dimension)
            })
            .map(|(unit, dimension)| format!("{} of {unit}", dimension.title()))
            .collect();
        (!open.is_empty()).then(|| open.join(", "))
    }
}
