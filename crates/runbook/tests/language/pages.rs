//! Every code has a page and every page a code; the wrong example of each yields it, the right one does not.

use std::collections::BTreeSet;

use runbook::load::{Options, Problem, load};
use runbook::syntax::{CODES, Diagnostic, DiagnosticSeverity};

use crate::compose::compose;
use crate::folder::Folder;
use crate::memory::Memory;

/// Kind and text of the example under a heading of a page.
fn example<'a>(page: &'a str, heading: &str) -> Option<(&'a str, &'a str)> {
    let (_, section) = page.split_once(&format!("## {heading}\n"))?;
    let section = section.split("\n## ").next()?;
    let (_, fenced) = section.split_once("```yaml ")?;
    let (kind, text) = fenced.split_once('\n')?;
    let (text, _) = text.split_once("\n```")?;
    Some((kind, text))
}

/// Examples that would be too long for a page.
fn generated(code: &str) -> (&'static str, Memory) {
    match code {
        "CUT0002" => compose(&format!("out_of_scope: [ {} ]", "a, ".repeat(700_000)), "runbook"),
        "CUT0003" => compose(&format!("out_of_scope: [ {}1 ]", "1,".repeat(100_000)), "runbook"),
        "CUT0005" => {
            ("runbook.yaml", Memory::default().with("runbook.yaml", b"title: Betr\xe4ge\n".to_vec()))
        }
        other => panic!("{other} has no wrong example"),
    }
}

fn problems(path: &str, files: &Memory) -> (Vec<Diagnostic>, Vec<Problem>) {
    let loaded = load(path, files, &Options::default());
    let mut found = loaded.diagnostics.clone();
    if let Err(refused) = runbook::plan(&loaded) {
        found.extend(refused.into_iter().filter(|diagnostic| diagnostic.code.id().starts_with("CUT09")));
    }
    let places = found.iter().map(|diagnostic| Problem::of(diagnostic, &loaded.sources)).collect();
    (found, places)
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let folder = Folder::of_repository("docs/codes").0;
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the pages are there")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .filter(|name| name.starts_with("CUT0"))
        .collect();
    let codes: BTreeSet<String> = CODES.iter().map(|code| code.id().to_owned()).collect();
    assert_eq!(pages, codes);
    for code in CODES {
        let page = runbook::explain(code.id()).expect("embedded");
        assert!(page.starts_with(&format!("# {}: {}\n", code.id(), code.title())), "{}", code.id());
        for heading in ["## Why it matters\n", "## Wrong\n", "## Right\n"] {
            assert!(page.contains(heading), "{}: {heading}", code.id());
        }
    }
    assert!(runbook::explain("cut0101").is_some());
    assert!(runbook::explain("CUT9999").is_none());
}

#[test]
fn wrong_examples_yield_their_code() {
    let mut silent = Vec::new();
    let mut all = String::new();
    for code in CODES.iter().filter(|code| code.id() != "CUT0007") {
        let page = runbook::explain(code.id()).expect("embedded");
        let (path, files) = match example(page, "Wrong") {
            Some((kind, text)) => compose(text, kind),
            None => generated(code.id()),
        };
        let (found, places) = problems(path, &files);
        if !found.iter().any(|diagnostic| diagnostic.code == *code) {
            let ids: Vec<_> =
                found.iter().map(|diagnostic| (diagnostic.code.id(), &diagnostic.message)).collect();
            silent.push(format!("{}: {ids:?}", code.id()));
        }
        for problem in places.iter().filter(|problem| problem.code == code.id()).take(1) {
            all.push_str(&format!(
                "{} {}:{} {}\n",
                problem.code, problem.line, problem.column, problem.message
            ));
            all.push_str(&format!("        {}\n", problem.help.as_deref().unwrap_or("-")));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
    insta::assert_snapshot!("problems_of_the_pages", all);
}

#[test]
fn right_examples_are_right() {
    let mut wrong = Vec::new();
    for code in CODES {
        let page = runbook::explain(code.id()).expect("embedded");
        let Some((kind, text)) = example(page, "Right") else { continue };
        let (path, files) = compose(text, kind);
        let (found, _) = problems(path, &files);
        let bad: Vec<_> = found
            .iter()
            .filter(|d| {
                d.code == *code
                    || d.severity() == DiagnosticSeverity::Error && !d.code.id().starts_with("CUT09")
            })
            .map(|diagnostic| (diagnostic.code.id(), &diagnostic.message))
            .collect();
        if !bad.is_empty() {
            wrong.push(format!("{}: {bad:?}", code.id()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    let files = Folder::of_repository("runbooks");
    let loaded = load("library", &files, &Options::default());
    assert_eq!(loaded.diagnostics[0].code.id(), "CUT0007");
}
