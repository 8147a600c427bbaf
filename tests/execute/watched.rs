//! `cutover watch` over a whole switch: brokers that go away, a watch that is killed, and after the commit point the
//! triggers of the run.

use std::path::{Path, PathBuf};

use cutover_tests::config;
use lab::Side;
use rustix::process::Signal;

use crate::conducted::Conducted;
use crate::past::signs;
use crate::runbook::THE_END;
use crate::snapshot::Snapshot;
use crate::switch::Switch;
use crate::{own_lab, until};

crate::tests!(daily: a_watch_goes_on_without_a_cluster_and_calls_the_trigger_after_the_switch; soak:);

const CHECKS: [&str; 4] = ["--check", "topic-shape", "--check", "cluster-health"];

/// A watch of two checks, each second.
fn watch(switch: &Switch<'_>, more: &[&str]) -> Conducted {
    let mut arguments = vec!["watch", "runbook.yaml", "--env", "here", "--every", "1s"];
    arguments.extend(CHECKS);
    arguments.extend(more);
    switch.conduct(&arguments, None)
}

/// Folders of all watches.
fn watches(switch: &Switch<'_>) -> Vec<PathBuf> {
    let runs = std::fs::read_dir(switch.runs()).unwrap();
    let runs = runs.map(|run| run.unwrap().path()).filter(|run| run.join("history").is_dir());
    runs.collect()
}

/// Lines of a watch's history.
fn looks(watch: &Path) -> usize {
    let days = std::fs::read_dir(watch.join("history")).unwrap();
    days.map(|day| std::fs::read_to_string(day.unwrap().path()).unwrap().lines().count()).sum()
}

#[track_caller]
fn prints(watch: &mut Conducted, what: &str, fits: &[&str]) -> String {
    let mut found = None;
    until(what, || {
        let (printed, said) = (watch.printed(), watch.said());
        assert!(!watch.is_over(), "{what}: it ended\n{printed}\n{said}");
        found = printed.lines().find(|line| fits.iter().all(|part| line.contains(part))).map(str::to_owned);
        found.is_some()
    });
    found.unwrap()
}

fn a_watch_goes_on_without_a_cluster_and_calls_the_trigger_after_the_switch() {
    let lab = own_lab();
    let mut switch = Switch::in_lab(&lab, "own", "watched");
    switch.runbook.sick_for = "3s";
    switch.runbook.observe = "5s".to_owned();
    switch.runbook.observed_by = "cluster-health";
    switch.runbook.end_with("start-producers");
    switch.with_log(500);
    switch.at_work();
    switch.write();
    let before = Snapshot::of(&switch);

    // Before the switch: a side goes away and comes back.
    let mut first = watch(&switch, &[]);
    prints(&mut first, "triggers are told", &["triggers are not armed: no run of switch"]);
    let broker = switch.cluster(Side::Target).brokers[0].server.clone();
    let address = switch.target().bootstrap.clone();
    lab.kill(&broker).unwrap();
    let line = prints(&mut first, "the target is gone", &["topic-shape of ", "-> unknown: "]);
    assert!(line.contains(&address), "the reason names the broker: {line}");
    lab.start(&broker).unwrap();
    prints(&mut first, "the target is back", &["topic-shape of ", "unknown -> green"]);
    let after = Snapshot::of(&switch);
    assert_eq!(
        (&before.acls, &before.topic_configs, &before.connectors),
        (&after.acls, &after.topic_configs, &after.connectors),
        "a watch changes nothing"
    );

    // Killed, it goes on in the same folder; a second one beside it has its own.
    first.kill();
    let folder = watches(&switch);
    let mut second = watch(&switch, &[]);
    until("it goes on", || second.said().contains("going on with watch"));
    prints(&mut second, "the first look after it", &["triggers are not armed"]);
    assert_eq!(watches(&switch), folder);
    second.signal(Signal::INT);
    second.exits(0);
    let printed = second.printed();
    assert!(
        printed.contains("watched ") && printed.contains("unknown"),
        "all of the history counts: {printed}"
    );
    let id = folder[0].file_name().unwrap().to_string_lossy().into_owned();
    switch.cutover(&["verify", &id]).exits(0);

    // A run of the unit is not disturbed by a watch, and its triggers are watched from the commit point on.
    let mut third = watch(&switch, &[]);
    until("a folder of its own", || watches(&switch).len() == 2);
    // Ids tell the second: the run is to be newer than the watch.
    let own = watches(&switch).into_iter().find(|watch| *watch != folder[0]).unwrap();
    until("it has looked for two seconds", || looks(&own) > 3);
    let mut run = switch
        .conduct(&["run", "runbook.yaml", "--env", "here", "--yes"], crate::told::newest(&switch.runs()));
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.until("it works on the target", |told| told.began(THE_END));
    prints(&mut third, "it is armed", &["has handed over: sick is armed: check cluster-health red for 3s"]);
    prints(&mut third, "the way back is told", &["way back of "]);
    prints(&mut third, "who may call", &["trigger call: ", "ana", "cutover rollback ", "--as PERSON"]);
    // Nobody conducts it any more: only the watch sees what comes.
    run.kill();
    config::set(switch.target(), switch.topic(), "min.insync.replicas", "2");
    let line = prints(&mut third, "the trigger fires", &["TRIGGER sick FIRES: check cluster-health is red"]);
    assert!(line.contains("CUT23") && line.contains("since "), "{line}");
    let line = prints(
        &mut third,
        "who may go back, and how",
        &["nothing is started by a watch", "cutover rollback "],
    );
    let command = line.split("cutover ").last().unwrap().replace("PERSON", "ana");
    config::set(switch.target(), switch.topic(), "min.insync.replicas", "1");
    prints(&mut third, "it is well again", &["trigger sick: its check cluster-health is ", " again"]);
    third.signal(Signal::INT);
    third.exit();
    // The command that was printed is the one that goes back.
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut back = switch.conduct(&words, None);
    signs(&switch, &mut back);
    back.exits(5);
}
