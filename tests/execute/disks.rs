//! A disk that is full, and one that does not sync, under a run that goes: it stops before its next effect, says why, and
//! goes on once the disk is well.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use cutover_tests::Cutover;
use rustix::process::{Signal, geteuid};

use crate::conducted::Conducted;
use crate::defects::at_rest;
use crate::lanes::UNSYNCED;
use crate::runbook::{PAUSE, THE_END};
use crate::switch::Switch;
use crate::told::newest;
use crate::until;

crate::tests!(daily: a_full_disk_stops_a_run_before_its_next_effect, a_sync_that_fails_stops_a_run_before_its_next_effect; soak: );

/// A file system in memory, as large as its size says and no larger.
struct Disk(PathBuf);

impl Disk {
    /// `None`, with the reason printed, where this user may not mount one.
    fn mount(path: &Path, size: &str) -> Option<Disk> {
        if !geteuid().is_root() {
            println!("skipped: only root may mount a small file system");
            return None;
        }
        fs::create_dir(path).unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options.as_str(), "cutover-test"])
            .arg(path)
            .output()
            .unwrap();
        if !mounted.status.success() {
            println!("skipped: {}", String::from_utf8_lossy(&mounted.stderr).trim());
            return None;
        }
        Some(Disk(path.to_owned()))
    }

    /// Takes all that is left.
    fn fill(&self) {
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        let error = loop {
            if let Err(error) = ballast.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }

    fn make_space(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that a failed test has left there keeps it until it ends.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A switch whose next effect behind the pause is the stop of the consumers.
fn pausing(name: &str) -> Switch<'static> {
    let mut switch = at_rest(UNSYNCED, name);
    switch.runbook.insert("stop-consumers", "pause", PAUSE);
    switch.runbook.end_with("stop-consumers");
    switch.write();
    switch
}

const BEGIN: [&str; 5] = ["run", "runbook.yaml", "--env", "here", "--yes"];

fn at_the_pause(run: &mut Conducted) {
    run.until("it stands at the pause", |told| told.began("pause"));
}

/// Ends the pause from a second terminal, which is left to itself: the conductor may not be there to answer.
fn leave_done(switch: &Switch<'_>, runs: &Path, note: &str) -> Child {
    let (path, note) = (runs.display().to_string(), format!("note={note}"));
    let words = ["done", "last", "pause", "--as", "ilse", "--set", &note, "--runs-dir", &path];
    let files = ["out", "err"].map(|name| switch.folder.path().join(format!("done.{name}")));
    Cutover::new(words).within(switch.folder.path()).start(&files[0], &files[1])
}

fn is_stopped(run: &Conducted) -> usize {
    run.told().applied().into_iter().filter(|((step, _), _)| step == "stop-consumers").map(|(_, n)| n).sum()
}

/// Goes on with the run, whose next effect is done once, and ends it.
fn goes_on(switch: &Switch<'_>, runs: &Path) -> Conducted {
    let mut again = switch.conduct_in(runs, &["resume", "last", "--as", "ilse"], None, &[]);
    // What was asked for is still there, or is asked for again.
    again.until("it goes on", |told| told.events.iter().any(|event| event["event"] == "resumed"));
    if !again
        .told()
        .events
        .iter()
        .any(|event| event["event"] == "requested" && event["request"]["step"] == "pause")
    {
        switch.cutover_in(runs, &["done", "last", "pause", "--as", "ilse"]);
    }
    again.until("it has come to the end", |told| told.began(THE_END));
    assert_eq!(is_stopped(&again), 1);
    switch.cutover_in(runs, &["stand-down", "last", "--as", "ilse"]).exits(0);
    again.exits(5);
    again
}

fn a_full_disk_stops_a_run_before_its_next_effect() {
    let switch = pausing("full-disk");
    let Some(disk) = Disk::mount(&switch.folder.path().join("disk"), "8m") else { return };
    let runs = disk.0.join("runs");
    let mut run = switch.conduct_in(&runs, &BEGIN, None, &[]);
    at_the_pause(&mut run);

    // While it sleeps somebody answers, at a length no rest of a page holds, and the disk fills up.
    run.signal(Signal::STOP);
    let mut done = leave_done(&switch, &runs, &"x".repeat(9_000));
    let folder = newest(&runs).unwrap();
    until("the answer lies in the inbox", || {
        fs::read_dir(folder.join("inbox")).is_ok_and(|files| {
            files.flatten().any(|file| !file.file_name().to_string_lossy().starts_with('.'))
        })
    });
    disk.fill();
    run.signal(Signal::CONT);
    run.exits(1);
    done.kill().unwrap();
    done.wait().unwrap();
    assert!(run.said().contains("No space left on device"), "{}", run.said());
    assert_eq!(is_stopped(&run), 0, "it acted without a journal");
    let journal = fs::read(folder.join("journal.jsonl")).unwrap();
    let whole = journal.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let torn = &journal[whole..];
    assert!(!torn.is_empty(), "the last line was to be torn");

    // Without space it does not go on either, and says so.
    let refused = switch.cutover_in(&runs, &["resume", "last", "--as", "ilse"]);
    assert!(refused.code != 0 && refused.says("No space left on device"), "{refused:?}");
    assert_eq!(fs::read(folder.join("journal.jsonl")).unwrap(), journal, "nothing was repaired in passing");

    disk.make_space();
    let run = goes_on(&switch, &runs);
    let told = run.told();
    let resumed = told.events.iter().find(|event| event["event"] == "resumed").unwrap();
    let kept = resumed["torn"]["quarantine"].as_str().unwrap();
    assert_eq!(fs::read(folder.join(kept)).unwrap(), torn);
}

fn a_sync_that_fails_stops_a_run_before_its_next_effect() {
    let switch = pausing("failing-sync");
    let library = switch.folder.path().join("failing_sync.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("execute/failing_sync.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").output();
    assert!(compiled.as_ref().is_ok_and(|output| output.status.success()), "{compiled:?}");
    let (runs, fails) = (switch.runs(), switch.folder.path().join("fails"));
    let variables =
        [("LD_PRELOAD", library.display().to_string()), ("FAILING_SYNC", fails.display().to_string())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut run = switch.conduct_in(&runs, &BEGIN, None, &variables);
    at_the_pause(&mut run);
    fs::write(&fails, "").unwrap();
    let mut done = leave_done(&switch, &runs, "answered");
    run.exits(1);
    done.kill().unwrap();
    done.wait().unwrap();
    assert!(run.said().contains("Input/output error"), "{}", run.said());
    assert_eq!(is_stopped(&run), 0, "it acted, and nobody knows what of its journal is on the disk");
    fs::remove_file(&fails).unwrap();
    goes_on(&switch, &runs);
}
