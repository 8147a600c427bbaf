//! What is planted between the capture of positions and the landing.

use lab::Position;

use crate::conducted::Conducted;
use crate::defects::{at_rest, held_by, member};
use crate::lanes::UNSYNCED;
use crate::runbook::PAUSE;
use crate::switch::Switch;

crate::tests!(daily: a_group_that_moved_on_since_it_was_captured_is_not_landed, a_member_that_joins_the_target_group_before_landing_keeps_it_from_landing; soak: );

/// A run that stands at a pause between capturing and landing.
fn before_landing(name: &str) -> (Switch<'static>, Conducted) {
    let mut switch = at_rest(UNSYNCED, name);
    switch.runbook.insert("land-offsets", "pause", PAUSE);
    switch.runbook.set(
        "land-offsets",
        "do: commit-offsets, with: { groups: unit, from: final-position }, timeout: { total: 20s }",
    );
    // Nothing is written, so a flow that goes on copies nothing.
    switch.runbook.steps.retain(|(id, _)| *id != "stop-flow");
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
