use super::screen::{Screen, Span};
use crate::View;
use crate::human::duration;

/// How far a run of steps came; what it did step by step stands in the report.
pub(super) fn write(screen: &mut Screen, view: &View) {
    let Some(execution) = &view.execution else { return };
    screen.blank();
    for told in &execution.overrides {
        screen.line(0, 2, &[Span::strong("OVERRIDE "), Span::plain(told.clone())]);
    }
    let passed = |state: &str| matches!(state, "done" | "skipped" | "passed over");
    let done = execution.steps.iter().filter(|step| passed(&step.state)).count();
    let undone = execution.steps.iter().filter(|step| step.state == "undone").count();
    let mut line = format!(", {done} of {} steps done", execution.steps.len());
    if undone > 0 {
        line.push_str(&format!(", {undone} undone"));
    }
    if let Some(why) = &execution.why {
        line.push_str(&format!(": {why}"));
    }
    screen.line(0, 2, &[Span::strong(execution.ending.clone()), Span::plain(line)]);
    for budget in &execution.budgets {
        let used = duration(i64::try_from(budget.used_ms).unwrap_or(i64::MAX));
        let max = duration(i64::try_from(budget.max_ms).unwrap_or(i64::MAX));
        screen.line(2, 4, &[Span::plain(format!("{}: {used} of {max}", budget.name))]);
    }
    for step in execution.steps.iter().filter(|step| step.state == "stuck") {
        let why = step.why.clone().unwrap_or_default();
        screen.line(2, 4, &[Span::strong(format!("stuck {}", step.step)), Span::plain(format!(": {why}"))]);
    }
}
