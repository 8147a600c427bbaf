use super::screen::{Screen, Span};
use crate::View;
use crate::human::duration;

/// Gates that were opened against their checks: the first thing a reader is told.
pub(super) fn write_overrides(screen: &mut Screen, view: &View) {
    for told in view.execution.iter().flat_map(|execution| &execution.overrides) {
        screen.line(0, 2, &[Span::strong("OVERRIDE "), Span::plain(told.clone())]);
    }
}

/// How far a run of steps came; what it did step by step stands in the report.
pub(super) fn write(screen: &mut Screen, view: &View) {
    let Some(execution) = &view.execution else { return };
    screen.blank();
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
