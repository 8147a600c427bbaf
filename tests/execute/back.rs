//! Standing down before the commit point: both clusters, the replicator and the applications are as they were.

use lab::Position;

use crate::dice::Dice;
use crate::lanes::UNSYNCED;
use crate::snapshot::Snapshot;
use crate::switch::{PARTITIONS, Switch};

crate::tests!(daily: stood_down_by_a_second_process_at_the_last_look, stood_down_after_a_kill_at_a_random_step; soak: stood_down_at_every_step);

/// Steps in whose middle a run is broken off.
const STEPS: [&str; 9] = [
    "stop-producers",
    "fence",
    "stop-consumers",
    "drain",
    "stop-flow",
    "final-position",
    "verify",
    "land-offsets",
    "last-look",
];

/// A unit at work whose group holds something on the target that no translation would give.
fn at_work(name: &str) -> Switch<'static> {
    let switch = Switch::in_lane(UNSYNCED, name);
    switch.with_log(3_000);
    let held: Vec<Position> =
        (0..PARTITIONS).map(|partition| Position::new(switch.topic(), partition, 7)).collect();
    switch.target().commit(switch.group(), &held).unwrap();
    switch.at_work();
    switch
}

fn as_before(switch: &Switch<'_>, before: &Snapshot, name: &str) {
    let now = Snapshot::of(switch);
    // Field by field: a whole snapshot is longer than what anybody reads.
    assert_eq!(now.acls, before.acls, "{name}: ACLs");
    assert_eq!(now.topic_configs, before.topic_configs, "{name}: settings of the topic");
    assert_eq!(now.target_commits, before.target_commits, "{name}: commits on the target");
    for (connector, config) in &now.connectors {
        assert_eq!(Some(config), before.connectors.get(connector), "{name}: connector {connector}");
    }
    assert_eq!(now, *before, "{name}: not as it was before");
    let ledger = switch.settled_ledger();
    println!("{name}: {} processed, {} lost, {} repeated", ledger.processed, ledger.lost, ledger.duplicated);
    assert_eq!((ledger.lost, ledger.duplicated), (0, 0), "{name}: {ledger:?}");
}

/// Broken off in the middle of this step, by a second process or by the death of the first.
fn broken_off(switch: &Switch<'_>, step: &str, killed: bool) {
    let mut run = switch.run(&[]);
    run.until("the step is under way", |told| told.began(step));
    if killed {
        run.kill();
        switch.cutover(&["stand-down", "last", "--as", "ilse"]).exits(5);
    } else {
        switch.cutover(&["stand-down", "last", "--as", "ilse"]).exits(0);
        run.exits(5);
    }
}

fn stood_down_by_a_second_process_at_the_last_look() {
    let switch = at_work("stand-down");
    let before = Snapshot::of(&switch);
    broken_off(&switch, "last-look", false);
    as_before(&switch, &before, "stood down at last-look");
}

fn stood_down_after_a_kill_at_a_random_step() {
    let switch = at_work("stand-down-killed");
    let before = Snapshot::of(&switch);
    let step = STEPS[usize::try_from(Dice::new(3).below(STEPS.len() as u64)).unwrap()];
    broken_off(&switch, step, true);
    as_before(&switch, &before, &format!("killed in {step} and stood down"));
}

fn stood_down_at_every_step() {
    for killed in [false, true] {
        for step in STEPS {
            let switch = at_work("stand-down-each");
            let before = Snapshot::of(&switch);
            broken_off(&switch, step, killed);
            as_before(&switch, &before, &format!("{step}, killed: {killed}"));
        }
    }
}
