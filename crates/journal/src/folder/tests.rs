use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn folders_are_0700_and_files_0600() {
    let top = tempfile::tempdir().unwrap();
    let folder = Folder::open_or_make(&top.path().join("a/runs")).unwrap().make("run").unwrap();
    folder.write("scorecard.json", b"{}").unwrap();
    assert_eq!(mode(&top.path().join("a")), 0o700);
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(&folder.path().join("scorecard.json")), 0o600);
    assert_eq!(folder.names().unwrap(), ["scorecard.json"], "no temporary file is left");
}

#[test]
fn a_symlink_is_not_followed() {
    let top = tempfile::tempdir().unwrap();
    let secret = top.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let folder = Folder::open_or_make(&top.path().join("run")).unwrap();
    symlink(&secret, folder.path().join("journal.jsonl")).unwrap();
    symlink(top.path(), folder.path().join("evidence")).unwrap();
    assert!(folder.read("journal.jsonl", 100).is_err());
    assert!(folder.open_to_append("journal.jsonl", false).is_err());
    assert!(folder.sub("evidence").is_err());
    folder.write("journal.jsonl", b"ours").unwrap();
    assert_eq!(
        std::fs::read(&secret).unwrap(),
        b"secret",
        "writing replaces the link, not what it points to"
    );
}

#[test]
fn a_pipe_in_a_files_place_is_refused_and_not_waited_for() {
    let top = tempfile::tempdir().unwrap();
    let folder = Folder::open(top.path()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(top.path().join("journal.jsonl")).status().unwrap();
    assert!(made.success());
    assert!(folder.read("journal.jsonl", 100).is_err());
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let top = tempfile::tempdir().unwrap();
    let folder = Folder::open(top.path()).unwrap();
    folder.write("big", &[b'x'; 101]).unwrap();
    assert!(folder.read("big", 100).is_err());
    assert_eq!(folder.read("big", 101).unwrap().unwrap().len(), 101);
    assert_eq!(folder.read("absent", 100).unwrap(), None);
}
