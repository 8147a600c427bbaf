//! Every shipped runbook parses, lints clean and plans.

mod support;

use runbook::load::{Options, lint_report, load};
use support::Folder;

#[test]
fn shipped_documents_are_clean() {
    let files = Folder::of_repository("runbooks");
    for path in [
        "site.yaml",
        "settlement-expanded.yaml",
        "settlement.yaml",
        "library/standard.yaml",
        "library/measurable.yaml",
    ] {
        let loaded = load(path, &files, &Options::default());
        let problems: Vec<_> = lint_report([&loaded])
            .files
            .into_iter()
            .flat_map(|file| file.diagnostics.into_iter().map(move |problem| (file.file.clone(), problem)))
            .filter(|(_, problem)| problem.severity != runbook::syntax::DiagnosticSeverity::Note)
            .collect();
        assert!(problems.is_empty(), "{path}: {problems:#?}");
        assert!(loaded.document.is_some(), "{path}");
    }
}
