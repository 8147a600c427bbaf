//! `cutover lab` as a user meets it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

fn cutover(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cutover")).arg("lab").args(args).arg("--dir").arg(dir).output().unwrap()
}

fn good(dir: &Path, args: &[&str]) -> Output {
    let output = cutover(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The files of this machine.
struct Disk;

impl runbook::syntax::Files for Disk {
    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, runbook::syntax::FileError> {
        std::fs::read(path).map_err(|error| runbook::syntax::FileError::Unreadable(error.to_string()))
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).is_file()
    }
}

/// Takes the lab down also when the test fails.
struct Down<'a>(&'a Path);

impl Drop for Down<'_> {
    fn drop(&mut self) {
        cutover(self.0, &["down"]);
    }
}

#[test]
fn a_lab_is_started_used_by_an_application_and_taken_down() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("lab");
    assert_eq!(cutover(&dir, &["status"]).status.code(), Some(1));
    good(&dir, &["down"]);

    let _down = Down(&dir);
    let first = good(&dir, &["up", "--replicator", "none", "-o", "json"]);
    let described = json(&first);
    assert_eq!(keys(&described), ["dir", "site", "source", "target", "connect"]);
    for side in ["source", "target"] {
        assert_eq!(
            keys(&described[side]),
            ["bootstrap", "sasl_bootstrap", "properties", "cluster_id", "version"]
        );
        assert!(Path::new(described[side]["properties"].as_str().unwrap()).is_file());
    }
    assert!(Path::new(described["site"].as_str().unwrap()).is_file());
    let site = described["site"].as_str().unwrap();
    let loaded = runbook::load::load(site, &Disk, &runbook::load::Options::default());
    assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    assert!(loaded.document.is_some());
    let again = good(&dir, &["up", "-o", "json"]);
    assert_eq!(json(&again), described);
    assert!(String::from_utf8_lossy(&again.stderr).contains("runs already"));

    // An application writes and reads with a ledger, and stops when it is told.
    let missing = cutover(
        &dir,
        &[
            "app",
            "start",
            "--name",
            "settlement",
            "--cluster",
            "source",
            "--consume",
            "orders",
            "--group",
            "settlement",
        ],
    );
    assert_eq!(missing.status.code(), Some(1));
    good(
        &dir,
        &[
            "app",
            "start",
            "--name",
            "checkout",
            "--cluster",
            "source",
            "--produce",
            "orders",
            "--user",
            "checkout",
        ],
    );
    good(
        &dir,
        &[
            "app",
            "start",
            "--name",
            "settlement",
            "--cluster",
            "source",
            "--consume",
            "orders",
            "--group",
            "settlement",
        ],
    );
    good(&dir, &["app", "stop", "--name", "checkout"]);
    let end = Instant::now() + Duration::from_secs(60);
    let ledger = loop {
        let ledger = json(&good(&dir, &["app", "ledger", "-o", "json"]));
        if ledger["groups"][0]["pending"] == 0 || Instant::now() > end {
            break ledger;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let line = &ledger["groups"][0];
    assert_eq!(line["processed"], ledger["produced"], "{ledger}");
    assert!(ledger["produced"].as_u64().unwrap() > 0);
    assert_eq!((&line["lost"], &line["duplicated"]), (&Value::from(0), &Value::from(0)));
    good(&dir, &["app", "stop", "--name", "settlement"]);

    // Stopped applications are no fault of the lab.
    good(&dir, &["status"]);
    good(&dir, &["topic", "accounts", "--partitions", "1"]);
    good(&dir, &["produce", "accounts", "--count", "50"]);
    good(&dir, &["commit", "--group", "payments", "accounts:0:20"]);
    assert_eq!(cutover(&dir, &["commit", "--group", "payments", "accounts:20"]).status.code(), Some(2));

    good(&dir, &["down"]);
    assert!(!dir.exists());
}

#[test]
fn a_directory_with_other_files_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    let output = cutover(dir.path(), &["up"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("thesis.txt"));
    good(dir.path(), &["down"]);
    assert!(dir.path().join("thesis.txt").exists());
}
