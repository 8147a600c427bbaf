//! Two conductors on two machines: they share no folder of runs and no place for the machine's lock, and meet in the
//! lease alone.

use std::path::PathBuf;

use lab::Topic;
use rustix::process::Signal;

use crate::conducted::Conducted;
use crate::defects::at_rest;
use crate::lanes::UNSYNCED;
use crate::runbook::PAUSE;
use crate::switch::Switch;

crate::tests!(daily: the_conductor_that_slept_while_another_took_over_stops_before_its_next_effect, without_the_topic_nothing_is_begun_and_the_command_is_named; soak: );

/// A switch of a unit with a lease, whose next effect behind the pause is the stop of the consumers.
fn leased(name: &str) -> Switch<'static> {
    let mut switch = at_rest(UNSYNCED, name);
    switch.runbook.coordination = Some(switch.name("coordination"));
    switch.runbook.insert("stop-consumers", "pause", PAUSE);
    switch.runbook.end_with("stop-consumers");
    switch
}

/// The folder of runs on the other machine.
fn elsewhere(switch: &Switch<'_>) -> PathBuf {
    switch.folder.path().join("runs-elsewhere")
}

fn at_the_pause(run: &mut Conducted) {
    run.until("it stands at the pause", |told| told.began("pause"));
}

/// How often the consumers were stopped with an effect, by both.
fn stops(runs: [&Conducted; 2]) -> usize {
    let one = |run: &Conducted| -> usize {
        let applied = run.told().applied();
        applied.into_iter().filter(|((step, _), _)| step == "stop-consumers").map(|(_, times)| times).sum()
    };
    runs.into_iter().map(one).sum()
}

fn the_conductor_that_slept_while_another_took_over_stops_before_its_next_effect() {
    let switch = leased("two-machines");
    let topic = switch.runbook.coordination.clone().unwrap();
    switch.target().create_topic(&Topic::new(&topic)).unwrap();
    let there = elsewhere(&switch);
    let mut ours = switch.run(&[]);
    at_the_pause(&mut ours);
    ours.signal(Signal::STOP);

    let begin = ["run", "runbook.yaml", "--env", "here", "--yes"];
    let locks = switch.folder.path().join("locks-elsewhere");
    std::fs::create_dir(&locks).unwrap();
    let machine = [("CUTOVER_LOCKS", locks.to_str().unwrap())];
    let mut theirs = switch.conduct_in(&there, &begin, None, &machine);
    at_the_pause(&mut theirs);
    ours.signal(Signal::CONT);
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    ours.exits(1);
    let said = ours.said();
    let taken = format!("somebody else took the lease of unit {}", switch.runbook.unit);
    assert!(said.contains(&taken) && said.contains("another conductor runs it now"), "{said}");
    let run = crate::told::newest(&there).unwrap();
    let by = format!("another conductor runs it now: run {}, process ", run.file_name().unwrap().display());
    assert!(said.contains(&by) && said.contains(" since "), "who has it is named: {said}");
    assert_eq!(stops([&ours, &theirs]), 0, "who was fenced acted");

    // It takes the lease back, and now the other is the one who was fenced.
    let mut again = switch.resume();
    again.until("it has come to the end", |told| told.began(crate::runbook::THE_END));
    switch.cutover_in(&there, &["done", "last", "pause", "--as", "ilse"]).exits(0);
    theirs.exits(1);
    assert!(theirs.said().contains(&taken), "{}", theirs.said());
    assert_eq!(stops([&again, &theirs]), 1, "exactly one acted");
    switch.ends(&mut again);
}

fn without_the_topic_nothing_is_begun_and_the_command_is_named() {
    let switch = leased("no-lease-topic");
    let mut run = switch.run(&[]);
    run.exits(1);
    let said = run.said();
    let topic = switch.runbook.coordination.as_deref().unwrap();
    assert!(said.contains("the lease was not taken, and nothing was applied"), "{said}");
    assert!(said.contains(&format!("--create --topic {topic} --partitions 1")), "{said}");
    assert!(!run.told().began("baseline"));
}
