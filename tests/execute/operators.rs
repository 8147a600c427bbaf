//! Two people, two terminals, signals, and files that change under a run.

use std::time::Duration;

use cutover_tests::matches_schema;
use rustix::process::Signal;

use crate::conducted::Conducted;
use crate::defects::at_rest;
use crate::lanes::UNSYNCED;
use crate::runbook::PAUSE;
use crate::snapshot::Snapshot;
use crate::switch::Switch;
use crate::told::newest;
use crate::until;

crate::tests!(daily: a_second_run_of_the_unit_is_refused_and_the_holder_named, a_second_conductor_of_the_groups_is_refused_whatever_its_folder_and_unit_are_called, a_changed_runbook_is_refused_at_resume_and_an_edited_journal_too, sigint_leaves_an_orderly_run_that_resume_finishes, a_process_that_slept_goes_on, hold_and_resume_from_a_second_terminal, status_beside_the_run_and_after_it_was_killed, a_dry_run_says_every_effect_with_its_way_back_and_changes_nothing, a_dry_run_that_was_left_is_not_gone_on_with_in_earnest; soak: );

/// A run that stands at a pause, with its applications stopped.
fn standing(name: &str) -> (Switch<'static>, Conducted) {
    let mut switch = at_rest(UNSYNCED, name);
    switch.runbook.insert("fence", "pause", PAUSE);
    switch.runbook.end_with("fence");
    let mut run = switch.run(&[]);
    run.until("it stands at the pause", |told| told.began("pause"));
    (switch, run)
}

/// Ends the pause and sees the run to its end.
fn finish(switch: &Switch<'_>, run: &mut Conducted) {
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    switch.ends(run);
}

fn a_second_run_of_the_unit_is_refused_and_the_holder_named() {
    let (switch, mut run) = standing("two-runs");
    let second = switch.cutover(&["run", "runbook.yaml", "--env", "here", "--yes"]).exits(1);
    let held = format!("unit {} is being run by process ", switch.runbook.unit);
    assert!(second.says(&held), "{second:?}");
    finish(&switch, &mut run);
}

/// Two folders of runs on one machine, and a copied runbook whose unit has another name: what they have in common are the
/// clusters and the group.
fn a_second_conductor_of_the_groups_is_refused_whatever_its_folder_and_unit_are_called() {
    let (switch, mut run) = standing("two-folders");
    let elsewhere = switch.folder.path().join("runs-elsewhere");
    let copied = switch.folder.path().join("copied.yaml");
    let text = std::fs::read_to_string(switch.folder.path().join("runbook.yaml")).unwrap();
    let (unit, other) = (format!("  {}:\n", switch.runbook.unit), "  another-name:\n");
    assert!(text.contains(&unit), "{text}");
    std::fs::write(&copied, text.replace(&unit, other)).unwrap();
    let id = newest(&switch.runs()).unwrap();
    let held = format!(
        "group {} of cluster {} is being moved by run {} in {} (",
        switch.group(),
        switch.source().cluster_id,
        id.file_name().unwrap().display(),
        id.display()
    );
    let begin = |file: &'static str, more: &'static [&'static str]| {
        let all: Vec<&str> = ["run", file, "--env", "here"].iter().chain(more).copied().collect();
        switch.cutover_in(&elsewhere, &all)
    };
    for file in ["runbook.yaml", "copied.yaml"] {
        for how in [&["--yes"][..], &["--effects", "print"][..]] {
            let second = begin(file, how).exits(1);
            assert!(second.says(&held) && second.says("cutover stand-down"), "{second:?}");
        }
    }
    assert!(newest(&elsewhere).is_none(), "who may not begin leaves no run");
    // What changes nothing is let through, to the end.
    begin("copied.yaml", &["--dry-run"]).exits(0);
    finish(&switch, &mut run);

    // Whoever was killed stands in nobody's way, in whatever folder: the lock went with the process.
    let mut second = switch.conduct_in(
        &elsewhere,
        &["run", "copied.yaml", "--env", "here", "--yes"],
        newest(&elsewhere),
        &[],
    );
    second.until("it begins", |told| told.began("pause"));
    let refused = switch.cutover(&["run", "runbook.yaml", "--env", "here", "--yes"]).exits(1);
    assert!(refused.says("is being moved by run"), "{refused:?}");
    second.kill();
    let mut back = switch.conduct_in(&elsewhere, &["stand-down", "last", "--as", "ilse"], None, &[]);
    back.exits(5);
}

fn a_changed_runbook_is_refused_at_resume_and_an_edited_journal_too() {
    let (switch, run) = standing("changed");
    run.kill();
    let runbook = switch.folder.path().join("runbook.yaml");
    let text = std::fs::read_to_string(&runbook).unwrap();
    std::fs::write(&runbook, text.replace("timeout: { total: 45s }", "timeout: { total: 46s }")).unwrap();
    let refused = switch.cutover(&["resume", "last", "--as", "ilse"]).exits(1);
    assert!(refused.says("runbook.yaml was changed since the run was planned"), "{refused:?}");
    std::fs::write(&runbook, &text).unwrap();

    let journal = newest(&switch.runs()).unwrap().join("journal.jsonl");
    let lines = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, lines.replacen("\"stop-producers\"", "\"stop-producerz\"", 1)).unwrap();
    let refused = switch.cutover(&["resume", "last", "--as", "ilse"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.says("was changed after it was written"), "{refused:?}");
    std::fs::write(&journal, &lines).unwrap();

    let mut run = switch.resume();
    run.until("it goes on", |told| told.events.iter().any(|event| event["event"] == "resumed"));
    finish(&switch, &mut run);
}

fn sigint_leaves_an_orderly_run_that_resume_finishes() {
    let (switch, mut run) = standing("interrupted");
    run.signal(Signal::INT);
    run.exits(1);
    assert!(run.said().contains("nothing is lost"), "{}", run.said());
    let status = switch.cutover(&["status", "last"]).exits(1);
    assert!(status.says("interrupted"), "{status:?}");
    let mut run = switch.resume();
    run.until("it goes on", |told| told.events.iter().any(|event| event["event"] == "resumed"));
    finish(&switch, &mut run);
}

fn a_process_that_slept_goes_on() {
    let (switch, mut run) = standing("slept");
    run.signal(Signal::STOP);
    // What is awaited is the sleep itself: nothing can be seen of a process that stands still.
    std::thread::sleep(Duration::from_secs(20));
    run.signal(Signal::CONT);
    finish(&switch, &mut run);
}

fn hold_and_resume_from_a_second_terminal() {
    let (switch, mut run) = standing("held");
    switch.cutover(&["hold", "last", "--as", "omar"]).exits(0);
    let status = switch.cutover(&["status", "last", "--one-line"]).exits(1);
    assert!(status.says("held"), "{status:?}");
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    assert!(!run.told().began("fence"), "it went on while it was held");
    switch.cutover(&["resume", "last", "--as", "omar"]).exits(0);
    switch.ends(&mut run);
}

fn status_beside_the_run_and_after_it_was_killed() {
    let (switch, run) = standing("status");
    let text = switch.cutover(&["status", "last"]).exits(0);
    assert!(text.says("pause") && text.says("Go on"), "{text:?}");
    let line = switch.cutover(&["status", "last", "--one-line"]).exits(0);
    assert_eq!(line.stdout.trim_end().lines().count(), 1, "{line:?}");
    let json = switch.cutover(&["status", "last", "-o", "json"]).exits(0).json();
    matches_schema("status", &json);
    assert_eq!(json["going"], "going forward");
    run.kill();
    let json = switch.cutover(&["status", "last", "-o", "json"]).exits(1).json();
    matches_schema("status", &json);
    assert_eq!(json["going"], "left by its process");
    switch.cutover(&["stand-down", "last", "--as", "ilse"]).exits(5);
}

fn a_dry_run_says_every_effect_with_its_way_back_and_changes_nothing() {
    let switch = Switch::in_lane(UNSYNCED, "dry");
    switch.with_log(600);
    switch.at_work();
    until("both work", || switch.running().len() == 2);
    let before = Snapshot::of(&switch);
    let mut run = switch.run(&["--dry-run"]);
    let exit = run.exit();
    let said = run.said();
    assert_eq!(exit, 0, "{said}");
    let group = switch.group();
    for text in [
        "would: run ./app.sh stop source/",
        "back: run ./app.sh start source/",
        "would: set topics.exclude of connector unsynced-source",
        "back: set topics.exclude of connector unsynced-source",
        &format!("would be refused now: group {group}"),
        &format!("would: commit the exact positions of group {group} on target"),
        "would: run ./app.sh start target/",
        "back: run ./app.sh stop target/",
        "dry run: walked through to the end; nothing was changed",
    ] {
        assert!(said.contains(text), "`{text}` is not in\n{said}");
    }
    assert_eq!(Snapshot::of(&switch), before);
    assert!(run.told().applied().is_empty());
}

fn a_dry_run_that_was_left_is_not_gone_on_with_in_earnest() {
    let switch = at_rest(UNSYNCED, "dry-left");
    let before = Snapshot::of(&switch);
    let mut run = switch.run(&["--dry-run"]);
    run.until("it walks", |told| told.began("stop-producers"));
    run.kill();
    let refused = switch.cutover(&["resume", "last", "--as", "ilse"]).exits(1);
    assert!(refused.says("is a dry run"), "{refused:?}");
    assert_eq!(Snapshot::of(&switch), before);
}
