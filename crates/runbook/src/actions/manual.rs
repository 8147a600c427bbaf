use std::fmt::Write;

use serde_json::Value;

use super::{ACTIONS, ActionKind};
use crate::check::spoken;
use crate::manual::{cell, parameters};
use crate::plan::StepEffect;
use crate::steps::{STEP_KINDS, SideRule, step_kind};

/// The manual page of a kind of action, as Markdown: what its author wrote, then its parameters as the code has them.
pub fn step_page(kind: &ActionKind) -> String {
    let mut page = format!("# {}\n\n{}\n\n", kind.name, kind.manual().trim_end());
    if let Some(step) = step_kind(kind.name) {
        let on = match step.side {
            SideRule::Never => "not said",
            SideRule::May => "may be said",
            SideRule::Must => "must be said",
        };
        let effect = step.effect.map_or("stated by the step", effect);
        let timeout = spoken(i64::try_from(step.timeout_ms).unwrap_or(i64::MAX));
        let _ = write!(
            page,
            "## Place in a plan\nEffect: {effect}. `on`: {on}. Time unless it says otherwise: {timeout}.\n\n"
        );
    }
    let _ = write!(page, "## Parameters\n{}", parameters(&Value::from(kind.parameters())));
    page
}

/// The page that lists every kind of step.
pub fn step_index() -> String {
    let mut page = "# Kinds of steps\n\nWhat changes something:\n\n| kind | does |\n|---|---|\n".to_owned();
    for kind in ACTIONS {
        let summary = kind.manual().lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        let _ = writeln!(page, "| [{0}]({0}.md) | {1} |", kind.name, cell(&summary));
    }
    page.push_str("\nWhat the engine itself does, or this version does not yet do: ");
    let others = STEP_KINDS.iter().filter(|step| !ACTIONS.iter().any(|kind| kind.name == step.name));
    let others: Vec<&str> = others.map(|step| step.name).collect();
    let _ = writeln!(page, "{}.", others.join(", "));
    page
}

fn effect(effect: StepEffect) -> &'static str {
    match effect {
        StepEffect::None => "none",
        StepEffect::Idempotent => "idempotent",
        StepEffect::Guarded => "guarded",
        StepEffect::Once => "once",
    }
}
