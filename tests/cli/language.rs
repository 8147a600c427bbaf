//! lint, plan and explain, as a user runs them.

use cutover_tests::{Cutover, matches_schema, repository};

fn cutover<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Cutover {
    Cutover::new(arguments).within(&repository())
}

/// A file of this test's own in the directory for such files.
fn file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("cutover-cli-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("the temporary directory is writable");
    path.display().to_string()
}

#[test]
fn shipped_runbooks_lint_clean_and_the_json_fits_its_schema() {
    let files = ["runbooks/settlement-expanded.yaml", "runbooks/settlement.yaml", "runbooks/site.yaml"];
    let run = cutover(["lint", "-o", "json"].into_iter().chain(files)).run().exits(0);
    let json = run.json();
    matches_schema("lint", &json);
    for problem in
        json["files"].as_array().expect("files").iter().flat_map(|f| f["diagnostics"].as_array()).flatten()
    {
        assert_eq!(problem["severity"], "note", "{problem}");
    }
}

#[test]
fn every_problem_is_drawn_at_once_and_a_secret_is_not() {
    let path = file(
        "wrong.yaml",
        "apiVersion: cutover/v1\nkind: Runbook\nsite: nowhere.yaml\nmetadata: { name: x, titel: y }\nsecrets: { a: hunter2 }\nunits: { u: { topics: [orders] } }\n",
    );
    let run = cutover(["lint", &path]).run().exits(2);
    for code in ["CUT0001", "CUT0101", "CUT0301", "CUT0801"] {
        assert!(run.says(code), "{code}: {}", run.stdout);
    }
    assert!(run.says("did you mean `title`?"));
    assert!(!run.says("hunter2"), "{}", run.stdout);
    let run = cutover(["lint", "-o", "json", &path]).run().exits(2);
    assert!(!run.says("hunter2"));
    let run = cutover(["plan", &path]).run().exits(2);
    assert!(run.stdout.is_empty() && !run.says("hunter2"));
    std::fs::remove_file(&path).expect("it is there");
}

#[test]
fn a_plan_is_text_json_or_a_drawing() {
    let runbook = "runbooks/settlement-expanded.yaml";
    let json = cutover(["plan", runbook, "--format", "json"]).run().exits(0).json();
    matches_schema("plan", &json);
    assert_eq!(json["commit_point"], "last-look");
    assert_eq!(json["reads_bytes"], serde_json::Value::Null);
    assert_eq!(json, cutover(["plan", runbook, "-o", "json"]).run().exits(0).json());
    let staging = cutover(["plan", runbook, "-o", "json", "--env", "staging"]).run().exits(0).json();
    assert_eq!(json["digest"], staging["digest"]);
    let set = cutover(["plan", runbook, "-o", "json", "--set", "replay_max=5"]).run().exits(0).json();
    assert_ne!(json["digest"], set["digest"]);
    assert!(cutover(["plan", runbook]).run().exits(0).says("commit point"));
    assert!(
        cutover(["plan", runbook, "--format", "mermaid"]).run().exits(0).stdout.starts_with("flowchart TD")
    );
    cutover(["plan", runbook, "--set", "replay_max=501"]).run().exits(2);
    cutover(["plan", runbook, "--env", "stagging"]).run().exits(2);
    // A slice is planned as its shape says, and printed as the runbook it stands for.
    let slice = "runbooks/settlement.yaml";
    let planned = cutover(["plan", slice, "-o", "json"]).run().exits(0).json();
    matches_schema("plan", &planned);
    assert_eq!(planned["commit_point"], "last-look");
    let expanded = cutover(["plan", slice, "--expand"]).run().exits(0);
    assert!(expanded.says("kind: Runbook") && expanded.says("id: stop-producers"));
}

#[test]
fn explain_prints_a_page() {
    assert!(cutover(["explain", "CUT0101"]).run().exits(0).stdout.starts_with("# CUT0101: unknown key"));
    assert!(cutover(["explain", "cut0801"]).run().exits(0).says("written out"));
    matches_schema("explain", &cutover(["explain", "CUT0101", "-o", "json"]).run().exits(0).json());
    cutover(["explain", "CUT9999"]).run().exits(2);
}
