use runbook::check::Facts;
use runbook::expression::Expression;
use runbook::plan::Plan;

/// Whether an expression over the parameters of the run is true.
///
/// # Errors
/// It cannot be told, with the reason.
pub(super) fn parameters_say(plan: &Plan, text: &str) -> Result<bool, String> {
    let expression = Expression::parse(text).map_err(|fault| fault.message)?;
    let mut facts = Facts::new();
    for parameter in &plan.parameters {
        facts.set(&parameter.name, parameter.value.clone());
    }
    expression.eval_bool(&facts)
}
