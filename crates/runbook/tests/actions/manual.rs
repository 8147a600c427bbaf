//! The pages in `docs/steps` are what the code says; `make generate` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use runbook::actions::{ACTIONS, action, step_index, step_page};
use serde_json::{Value, json};

use crate::plans::{read_step, step};

#[test]
fn the_pages_of_the_steps_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/steps");
    let mut pages: BTreeMap<String, String> =
        ACTIONS.iter().map(|kind| (format!("{}.md", kind.name), step_page(kind))).collect();
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
        let found: Vec<&str> = manual.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, sections, "{}", kind.name);
        let yaml = manual.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let example: serde_json::Map<String, Value> = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(example["do"], kind.name);
        let with = example.get("with").cloned().unwrap_or_else(|| json!({}));
        let step = read_step(&step(kind.name, example.get("on").and_then(Value::as_str), with));
        action(&step).unwrap().unwrap_or_else(|error| panic!("the example of {}: {error}", kind.name));
    }
}
