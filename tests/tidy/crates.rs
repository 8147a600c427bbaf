use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// What each crate of ours may import of ours, and what it must not know. An absence is an invariant.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("cutover-runbook", &[]),
    ("cutover-parity", &[]),
    ("cutover-journal", &["cutover-runbook"]),
    ("cutover-engine", &["cutover-runbook", "cutover-journal"]),
    ("cutover-report", &["cutover-runbook", "cutover-journal"]),
    ("cutover-kafka", &["cutover-runbook", "cutover-parity"]),
    ("cutover-services", &["cutover-runbook"]),
    ("cutover-lab", &["cutover-kafka"]),
];

const MUST_NOT_KNOW: [(&str, &[&str]); 5] = [
    ("cutover-runbook", &["tokio", "rdkafka", "rdkafka-sys", "ureq"]),
    ("cutover-parity", &["tokio", "rdkafka", "rdkafka-sys", "serde"]),
    ("cutover-journal", &["tokio", "rdkafka", "minijinja"]),
    ("cutover-engine", &["rdkafka", "minijinja", "ureq"]),
    ("cutover-report", &["tokio", "rdkafka", "ureq"]),
];

const LICENCES: [&str; 14] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "BSL-1.0",
    "MPL-2.0",
    "Unlicense",
    "0BSD",
    "CDLA-Permissive-2.0",
    "MIT-0",
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(cutover_tests::repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The normal dependencies of every workspace crate.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = metadata();
    let members =
        metadata["packages"].as_array().unwrap().iter().filter(|package| package["source"].is_null());
    members
        .map(|package| {
            let names = package["dependencies"].as_array().unwrap().iter();
            let names = names.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn crates_import_only_what_they_may() {
    let dependencies = dependencies();
    for (name, allowed) in MAY_IMPORT {
        let ours = dependencies[name].iter().filter(|d| d.starts_with("cutover"));
        let wrong: Vec<_> = ours.filter(|d| !allowed.contains(&d.as_str())).collect();
        assert!(wrong.is_empty(), "{name} imports {wrong:?}");
    }
    for (name, forbidden) in MUST_NOT_KNOW {
        let wrong: Vec<_> = dependencies[name].iter().filter(|d| forbidden.contains(&d.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn dependencies_come_from_the_registry_under_known_licences() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let (name, source) = (package["name"].as_str().unwrap(), package["source"].as_str());
        if source.is_some_and(|source| !source.starts_with("registry+")) {
            wrong.push(format!("{name}: comes from {}", source.unwrap_or_default()));
        }
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR ");
        let known = licence.split(" OR ").any(|choice| {
            choice.trim_matches(['(', ')', ' ']).split(" AND ").all(|part| {
                let part = part.trim_matches(['(', ')', ' ']).split(" WITH ").next().unwrap_or_default();
                LICENCES.contains(&part)
            })
        });
        if !known {
            wrong.push(format!("{name}: licence {licence}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
