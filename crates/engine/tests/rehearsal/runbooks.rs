//! The shipped runbooks, as they are carried out here.

use std::path::PathBuf;

use runbook::load::{Options, load};
use runbook::plan::Plan;
use runbook::syntax::{FileError, Files};

/// The folder of shipped runbooks, with files that are only here.
struct Shipped(Vec<(String, String)>);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../runbooks")
}

impl Files for Shipped {
    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, FileError> {
        match self.0.iter().find(|(name, _)| name == path) {
            Some((_, text)) => Ok(text.clone().into_bytes()),
            None => std::fs::read(folder().join(path)).map_err(|_| FileError::Missing),
        }
    }

    fn exists(&self, path: &str) -> bool {
        folder().join(path).exists()
    }
}

/// The plan of a shipped runbook: a shape by its name, through the shipped slice.
pub fn plan(name: &str) -> Plan {
    let text = |path: &str| std::fs::read_to_string(folder().join(path)).unwrap();
    let review = "network-reviewed: { use: review, dimension: governance, proof: reviewed, severity: major, with: { document: demo/network.md, sha256: a20ea8998346c2297ae9436f5189c589f2511c92ce5ee7bb175f76209f29dd9e, by: tomas, at: \"2026-11-20T09:00:00Z\" } }";
    let (path, content) = match name {
        "settlement-expanded" => (
            "here.yaml",
            text("settlement-expanded.yaml")
                // The dashboards' signal is not measured by this version.
                .replace("check: consumer-errors, breach", "check: cluster-health, breach")
                .replace("\nchecks:\n", &format!("\nchecks:\n  {review}\n"))
                // The evidence of real clusters takes longer than this world needs, and the times are those of people.
                .replace(
                    "timeout: { total: 20s } }\n  - { id: final-position",
                    "timeout: { total: 40s } }\n  - { id: final-position",
                )
                // Live checks look for up to 10 s, and a look that comes late is a gap.
                .replace("every: 5s, tolerate: 1", "every: 20s, tolerate: 1")
                .replace("stall: 6m", "stall: 7m")
                .replace("max: 6m, on_exceed", "max: 7m, on_exceed"),
        ),
        // Here the side is told from an application's name by other words.
        "demo" => (
            "demo/here.yaml",
            text("demo/runbook.yaml")
                .replace("app: target/", "app: gcp/")
                .replace("source_app: source/", "source_app: aws/"),
        ),
        shape => (
            "here.yaml",
            text("settlement.yaml")
                .replace("shape: full-switch ", &format!("shape: {shape} "))
                .replace("\nchecks:\n", &format!("\nchecks:\n  {review}\n"))
                .replace(
                    "after: { land-offsets: [ { id: warm-cache",
                    "after: { last-look: [ { id: warm-cache",
                ),
        ),
    };
    let site = text("demo/site.yaml");
    let files = Shipped(vec![(path.to_owned(), content), ("demo/site.yaml".to_owned(), site)]);
    let loaded = load(path, &files, &Options::default());
    let mut plan = runbook::plan(&loaded).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
    // Kinds that are only named in this version measure nothing, here or anywhere.
    plan.checks.retain(|check| check.built);
    // Nobody has the private keys of the shipped site: sign-offs are answered as where none are declared.
    for person in plan.people.values_mut() {
        person.public_key = None;
    }
    // Half an hour of looking is thousands of lines of the same.
    let observed = plan.backs.values_mut().flat_map(|back| &mut back.observation);
    for step in plan.steps.iter_mut().chain(observed).filter(|step| step.kind == "watch") {
        step.with["for"] = "20s".into();
    }
    plan
}
