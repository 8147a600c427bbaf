//! Brokers that are restarted in the middle of a switch.

use std::time::{Duration, Instant};

use lab::Side;

use crate::conducted::Conducted;
use crate::full::assert_clean;
use crate::switch::Switch;
use crate::{AT_MOST, own_lab, own_lab_of};

crate::tests!(daily: a_broker_of_each_side_restarts_in_the_middle; soak: a_broker_of_three_dies_in_every_step);

/// A broker of each side goes away and comes back while a step of the switch is under way.
fn a_broker_of_each_side_restarts_in_the_middle() {
    let lab = own_lab();
    let switch = Switch::in_lab(&lab, "own", "brokers");
    switch.with_log(3_000);
    switch.at_work();
    let mut run = switch.run(&[]);
    for (side, step) in [(Side::Source, "fence"), (Side::Target, "land-offsets")] {
        run.until("the step is under way", |told| told.began(step));
        switch.restart(&switch.cluster(side).brokers[0].server).unwrap();
    }
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.exits(0);
    assert_clean(&switch, "a broker of each side restarted", None);
}

/// Of three brokers a side one is killed in each step, in turn, and comes back: leaders and coordinators move under
/// every look, the fence, the capture and the landing.
fn a_broker_of_three_dies_in_every_step() {
    let lab = own_lab_of(3);
    let switch = Switch::in_lab(&lab, "own", "three");
    switch.with_log(3_000);
    switch.at_work();
    let steps: Vec<&str> = switch.runbook.steps.iter().map(|(id, _)| *id).collect();
    let mut run = switch.run(&[]);
    let mut holds = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        come_to(&switch, &mut run, step, &mut holds);
        let victims =
            [Side::Source, Side::Target].map(|side| &switch.cluster(side).brokers[number % 3].server);
        for victim in victims {
            lab.kill(victim).unwrap();
        }
        for victim in victims {
            lab.start(victim).unwrap();
        }
    }
    let end = Instant::now() + AT_MOST;
    while !run.told().ended() {
        assert!(Instant::now() < end, "it does not end\n{}", run.said());
        go_on(&switch, &mut run, &mut holds);
    }
    run.exits(0);
    println!(
        "a broker of three died in each of {} steps; held {} times: {holds:?}",
        steps.len(),
        holds.len()
    );
    assert_clean(&switch, "a broker of three died in every step", None);
}

/// Lets a run come to a step, answers where it asks, and goes on with it where it is held.
fn come_to(switch: &Switch<'_>, run: &mut Conducted, step: &str, holds: &mut Vec<String>) {
    let end = Instant::now() + AT_MOST;
    while !run.told().began(step) {
        assert!(Instant::now() < end, "{step} does not begin\n{}", run.said());
        go_on(switch, run, holds);
    }
}

fn go_on(switch: &Switch<'_>, run: &mut Conducted, holds: &mut Vec<String>) {
    if run.told().decides("last-look") {
        // The gate may have gone on to look again in the meantime; then it asks again.
        switch.cutover(&["go", "last", "--role", "rollback_owner", "--as", "ana"]);
    }
    if run.is_over() && !run.told().ended() {
        holds.push(run.said().lines().filter(|line| line.starts_with("held: ")).collect::<String>());
        assert!(holds.len() < 20, "{holds:?}");
        *run = switch.resume();
    }
    std::thread::sleep(Duration::from_millis(50));
}
