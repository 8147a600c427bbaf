//! The pages in `docs/kinds` are what the code says; `make generate` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use runbook::checks::{KINDS, manual_index, manual_page};

#[test]
fn the_pages_of_the_kinds_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/kinds");
    let mut pages: BTreeMap<String, String> = KINDS
        .iter()
        .filter(|kind| kind.built)
        .map(|kind| (format!("{}.md", kind.name), manual_page(kind)))
        .collect();
    pages.insert("README.md".to_owned(), manual_index());
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
        assert!(written[&name] == page, "docs/kinds/{name} is stale: run `make generate`");
    }
}
