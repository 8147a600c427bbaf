use journal::Selection;
use runbook::plan::Plan;

use crate::RunError;

/// The part of `plan` a person asks for; empty lists mean everything. Goes into the header of the run.
///
/// # Errors
/// A name the plan does not have, or a selection without any check: both would make an empty run that looks good.
pub fn select(plan: &Plan, units: &[String], checks: &[String]) -> Result<Selection, RunError> {
    named("unit", units, plan.units.iter().map(|unit| unit.name.as_str()))?;
    named("check", checks, plan.checks.iter().map(|check| check.id.as_str()))?;
    let some = |names: &[String]| (!names.is_empty()).then(|| names.to_vec());
    Ok(Selection { units: some(units), checks: some(checks) })
}

fn named<'a>(
    what: &'static str,
    names: &[String],
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), RunError> {
    match names.iter().find(|name| !known.clone().any(|k| k == name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let known = known.collect::<Vec<_>>().join(", ");
            Err(RunError::NotInPlan { what, name: name.clone(), known })
        }
    }
}
