//! Files as they should be, and as somebody might plant them.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use runbook::rehearsal::Rehearsed;
use runbook::world::{JournalsSeen, Reason};
use tempfile::TempDir;

use super::*;
use crate::{Scrubber, ServiceError, Until};

const GUARD: Duration = Duration::from_secs(60);

fn observe(folder: &Path, path: &str) -> Result<runbook::world::FileSeen, ServiceError> {
    observe_file(folder, path, Until::after(GUARD, &|| false))
}

/// A runbook's folder, with a file outside of it.
fn folder() -> TempDir {
    let top = TempDir::new().unwrap();
    std::fs::create_dir_all(top.path().join("runbook/sub")).unwrap();
    std::fs::create_dir_all(top.path().join("runbook-not")).unwrap();
    std::fs::write(top.path().join("outside"), "outside").unwrap();
    std::fs::write(top.path().join("runbook-not/x"), "x").unwrap();
    std::fs::write(top.path().join("runbook/network.md"), "abc").unwrap();
    std::fs::write(top.path().join("runbook/sub/deep.md"), "").unwrap();
    top
}

#[test]
fn digest_size_and_age() {
    let top = folder();
    let runbook = top.path().join("runbook");
    let seen = observe(&runbook, "./network.md").unwrap();
    assert_eq!((seen.path.as_str(), seen.bytes), ("./network.md", 3));
    assert_eq!(seen.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let modified = std::fs::metadata(runbook.join("network.md")).unwrap().modified().unwrap();
    assert_eq!(seen.modified, Some(modified.try_into().unwrap()));
    assert_eq!(observe(&runbook, "sub/deep.md").unwrap().bytes, 0);
}

#[test]
fn a_large_file_is_read_in_whole() {
    let top = folder();
    std::fs::write(top.path().join("runbook/large"), vec![b'a'; 1_000_000]).unwrap();
    let seen = observe(&top.path().join("runbook"), "large").unwrap();
    assert_eq!(seen.bytes, 1_000_000);
    // The well-known test vector: a million times the letter a.
    assert_eq!(seen.sha256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

#[test]
fn links_may_lead_about_but_not_out() {
    let top = folder();
    let runbook = top.path().join("runbook");
    symlink("sub/deep.md", runbook.join("inside")).unwrap();
    symlink(runbook.join("network.md"), runbook.join("inside-absolute")).unwrap();
    symlink("../outside", runbook.join("out")).unwrap();
    symlink("/etc", runbook.join("etc")).unwrap();
    symlink("circle", runbook.join("circle")).unwrap();
    assert_eq!(observe(&runbook, "inside").unwrap().bytes, 0);
    assert_eq!(observe(&runbook, "inside-absolute").unwrap().bytes, 3);
    for path in ["out", "etc/passwd", "../outside", "sub/../../outside", "../runbook-not/x", "sub/.."] {
        let error = observe(&runbook, path).unwrap_err();
        assert!(error.message.contains("leads out of the runbook's folder"), "{path}: {error}");
    }
    assert_eq!(observe(&runbook, "circle").unwrap_err().reason, Reason::Failed);
    let absolute = top.path().join("outside");
    assert_eq!(observe(&runbook, absolute.to_str().unwrap()).unwrap().bytes, 7);
}

#[test]
fn the_folder_itself_may_be_reached_by_a_link() {
    let top = folder();
    symlink("runbook", top.path().join("link")).unwrap();
    assert_eq!(observe(&top.path().join("link"), "network.md").unwrap().bytes, 3);
}

#[test]
fn what_is_no_file_is_refused_and_nothing_waits() {
    let top = folder();
    let runbook = top.path().join("runbook");
    let fifo = runbook.join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .unwrap();
    for (path, part) in [
        ("nowhere.md", "entity not found"),
        ("fifo", "no regular file"),
        ("sub", "no regular file"),
        ("/dev/zero", "no regular file"),
        ("", "no path"),
        ("a\0b", "no path"),
    ] {
        let error = observe(&runbook, path).unwrap_err();
        assert_eq!(error.reason, Reason::Failed);
        assert!(error.message.contains(part), "{path}: {error}");
    }
    assert!(!observe(&runbook, "a\u{1b}[31m").unwrap_err().message.contains('\u{1b}'));
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let top = folder();
    let file = std::fs::File::create(top.path().join("runbook/huge")).unwrap();
    file.set_len(crate::limits::FILE_BYTES + 1).unwrap();
    let error = observe(&top.path().join("runbook"), "huge").unwrap_err();
    assert_eq!(error.reason, Reason::OverBudget);
}

#[test]
fn a_file_that_changes_while_it_is_read_has_no_digest() {
    let top = folder();
    let path = top.path().join("runbook/growing");
    std::fs::write(&path, vec![0; 600_000]).unwrap();
    // Each look at the clock is between two reads.
    let looks = std::cell::Cell::new(0);
    let grow = || {
        looks.set(looks.get() + 1);
        if looks.get() > 2 {
            return false;
        }
        let mut content = std::fs::read(&path).unwrap();
        content.push(1);
        std::fs::write(&path, content).unwrap();
        false
    };
    let error = observe_file(&top.path().join("runbook"), "growing", Until::after(GUARD, &grow)).unwrap_err();
    assert_eq!(error.reason, Reason::Changed);
}

#[test]
fn a_stopped_run_reads_nothing() {
    let top = folder();
    let error =
        observe_file(&top.path().join("runbook"), "network.md", Until::after(GUARD, &|| true)).unwrap_err();
    assert_eq!(error.reason, Reason::Stopped);
}

/// As `cutover rehearse` writes it, as small as it can be.
fn rehearsal() -> serde_json::Value {
    serde_json::json!({
        "format": "cutover/rehearsal/v1", "runbook": "settlement", "environment": "lab", "environment_digest": "e",
        "plan_digest": "p", "rollback_plan": "back", "parts": { "step fence": "f1" }, "workload": "mirrored", "answers": "people",
        "began": "2026-12-01T00:00:00Z", "ended": "2026-12-01T01:00:00Z",
        "points": [{
            "point": "soak", "past_commit_point": true, "run": "r", "head": "h", "reached": true, "rolled_back": true,
            "outcome": "back", "steps": [], "stall_ms": 1, "stall_back_ms": null, "replayed": 0,
            "born_on_target": null, "rollback_ms": 2, "answers": [], "dirty": ["payments"]
        }],
        "faults": [], "elements": {}, "crash_matrix": []
    })
}

#[test]
fn a_rehearsal_is_read_whole_and_masked() {
    let top = TempDir::new().unwrap();
    let scrubber = Scrubber::default();
    scrubber.learn("hunter22");
    let read = |text: &str| {
        std::fs::write(top.path().join("rehearsal.json"), text).unwrap();
        // Its runs are asked about what is written, not about what is shown.
        let against = |path: &Path, told: &Rehearsed| {
            assert_eq!(path, top.path().join("rehearsal.json"));
            JournalsSeen::Differ { why: told.points[0].outcome.clone() }
        };
        let until = Until::after(GUARD, &|| false);
        read_rehearsal(top.path(), "rehearsal.json", &scrubber, until, &against).unwrap()
    };
    let mut json = rehearsal();
    json["points"][0]["outcome"] = "held by hunter22, password=sesame99".into();
    json["elements"]["hunter22"] = serde_json::json!({ "covered": true, "why": "" });
    let seen = read(&json.to_string());
    let told = seen.rehearsed.unwrap();
    assert_eq!(
        (seen.unreadable, told.points[0].dirty.as_slice()),
        (None, ["payments".to_owned()].as_slice())
    );
    assert_eq!(told.parts["step fence"], "f1");
    let shown = serde_json::to_string(&told).unwrap();
    assert!(!shown.contains("hunter22") && !shown.contains("sesame99"), "{shown}");
    let JournalsSeen::Differ { why } = seen.journals else { panic!("it was not held against its runs") };
    assert!(why.starts_with("held by") && !why.contains("hunter22"), "{why}");

    let no_rehearsal = |text: &str, why: &str| {
        let seen = read(text);
        assert!(seen.rehearsed.is_none() && seen.unreadable.unwrap().contains(why), "{text:.60}");
    };
    no_rehearsal("", "empty");
    no_rehearsal("{", "ends too early");
    no_rehearsal("{}", "not of the format cutover/rehearsal/v1");
    json["format"] = "cutover/rehearsal/v9".into();
    no_rehearsal(&json.to_string(), "not of the format cutover/rehearsal/v1");
    let mut json = rehearsal();
    json.as_object_mut().unwrap().remove("points");
    no_rehearsal(&json.to_string(), "missing field `points`");
    let twice = rehearsal().to_string().replacen('{', r#"{"plan_digest":"other","#, 1);
    no_rehearsal(&twice, "given twice");
    let mut json = rehearsal();
    json["runbook"] = "a".repeat(1024 * 1024).into();
    no_rehearsal(&json.to_string(), "larger than 1024 KiB");
}
