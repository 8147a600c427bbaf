//! Going back after the switch: what was done on the target within the copy is not done again, nothing of the source is
//! lost, and what was born on the target is counted.

use std::collections::BTreeSet;

use cutover_tests::{Cutover, matches_schema};
use lab::{Entry, GroupLedger, Ledger, Side};
use serde_json::Value;

use crate::conducted::Conducted;
use crate::lanes::{SYNCED, UNSYNCED};
use crate::runbook::THE_END;
use crate::switch::Switch;
use crate::{own_lab, until};

crate::tests!(daily: a_group_inside_the_copy_goes_back_to_exactly_there, a_group_in_records_born_on_the_target_goes_on_from_the_end, killed_on_the_way_back_it_goes_on_and_never_forward; soak: without_the_target_only_its_last_seconds_come_again, a_target_that_was_gone_when_it_began_and_comes_back_is_asked_after_all);

/// A switch that went past its commit point and works on the target.
pub fn handed_over(lane: &'static str, name: &str, pace: f64) -> (Switch<'static>, Conducted) {
    let mut switch = Switch::in_lane(lane, name);
    switch.pace = pace;
    let run = hand_over(&mut switch, lane == SYNCED);
    (switch, run)
}

fn hand_over(switch: &mut Switch<'_>, is_synced: bool) -> Conducted {
    switch.runbook.observe = "5s".to_owned();
    if is_synced {
        // With its group sync on, the replicator moves commits on the target for as long as the source is read.
        switch.runbook.observed_by = "cluster-health";
    }
    switch.runbook.end_with("first-records");
    switch.with_log(3_000);
    switch.at_work();
    let mut run = switch.run(&[]);
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.until("it works on the target", |told| told.began(THE_END));
    run
}

/// What the applications wrote down themselves.
pub fn entries(switch: &Switch<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for app in [switch.group(), switch.producer()] {
        let path = switch.dir().join("apps").join(app).join("ledger.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        entries.extend(whole.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap()));
    }
    entries
}

/// Ids of the records that were written on one side and acknowledged there.
pub fn born_on(entries: &[Entry], of: Side) -> BTreeSet<String> {
    let ids = entries.iter().filter_map(|entry| match entry {
        Entry::Produced { id, side, .. } if *side == of => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

/// What the group did with the records of the source alone.
pub fn of_the_source(switch: &Switch<'_>) -> GroupLedger {
    let mut entries = entries(switch);
    let born = born_on(&entries, Side::Target);
    entries.retain(|entry| match entry {
        Entry::Produced { id, .. } | Entry::Processed { id, .. } => !born.contains(id),
        _ => true,
    });
    Ledger::of(&entries).group(switch.group(), switch.topic()).cloned().unwrap_or_default()
}

fn processed_on(switch: &Switch<'_>, of: Side) -> usize {
    let all = entries(switch);
    all.iter().filter(|entry| matches!(entry, Entry::Processed { side, .. } if *side == of)).count()
}

/// Both applications have worked on the target.
pub fn has_worked(switch: &Switch<'_>) {
    until("both applications work on the target", || {
        born_on(&entries(switch), Side::Target).len() >= 400 && processed_on(switch, Side::Target) >= 100
    });
}

/// Whoever owns the unit gives up what was born on the target.
pub fn signs(switch: &Switch<'_>, run: &mut Conducted) {
    run.until("the owner is asked", |told| told.began("back/discard"));
    let arguments = ["go", "last", "--at", "back/discard", "--role", "app_owner", "--as", "mina"];
    switch.cutover(&arguments).exits(0);
}

/// Everything a way back past the commit point has to leave behind.
fn is_back(switch: &Switch<'_>, name: &str) {
    assert_eq!(
        switch.running().into_iter().map(|(_, side)| side).collect::<Vec<_>>(),
        [Side::Source, Side::Source],
        "{name}: {:?}",
        switch.running()
    );
    let told = switch.told();
    let find = |word: &str| told.events.iter().filter(|event| event["event"] == word).collect::<Vec<_>>();
    let moves: Vec<(String, String)> = find("authority-moved")
        .iter()
        .map(|event| (event["from"].as_str().unwrap().to_owned(), event["to"].as_str().unwrap().to_owned()))
        .collect();
    let words = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(moves, [words("source", "target"), words("target", "source")], "{name}");
    assert_eq!(find("dirtied").len(), 1, "{name}");
    assert!(!find("followed").is_empty(), "{name}: nothing was written down of the target");
    let turned = told.events.iter().position(|event| event["event"] == "unwind-started").unwrap();
    let forward = |event: &&Value| {
        event["event"] == "command-started" && !event["step"].as_str().unwrap().starts_with("back/")
    };
    assert!(!told.events[turned..].iter().any(|event| forward(&event)), "{name}: it went forward again");

    // What the applications wrote down: those of the source once each, those of the target as the ledger counts them.
    switch.stop_app(switch.producer()).unwrap();
    switch.stop_app(switch.group()).unwrap();
    let born = born_on(&entries(switch), Side::Target).len();
    let ledger = find("ledger-cut");
    let counted: u64 = ledger
        .iter()
        .flat_map(|event| event["ledger"]["partitions"].as_array().unwrap())
        .map(|partition| partition["records"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, born as u64, "{name}: {ledger:?}");
    let exported = switch.cutover(&["report", "last", "--target-born"]);
    assert!(exported.code == 0 && exported.stdout.contains("\"records\""), "{exported:?}");
    matches_schema("target-born", &exported.json());
    let lab = switch.dir().display().to_string();
    let told = Cutover::new(["lab", "app", "ledger", "-o", "json", "--dir", &lab]).run().exits(0);
    matches_schema("lab-ledger", &told.json());
    switch.start(&lab::AppSpec { pace: 0.0, ..switch.consumer(Side::Source) });
    until("everything of the source is processed", || of_the_source(switch).pending == 0);
    switch.stop_app(switch.group()).unwrap();
    let line = of_the_source(switch);
    println!(
        "{name}: {} of the source processed, {} lost, {} repeated; {born} born on the target",
        line.processed, line.lost, line.duplicated
    );
    assert_eq!((line.lost, line.duplicated, line.foreign), (0, 0, 0), "{name}: {line:?}");

    // The target is no copy any more, and nobody begins again over it.
    let again = switch.run(&[]).exit_and_said();
    assert_eq!(again.0, 1, "{}", again.1);
    assert!(again.1.contains("is dirty: run") && again.1.contains(switch.topic()), "{}", again.1);
}

pub fn goes_back(switch: &Switch<'_>, run: &mut Conducted, name: &str) {
    switch.cutover(&["rollback", "last", "--as", "ana"]).exits(0);
    signs(switch, run);
    run.exits(5);
    is_back(switch, name);
}

/// Commits that were to be landed on the source: by partition, where to. A step that was tried again proposes only what
/// is left.
fn landed(switch: &Switch<'_>) -> Vec<(i64, i64)> {
    let told = switch.told();
    let proposed = told.of_step("proposed", "back/offsets-back");
    let changes = proposed.iter().filter_map(|event| event["changes"]["changes"].as_array()).flatten();
    let commits = changes.filter_map(|change| change["command"]["commits"].as_array()).flatten();
    commits
        .map(|commit| (commit["partition"].as_i64().unwrap(), commit["to"]["offset"].as_i64().unwrap()))
        .collect()
}

/// Past the commit point it is told whether the unit can still go back, until when, and why: to whoever asks, and on the
/// conductor's own terminal.
fn the_clock_runs(switch: &Switch<'_>, run: &Conducted) {
    let status = switch.cutover(&["status", "last", "-o", "json"]);
    let told: Value = serde_json::from_str(&status.stdout).unwrap();
    let clock = &told["way_back"][0];
    assert_eq!((&told["past_commit_point"], &clock["state"]), (&true.into(), &"open".into()), "{told}");
    let causes = ["retention.ms", "retention.bytes", "offset expiry"];
    assert!(causes.iter().any(|cause| clock["cause"] == *cause) && clock["until"].is_string(), "{clock}");
    let line = switch.cutover(&["status", "last", "--one-line"]).stdout;
    assert!(line.contains("; way back ") && !line.contains("way back not known"), "{line}");
    let said = run.said();
    let said_so = |line: &str| line.contains("way back") && line.contains(": yes, until ");
    assert!(said.lines().any(said_so) && !said.contains("NOT KNOWN here"), "{said}");
}

/// The report of a run that is back: from where its groups went on, and that it was tried.
fn it_was_tried(switch: &Switch<'_>) {
    let report = switch.cutover(&["report", "last", "--format", "md"]).stdout;
    assert!(report.contains("landed on the source by back/offsets-back"), "{report}");
    assert!(report.contains("This run went back past the commit point"), "{report}");
    assert!(report.contains("no rehearsal is known to this run"), "{report}");
}

fn a_group_inside_the_copy_goes_back_to_exactly_there() {
    // So slow that most of the copy is still before it.
    let (switch, mut run) = handed_over(UNSYNCED, "past-inside", 15.0);
    has_worked(&switch);
    the_clock_runs(&switch, &run);
    goes_back(&switch, &mut run, "inside the copy");
    it_was_tried(&switch);
    let ends = switch.source().watermarks(switch.topic()).unwrap();
    let landed = landed(&switch);
    let inside =
        |(partition, offset): &(i64, i64)| *offset < ends[&i32::try_from(*partition).unwrap()].1 - 100;
    let proposed = || {
        switch
            .told()
            .of_step("proposed", "back/offsets-back")
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert!(landed.iter().any(inside), "{landed:?} in {ends:?}: {:#?}", proposed());
}

fn a_group_in_records_born_on_the_target_goes_on_from_the_end() {
    let (switch, mut run) = handed_over(SYNCED, "past-beyond", 2_000.0);
    until("the group is in records born on the target", || {
        let entries = entries(&switch);
        let born = born_on(&entries, Side::Target);
        let of_it = |entry: &&Entry| matches!(entry, Entry::Processed { id, .. } if born.contains(id));
        entries.iter().filter(of_it).count() >= 200
    });
    goes_back(&switch, &mut run, "beyond the copy");
}

fn killed_on_the_way_back_it_goes_on_and_never_forward() {
    let (switch, mut run) = handed_over(UNSYNCED, "past-killed", 100.0);
    has_worked(&switch);
    switch.cutover(&["rollback", "last", "--as", "ana"]).exits(0);
    run.until("the target is fenced", |told| told.is_done("back/fence-target"));
    run.kill();
    let mut run = switch.conduct(&["resume", "last", "--as", "ana"], None);
    signs(&switch, &mut run);
    run.until("positions are landed", |told| told.began("back/offsets-back"));
    run.kill();
    let mut run = switch.conduct(&["rollback", "last", "--as", "ana"], None);
    run.exits(5);
    is_back(&switch, "killed twice on the way back");
}

/// Records that the group processed on one side.
fn ids_processed_on(switch: &Switch<'_>, of: Side) -> BTreeSet<String> {
    let entries = entries(switch);
    let ids = entries.iter().filter_map(|entry| match entry {
        Entry::Processed { id, side, .. } if *side == of => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

fn without_the_target_only_its_last_seconds_come_again() {
    let lab = own_lab();
    let mut switch = Switch::in_lab(&lab, "own", "past-alone");
    switch.pace = 40.0;
    switch.runbook.target_born = "carried".to_owned();
    let mut run = hand_over(&mut switch, true);
    has_worked(&switch);
    run.until("the target was looked at", |told| {
        told.events.iter().filter(|event| event["event"] == "followed").count() >= 3
    });
    run.kill();
    let on_target = ids_processed_on(&switch, Side::Target).len();
    switch.kill(&switch.cluster(Side::Target).brokers[0].server).unwrap();
    let mut run = switch.conduct(&["rollback", "last", "--as", "ana"], None);
    // Nobody can count what was born there.
    run.until("the owner is asked", |told| told.began("back/carry"));
    switch.cutover(&["go", "last", "--at", "back/carry", "--role", "app_owner", "--as", "mina"]).exits(0);
    // A minute for the target, and two for the replicator's worker, which keeps what it knows there: the source is at
    // work long before.
    run.until("the source is at work", |told| !told.of_step("step-undone", "stop-producers").is_empty());
    // What it is observed by looks at both clusters: nobody can say that it is good.
    run.exits(1);
    let said = switch.told().said("back/observe");
    assert!(said.contains("cluster-health is unknown"), "{said}");
    lab.start(&switch.cluster(Side::Target).brokers[0].server).unwrap();
    until("the target answers", || switch.target().watermarks(switch.topic()).is_ok());
    let mut run = switch.resume();
    run.exits(6);
    let told = switch.told();
    let stuck: Vec<&str> = told
        .events
        .iter()
        .filter(|event| event["event"] == "step-undone" && event["stuck"].is_string())
        .filter_map(|event| event["step"].as_str())
        .collect();
    assert_eq!(stuck, ["stop-flow"]);
    assert!(told.is_done("back/observe"), "{}", told.said("back/observe"));
    assert!(told.said("back/fence-target").contains("does not answer"), "{}", told.said("back/fence-target"));
    assert!(told.said("back/ledger").contains("is not counted"), "{}", told.said("back/ledger"));
    let proposed = told.of_step("proposed", "back/offsets-back")[0].to_string();
    assert!(proposed.contains("positions are those of"), "{proposed}");

    switch.stop_app(switch.producer()).unwrap();
    switch.stop_app(switch.group()).unwrap();
    switch.start(&lab::AppSpec { pace: 0.0, ..switch.consumer(Side::Source) });
    until("everything of the source is processed", || of_the_source(&switch).pending == 0);
    switch.stop_app(switch.group()).unwrap();
    let line = of_the_source(&switch);
    println!(
        "without the target: {} processed, {} lost, {} repeated of {on_target} done on the target",
        line.processed, line.lost, line.duplicated
    );
    assert_eq!((line.lost, line.foreign), (0, 0), "{line:?}");
    // What was done between two looks at most, and not all that was done there.
    assert!(line.duplicated < on_target as u64, "{line:?}: {on_target} on the target");
}

/// The process that goes back was begun without the target, and is the one that finds it again.
fn a_target_that_was_gone_when_it_began_and_comes_back_is_asked_after_all() {
    let lab = own_lab();
    let mut switch = Switch::in_lab(&lab, "own", "past-returns");
    switch.pace = 40.0;
    let mut run = hand_over(&mut switch, true);
    has_worked(&switch);
    run.until("the target was looked at", |told| {
        told.events.iter().any(|event| event["event"] == "followed")
    });
    run.kill();
    let broker = &switch.cluster(Side::Target).brokers[0].server;
    switch.kill(broker).unwrap();
    let mut run = switch.conduct(&["rollback", "last", "--as", "ana"], None);
    run.until("it waits for the target", |told| {
        told.events.iter().any(|event| event["unreachable"]["side"] == "target")
    });
    lab.start(broker).unwrap();
    signs(&switch, &mut run);
    run.exits(5);
    is_back(&switch, "with a target that came back meanwhile");
}
