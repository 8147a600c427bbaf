//! A fragment of a document, made whole: the base document gives every top-level key the fragment does not have. The
//! fragment comes first, so its lines are the document's.

use crate::memory::Memory;

const RUNBOOK: &str = include_str!("base/runbook.yaml");
const SITE: &str = include_str!("base/site.yaml");
const SLICE: &str = include_str!("base/slice.yaml");
const LIBRARY: &str =
    "apiVersion: cutover/v1\nkind: Library\nchecks: { lag-envelope: { use: lag-envelope } }\n";

/// Path of the document, and its files. `kind`: `runbook`, `site`, `slice`, or `whole` for a document of its own.
pub fn compose(fragment: &str, kind: &str) -> (&'static str, Memory) {
    let files = Memory::default()
        .with("a.properties", "")
        .with("b.properties", "")
        .with("library/standard.yaml", LIBRARY)
        .with("site.yaml", SITE);
    match kind {
        "site" => ("site.yaml", files.with("site.yaml", merged(fragment, SITE))),
        "slice" => ("slice.yaml", files.with("slice.yaml", merged(fragment, SLICE))),
        "whole" => ("runbook.yaml", files.with("runbook.yaml", fragment)),
        _ => ("runbook.yaml", files.with("runbook.yaml", merged(fragment, RUNBOOK))),
    }
}

fn merged(fragment: &str, base: &str) -> String {
    let key = |line: &str| {
        let name = line.split(':').next().unwrap_or("");
        (line.starts_with(|c: char| c.is_ascii_alphabetic()) && line.contains(':')).then(|| name.to_owned())
    };
    let own: Vec<String> = fragment.lines().filter_map(key).collect();
    let mut text = fragment.trim_end_matches('\n').to_owned() + "\n";
    let mut keep = true;
    for line in base.lines() {
        if let Some(name) = key(line) {
            keep = !own.contains(&name);
        }
        if keep {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
