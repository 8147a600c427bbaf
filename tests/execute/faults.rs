//! What happens to the servers around a run: controllers that are gone, a side that answers slowly or not at all, a log
//! that loses its end. Nothing is guessed, the cause is said, and the same run goes on when it is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lab::{Side, Topic};

use crate::defects::held_by;
use crate::full::assert_clean;
use crate::runbook::PAUSE;
use crate::switch::{PARTITIONS, Switch};
use crate::{own_lab, own_lab_of, until};

crate::tests!(daily: ; soak: what_needs_controllers_is_held_without_them_and_goes_on_with_them, sides_that_stutter_are_waited_for, a_side_that_is_gone_is_named_and_gone_on_with, a_group_is_not_landed_when_the_source_lost_its_end);

/// Two of three controllers of the source are gone: a fence by ACL cannot be put up, and everything else can be read.
fn what_needs_controllers_is_held_without_them_and_goes_on_with_them() {
    let lab = own_lab_of(3);
    let mut switch = Switch::in_lab(&lab, "own", "quorum");
    switch.runbook.set("fence", "do: fence-writes, with: { topics: unit, backstop: acl, super_users: { source: [\"User:ANONYMOUS\"] }, allow_everyone: { source: true } }, timeout: { total: 30s }");
    switch.runbook.insert("fence", "pause", PAUSE);
    switch.with_log(3_000);
    switch.at_work();
    for cluster in [switch.source(), switch.target()] {
        for (principal, operation) in
            [("User:checkout", cutover_tests::acl::WRITE), ("User:settlement", cutover_tests::acl::READ)]
        {
            cutover_tests::acl::create(
                cluster,
                principal,
                switch.topic(),
                operation,
                cutover_tests::acl::ALLOW,
            );
        }
    }
    let mut run = switch.run(&[]);
    run.until("it pauses", |told| told.began("pause"));
    let gone: Vec<String> = ["101", "102", "103"]
        .map(|id| format!("source/controller-{id}"))
        .into_iter()
        .filter(|server| lab.kill(server).is_ok())
        .take(2)
        .collect();
    assert_eq!(gone.len(), 2, "{gone:?}");
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    held_by(&mut run, "fence", &["source cluster (broker", "creating 1 ACLs"]);
    for server in &gone {
        lab.start(server).unwrap();
    }
    let mut run = switch.resume();
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.exits(0);
    assert_clean(&switch, "without controllers and with them again", None);
}

/// Both brokers stop for a second and a half and go on for a third of a second, all the time.
fn sides_that_stutter_are_waited_for() {
    let lab = own_lab();
    let switch = Switch::in_lab(&lab, "own", "stutter");
    switch.with_log(3_000);
    switch.at_work();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for side in [Side::Source, Side::Target] {
                    lab.freeze(&switch.cluster(side).brokers[0].server).unwrap();
                }
                std::thread::sleep(Duration::from_millis(1_500));
                for side in [Side::Source, Side::Target] {
                    lab.thaw(&switch.cluster(side).brokers[0].server).unwrap();
                }
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        // Whatever becomes of the run, the brokers go on.
        let through = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut run = switch.run(&[]);
            let mut held = 0;
            while !run.told().ended() {
                if run.told().decides("last-look") {
                    switch.cutover(&["go", "last", "--role", "rollback_owner", "--as", "ana"]);
                }
                if run.is_over() && !run.told().ended() {
                    held += 1;
                    println!("stutter: held: {}", run.said().lines().last().unwrap_or_default());
                    assert!(held < 10);
                    run = switch.resume();
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            run.exits(0);
        }));
        over.store(true, Ordering::Relaxed);
        if let Err(panic) = through {
            std::panic::resume_unwind(panic);
        }
    });
    assert_clean(&switch, "both sides stuttering", None);
}

/// A side that has frozen is waited for as long as the step may take, then named.
fn a_side_that_is_gone_is_named_and_gone_on_with() {
    let lab = own_lab();
    let mut switch = Switch::in_lab(&lab, "own", "gone");
    switch.runbook.set("final-position", "do: capture-positions, timeout: { total: 15s }");
    switch.runbook.set(
        "land-offsets",
        "do: commit-offsets, with: { groups: unit, from: final-position }, timeout: { total: 15s }",
    );
    switch.runbook.insert("final-position", "pause", PAUSE);
    switch.runbook.insert("land-offsets", "pause-again", PAUSE);
    switch.with_log(3_000);
    switch.at_work();
    let mut run = switch.run(&[]);
    for (pause, step, side) in
        [("pause", "final-position", Side::Source), ("pause-again", "land-offsets", Side::Target)]
    {
        run.until("it pauses", |told| told.began(pause));
        let broker = &switch.cluster(side).brokers[0].server;
        lab.freeze(broker).unwrap();
        switch.cutover(&["done", "last", pause, "--as", "ilse"]).exits(0);
        held_by(&mut run, step, &[&format!("{side} cluster (broker")]);
        lab.thaw(broker).unwrap();
        // A broker that was away for long is let in again before it leads anything.
        until("it answers", || switch.cluster(side).watermarks(switch.topic()).is_ok());
        run = switch.resume();
    }
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.exits(0);
    assert_clean(&switch, "each side gone for a while", None);
}

/// After an unclean election the source ends before the place its group has committed: acknowledged records are gone,
/// and what the target holds is no copy any more.
fn a_group_is_not_landed_when_the_source_lost_its_end() {
    let lab = own_lab_of(3);
    let mut switch = Switch::in_lab(&lab, "own", "unclean");
    switch.runbook.insert("land-offsets", "pause", PAUSE);
    let topic = Topic::new(switch.topic())
        .partitions(PARTITIONS)
        .config("unclean.leader.election.enable", true)
        .config("min.insync.replicas", 1);
    switch.with_log_in(&topic, 3_000);
    let brokers: Vec<&String> = switch.source().brokers.iter().map(|broker| &broker.server).collect();
    // The third falls behind, then it is the only one.
    lab.kill(brokers[2]).unwrap();
    switch.at_work();
    let mut run = switch.run(&[]);
    run.until("it pauses", |told| told.began("pause"));
    let before = switch.source().watermarks(switch.topic()).unwrap();
    for broker in &brokers[..2] {
        lab.kill(broker).unwrap();
    }
    lab.start(brokers[2]).unwrap();
    until("the third leads", || switch.source().watermarks(switch.topic()).is_ok_and(|now| now != before));
    for broker in &brokers[..2] {
        lab.start(broker).unwrap();
    }
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    held_by(&mut run, "land-offsets", &[switch.topic(), "is above the source end"]);
}
