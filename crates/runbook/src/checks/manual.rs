use std::fmt::Write;

use serde_json::Value;

use super::{KINDS, Kind};
use crate::manual::{cell, parameters};

/// The manual page of a built kind, as Markdown: what its author wrote, then parameters, facts and findings as the code
/// has them.
pub fn manual_page(kind: &Kind) -> String {
    let mut page = format!("# {}\n\n{}\n\n", kind.name, kind.manual().trim_end());
    let dimension = kind.dimension.map_or("stated by the check", |dimension| dimension.id());
    let proof = kind.proof.map_or("stated by the check", |proof| proof.id());
    let mut place = format!("Dimension: {dimension}. Proof: {proof}.");
    if !kind.covers.is_empty() {
        let _ = write!(place, " Covers: {}.", kind.covers.join(", "));
    }
    if let Some(due) = kind.due {
        let _ = write!(place, " Due: `{due}`.");
    }
    if !kind.live {
        place.push_str(" Not measured again while a gate holds.");
    }
    if kind.lasts {
        place.push_str(" Its evidence counts at a gate for as long as `fresh` allows, but not past a fence, a pause of the replication or a capture of positions.");
    }
    let schema = kind.parameters().map(Value::from).unwrap_or_default();
    let _ = write!(page, "## Place on the scorecard\n{place}\n\n## Parameters\n{}", parameters(&schema));
    page.push_str("\n## Facts\nOf every item, for a runbook's own `green:` and `yellow:`.\n\n");
    page.push_str("| fact | type | meaning |\n|---|---|---|\n");
    for fact in kind.facts() {
        let optional = if fact.optional { ", may be absent" } else { "" };
        let _ = writeln!(page, "| `{}` | {}{optional} | {} |", fact.name, fact.kind.word(), cell(&fact.doc));
    }
    let codes = kind.codes();
    if !codes.is_empty() {
        page.push_str("\n## Findings\n");
        let links: Vec<String> = codes.iter().map(|code| format!("[{code}](../codes/{code}.md)")).collect();
        let _ = writeln!(page, "{}", links.join(" · "));
    }
    page
}

/// The page that lists every kind, built and to come.
pub fn manual_index() -> String {
    let mut page =
        "# Kinds of checks\n\n| kind | dimension | proof | judges |\n|---|---|---|---|\n".to_owned();
    for kind in KINDS.iter().filter(|kind| kind.built) {
        let summary = kind.manual().lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        let _ = writeln!(
            page,
            "| [{0}]({0}.md) | {1} | {2} | {3} |",
            kind.name,
            dimension(kind),
            proof(kind),
            cell(&summary)
        );
    }
    page.push_str(
        "\nNamed in the language and not measured by this version: a check of such a kind is unknown.\n\n",
    );
    page.push_str("| kind | dimension | proof |\n|---|---|---|\n");
    for kind in KINDS.iter().filter(|kind| !kind.built) {
        let _ = writeln!(page, "| {} | {} | {} |", kind.name, dimension(kind), proof(kind));
    }
    page
}

fn dimension(kind: &Kind) -> &'static str {
    kind.dimension.map_or("as stated", |dimension| dimension.id())
}

fn proof(kind: &Kind) -> &'static str {
    kind.proof.map_or("as stated", |proof| proof.id())
}
