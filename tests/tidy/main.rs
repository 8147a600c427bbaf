//! The repository's own rules, as tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says why by panicking")]

mod crates;
mod faults;
mod files;
mod words;

use std::path::{Path, PathBuf};

/// A file of the repository that is not generated and not a build product.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the repository.
    pub path: PathBuf,
    pub text: String,
}

/// Every Rust file below `crates/` and `tests/`.
pub fn rust_files() -> Vec<SourceFile> {
    let top = cutover_tests::repository();
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        walk(&top, &top.join(folder), &mut found);
    }
    assert!(found.len() > 20, "the walk found only {} files", found.len());
    found
}

fn walk(top: &Path, folder: &Path, found: &mut Vec<SourceFile>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target" && name != "fixtures") {
                walk(top, &path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(SourceFile { path: path.strip_prefix(top).unwrap().to_owned(), text });
        }
    }
}
