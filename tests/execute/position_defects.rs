//! What is planted between the capture of positions, the landing and the start on the target.

use lab::Position;

use crate::conducted::Conducted;
use crate::defects::{held_by, member, with_group};
use crate::lanes::{SYNCED, UNSYNCED};
use crate::runbook::PAUSE;
use crate::switch::Switch;

crate::tests!(daily: a_group_that_moved_on_since_it_was_captured_is_not_landed, a_member_that_joins_the_target_group_before_landing_keeps_it_from_landing, a_commit_that_is_set_back_while_people_are_asked_keeps_the_gate_shut, a_flow_that_was_not_stopped_keeps_a_group_from_being_landed; soak: );

/// A run that stands at a pause between capturing and landing.
fn before_landing(name: &str) -> (Switch<'static>, Conducted) {
    let mut switch = Switch::in_lane(UNSYNCED, name);
    with_group(&switch);
    switch.runbook.insert("land-offsets", "pause", PAUSE);
    switch.runbook.set(
        "land-offsets",
        "do: commit-offsets, with: { groups: unit, from: final-position }, timeout: { total: 20s }",
    );
    let mut run = switch.run(&[]);
    run.until("positions are captured", |told| told.began("pause"));
    (switch, run)
}

/// The target holds what it held: nothing was landed.
fn nothing_landed(switch: &Switch<'_>) {
    assert!(switch.target().committed(switch.group(), switch.topic()).unwrap().is_empty());
}

fn a_group_that_moved_on_since_it_was_captured_is_not_landed() {
    let (switch, mut run) = before_landing("moved-on");
    let held = switch.source().committed(switch.group(), switch.topic()).unwrap();
    let (before, after) = (held[&1], held[&1] + 3);
    switch.source().commit(switch.group(), &[Position::new(switch.topic(), 1, after)]).unwrap();
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    let moved = format!(
        "group {} moved on since it was captured by final-position: {}-1 from {before} to {after}",
        switch.group(),
        switch.topic()
    );
    held_by(&mut run, "land-offsets", &[&moved]);
    nothing_landed(&switch);
}

fn a_member_that_joins_the_target_group_before_landing_keeps_it_from_landing() {
    let (switch, mut run) = before_landing("joined");
    let _member = member(switch.target(), switch.group(), switch.topic(), &[("client.id", "early")]);
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    let joined = format!("group {} has 1 member on target: early at", switch.group());
    held_by(&mut run, "land-offsets", &[&joined]);
    nothing_landed(&switch);
}

/// Somebody resets the group while the last look waits for its decision: what the gate saw a moment ago is younger than it
/// asks for, and not what is.
fn a_commit_that_is_set_back_while_people_are_asked_keeps_the_gate_shut() {
    let mut switch = Switch::in_lane(UNSYNCED, "set-back");
    with_group(&switch);
    switch.runbook.set(
        "last-look",
        "do: gate, require: { all: [ { check: offset-boundary }, { check: position-provable }, { check: single-activity }, { check: rollback-anchor } ] }, fresh: 5m, commit_point: true, decide: { role: rollback_owner, answer_within: 120s, silence_is: { rollback: back } }, on_fail: hold, timeout: { total: 150s }",
    );
    let mut run = switch.run(&[]);
    run.until("the last look asks", |told| told.decides("last-look"));
    let landed = switch.target().committed(switch.group(), switch.topic()).unwrap()[&1];
    switch.target().commit(switch.group(), &[Position::new(switch.topic(), 1, landed - 10)]).unwrap();
    switch.go();
    let repeated = format!("target offset {}: 10 records replayed", landed - 10);
    held_by(&mut run, "last-look", &["offset-boundary is red", &repeated]);
    assert!(!run.told().began("start-consumers"));
}

/// With group sync a landed commit stands for an interval. Each part of the flow is named, and nothing is landed.
fn a_flow_that_was_not_stopped_keeps_a_group_from_being_landed() {
    let mut switch = Switch::in_lane(SYNCED, "goes-on");
    with_group(&switch);
    switch.runbook.steps.retain(|(id, _)| *id != "stop-flow");
    let mut run = switch.run(&[]);
    let synced = format!(
        "connector synced-checkpoint (RUNNING) has sync.group.offsets.enabled=true and does not leave out group {}",
        switch.group()
    );
    let copied = format!("connector synced-source still copies {}", switch.topic());
    held_by(&mut run, "land-offsets", &[&synced, &copied, "pause-replication"]);
    assert!(run.told().of_step("proposed", "land-offsets").is_empty(), "nothing is landed");
}
