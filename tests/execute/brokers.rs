//! Brokers that are restarted in the middle of a switch.

use lab::Side;

use crate::full::assert_clean;
use crate::own_lab;
use crate::switch::Switch;

crate::tests!(daily: a_broker_of_each_side_restarts_in_the_middle; soak: );

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
