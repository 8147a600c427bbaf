use std::fmt::Write;

use serde_json::Value;

use super::{ACTIONS, ActionKind};
use crate::manual::{cell, parameters};
use crate::steps::{ENGINE_KINDS, STEP_KINDS, place, step_kind, summary};

/// The manual page of a kind of action, as Markdown: what its author wrote, then its parameters as the code has them.
pub fn step_page(kind: &ActionKind) -> String {
    let mut page = format!("# {}\n\n{}\n\n", kind.name, kind.manual().trim_end());
    if let Some(step) = step_kind(kind.name) {
        let _ = writeln!(page, "{}", place(step));
    }
    let _ = write!(page, "## Parameters\n{}", parameters(&Value::from(kind.parameters())));
    page
}

/// The page that lists every kind of step.
pub fn step_index() -> String {
    let mut page = "# Kinds of steps\n\nWhat changes something:\n\n".to_owned();
    table(&mut page, ACTIONS.iter().map(|kind| (kind.name, summary(&kind.manual()).to_owned())));
    page.push_str("\nWhat the engine itself does:\n\n");
    table(&mut page, ENGINE_KINDS.iter().map(|(name, manual)| (*name, summary(manual).to_owned())));
    let named: Vec<String> =
        STEP_KINDS.iter().filter(|kind| !kind.built).map(|kind| format!("`{}`", kind.name)).collect();
    if !named.is_empty() {
        let _ = writeln!(
            page,
            "\nNamed in the language and not carried out by this version: {}.",
            named.join(", ")
        );
    }
    page
}

/// Kinds with their pages, and what each does.
fn table(page: &mut String, kinds: impl Iterator<Item = (&'static str, String)>) {
    page.push_str("| kind | does |\n|---|---|\n");
    for (name, summary) in kinds {
        let _ = writeln!(page, "| [{name}]({name}.md) | {} |", cell(summary.trim_end_matches('.')));
    }
}
