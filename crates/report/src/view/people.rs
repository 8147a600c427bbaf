use runbook::plan::{Plan, Role};
use runbook::verdict::Dimension;
use serde::Serialize;

/// A role with the people in it.
#[derive(Clone, Debug, Serialize)]
pub struct RoleView {
    pub role: String,
    pub people: Vec<String>,
    pub backup: Vec<String>,
    /// Titles of the dimensions it accepts.
    pub accepts: Vec<&'static str>,
}

impl RoleView {
    pub(super) fn of(name: &str, role: &Role) -> RoleView {
        RoleView {
            role: name.to_owned(),
            people: role.people.clone(),
            backup: role.backup.clone(),
            accepts: role.accepts.iter().copied().map(Dimension::title).collect(),
        }
    }

    pub(super) fn all(plan: &Plan) -> Vec<RoleView> {
        plan.roles.iter().map(|(name, role)| RoleView::of(name, role)).collect()
    }

    /// The role of that name; one without people where the plan does not know it.
    pub(super) fn named(plan: &Plan, name: &str) -> RoleView {
        RoleView::of(name, plan.roles.get(name).unwrap_or(&Role::default()))
    }
}
