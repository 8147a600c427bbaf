//! The pages in `docs/steps` are what the code says; `make generate` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use runbook::actions::{ACTIONS, action, step_index, step_page};
use runbook::checks::KINDS;
use runbook::steps::{ENGINE_KINDS, STEP_KINDS, StepSpec, WithRule, engine_page, step_kind};
use serde_json::{Map, Value, json};

use crate::plans::{read_step, step};

#[test]
fn the_pages_of_the_steps_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/steps");
    let mut pages: BTreeMap<String, String> =
        ACTIONS.iter().map(|kind| (format!("{}.md", kind.name), step_page(kind))).collect();
    pages.extend(ENGINE_KINDS.iter().map(|(name, _)| (format!("{name}.md"), engine_page(name).unwrap())));
    pages.insert("README.md".to_owned(), step_index());
    let written: BTreeMap<String, String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&pages), "run `make generate`");
    for (name, page) in pages {
        assert!(written[&name] == page, "docs/steps/{name} is stale: run `make generate`");
    }
}

#[test]
fn a_manual_has_its_sections_in_order_and_an_example_of_its_kind() {
    let sections = [
        "## What it does",
        "## Why it matters",
        "## How it is settled",
        "## Its way back",
        "## What it refuses",
        "## What it does not do",
        "## Example",
    ];
    for kind in ACTIONS {
        let manual = kind.manual();
        assert_eq!(headings(&manual), sections, "{}", kind.name);
        let example = example(&manual);
        assert_eq!(example["do"], kind.name);
        let with = example.get("with").cloned().unwrap_or_else(|| json!({}));
        let step = read_step(&step(kind.name, example.get("on").and_then(Value::as_str), with));
        action(&step).unwrap().unwrap_or_else(|error| panic!("the example of {}: {error}", kind.name));
    }
}

/// Keys of a written step that the plan keeps beside its `StepSpec`.
const PLANNED: [&str; 12] =
    ["id", "title", "do", "needs", "unit", "on", "effect", "owner", "est", "commit_point", "why", "for_each"];

#[test]
fn a_manual_of_what_the_engine_does_has_its_sections_in_order_and_an_example_of_its_kind() {
    let sections = [
        "## What it does",
        "## Why it matters",
        "## How it ends",
        "## What it refuses",
        "## What it does not do",
        "## Example",
        "## Place in a plan",
        "## Keys",
    ];
    for (name, _) in ENGINE_KINDS {
        let page = engine_page(name).unwrap();
        assert!(page.starts_with(&format!("# {name}\n\n")), "{name}");
        assert_eq!(headings(&page), sections, "{name}");
        let kind = step_kind(name).unwrap();
        let example = example(&page);
        assert_eq!(example["do"], *name);
        for key in kind.needs {
            assert!(example.contains_key(*key), "the example of {name} has no {key}");
        }
        assert_eq!(example.contains_key("with"), kind.with != WithRule::Nothing, "{name}");
        // Its keys are those of its kind, and the table has all of them.
        let of_kinds: Vec<&str> = STEP_KINDS.iter().flat_map(|kind| kind.keys).copied().collect();
        let own = example.keys().filter(|key| of_kinds.contains(&key.as_str()));
        own.for_each(|key| assert!(kind.keys.contains(&key.as_str()), "{name} has no {key}"));
        let keys = page.split("## Keys\n").nth(1).unwrap();
        kind.keys.iter().for_each(|key| assert!(keys.contains(&format!("\n| `{key}` |")), "{name}: {key}"));
        let rest: Map<String, Value> =
            example.into_iter().filter(|(key, _)| !PLANNED.contains(&key.as_str())).collect();
        let mut planned = step(name, None, Value::Null);
        planned["with"] = rest.into();
        StepSpec::of(&read_step(&planned)).unwrap_or_else(|error| panic!("the example of {name}: {error}"));
    }
}

#[test]
fn every_kind_that_is_built_has_a_page() {
    let mut paged: Vec<&str> = ACTIONS.iter().map(|kind| kind.name).collect();
    paged.extend(ENGINE_KINDS.iter().map(|(name, _)| *name));
    paged.sort_unstable();
    let built: Vec<&str> = STEP_KINDS.iter().filter(|kind| kind.built).map(|kind| kind.name).collect();
    assert_eq!(paged, built);
}

#[test]
fn the_pages_name_the_kinds_of_checks_that_are_treated_otherwise() {
    let gate = engine_page("gate").unwrap();
    let watch = engine_page("watch").unwrap();
    for kind in KINDS {
        assert_eq!(gate_lists(&gate, kind.name), kind.lasts, "gate: {}", kind.name);
        assert_eq!(watch.contains(&format!("`{}`", kind.name)), kind.of_the_copy, "watch: {}", kind.name);
    }
}

/// Whether the gate's page has it among the kinds whose evidence lasts.
fn gate_lists(page: &str, kind: &str) -> bool {
    let listed = page.split("Kinds whose evidence lasts (").nth(1).and_then(|rest| rest.split(')').next());
    listed.unwrap().contains(&format!("`{kind}`"))
}

fn headings(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.starts_with("## ")).collect()
}

fn example(page: &str) -> Map<String, Value> {
    let yaml = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    serde_saphyr::from_str(yaml).unwrap()
}
