//! Mistakes that authors make, each in a small file: exact code, line, column, message and help.

use runbook::load::{Options, lint_report, load};

use crate::compose::compose;
use crate::folder::Folder;

#[test]
fn mistakes_are_drawn_where_they_are() {
    let folder = Folder::of_repository("crates/runbook/tests/language/mistakes").0;
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("readable").path()).collect();
    names.sort();
    assert!(names.len() >= 60, "{} mistakes", names.len());
    for path in names {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let kind = name
            .split('-')
            .next()
            .filter(|kind| ["site", "slice", "whole"].contains(kind))
            .unwrap_or("runbook");
        let (document, files) = compose(&text, kind);
        let report = lint_report([&load(document, &files, &Options::default())]);
        let mut out = String::new();
        for file in &report.files {
            for problem in file
                .diagnostics
                .iter()
                .filter(|problem| problem.code != "CUT0407" && problem.code != "CUT0508")
            {
                out.push_str(&format!(
                    "{}:{}:{} {}\n",
                    file.file, problem.line, problem.column, problem.code
                ));
                out.push_str(&format!("  {}\n", problem.message));
                out.push_str(&format!("  {}\n", problem.help.as_deref().unwrap_or("-")));
            }
        }
        assert!(report.files.iter().any(|file| !file.diagnostics.is_empty()), "{name}: nothing found");
        insta::with_settings!({ description => text, omit_expression => true }, {
            insta::assert_snapshot!(name, out);
        });
    }
}

/// Names of environments are people's; clusters are what counts.
#[test]
fn a_rehearsal_on_a_cluster_of_production_is_refused() {
    let site = include_str!("base/site.yaml");
    let written = "rehearsal: { environment: staging, workload: { kind: mirrored }, rollback_from: [baseline, look], valid_for: 14d }\nsteps: [ { id: baseline, do: check, checks: all }, { id: look, do: check, checks: all } ]\n";
    let found = |site: &str| {
        let (path, files) = compose(written, "runbook");
        let report = lint_report([&load(path, &files.with("site.yaml", site), &Options::default())]);
        let all = report.files.into_iter().flat_map(|file| file.diagnostics);
        all.filter(|problem| problem.code == "CUT0811").map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert!(found(site).is_empty());
    // The same cluster on the same side, and on the other.
    for (theirs, ours, side) in [('a', 'c', "source"), ('b', 'd', "target"), ('b', 'c', "source")] {
        let of = |letter: char| letter.to_string().repeat(22);
        let said = found(&site.replace(&of(ours), &of(theirs)));
        assert_eq!(said, [format!("the {side} of staging is a cluster of production, too")]);
    }
}

/// The contract of `lint -o json`.
#[test]
fn the_json_has_lines_and_columns() {
    let (path, files) = compose("metadata: { name: base, titel: Ü, title: }\n", "runbook");
    let report = lint_report([&load(path, &files, &Options::default())]);
    let json = serde_json::to_value(&report).expect("plain data");
    let first = &json["files"][0];
    assert_eq!(first["file"], "runbook.yaml");
    let places: Vec<_> = first["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|problem| problem["severity"] == "error")
        .map(|problem| (problem["code"].clone(), problem["line"].clone(), problem["column"].clone()))
        .collect();
    assert_eq!(places, [("CUT0101".into(), 1.into(), 25.into()), ("CUT0115".into(), 1.into(), 35.into())]);
}
