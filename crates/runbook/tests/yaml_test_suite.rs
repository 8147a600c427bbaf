//! The yaml-test-suite's documents, each fed as a runbook: no panic, no hang, and never taken for a clean one.
//!
//! The suite is not part of this repository. `YAML_TEST_SUITE=DIR` names a checkout of its branch `data`; `make soak`
//! then runs this.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use runbook::load::{Options, lint_report, load};
use runbook::syntax::{FileError, Files};

/// Ten times the second a file may take.
const HANG: Duration = Duration::from_secs(10);

/// One document, whatever it is asked by.
struct Only(Vec<u8>);

impl Files for Only {
    fn read(&self, _: &str, _: u64) -> Result<Vec<u8>, FileError> {
        Ok(self.0.clone())
    }

    fn exists(&self, _: &str) -> bool {
        true
    }
}

fn documents(dir: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        // `name` and `tags` hold links to the same cases.
        if path.is_dir() && !path.is_symlink() {
            documents(&path, found);
        } else if path.ends_with("in.yaml") {
            found.push(path);
        }
    }
}

#[test]
#[ignore = "needs the suite's files: YAML_TEST_SUITE=DIR"]
fn every_document_of_the_suite_is_refused_in_time() {
    let dir = std::env::var_os("YAML_TEST_SUITE").expect("YAML_TEST_SUITE names a checkout of the suite");
    let mut found = Vec::new();
    documents(Path::new(&dir), &mut found);
    assert!(found.len() >= 350, "{} documents: not the suite's branch `data`", found.len());
    let mut longest = (Duration::ZERO, PathBuf::new());
    for path in &found {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let begun = Instant::now();
        let loaded = load("runbook.yaml", &Only(bytes), &Options::default());
        let report = lint_report([&loaded]);
        let took = begun.elapsed();
        assert!(took < HANG, "{took:?} for {}", path.display());
        let problems: usize = report.files.iter().map(|file| file.diagnostics.len()).sum();
        assert!(problems > 0, "{} passes for a runbook", path.display());
        assert!(runbook::plan(&loaded).is_err(), "{} has a plan", path.display());
        if took > longest.0 {
            longest = (took, path.clone());
        }
    }
    eprintln!("{} documents, the longest {:?} ({})", found.len(), longest.0, longest.1.display());
}
