//! What is written on the source after it was closed.

use lab::{Produce, Record};

use crate::lanes::UNSYNCED;
use crate::past::{handed_over, has_worked, signs};
use crate::snapshot::Snapshot;
use crate::switch::Switch;

crate::tests!(daily: a_record_behind_what_is_landed_closes_the_gate, a_record_after_the_switch_asks_the_rollback_owner; soak: );

/// As somebody writes whom no fence names.
fn rogue(switch: &Switch<'_>) {
    let record = Record { value: Some(b"rogue".to_vec()), ..Record::default() };
    switch.source().produce(switch.topic(), [record], &Produce::default()).unwrap();
}

fn a_record_behind_what_is_landed_closes_the_gate() {
    let switch = Switch::in_lane(UNSYNCED, "closed-behind");
    switch.with_log(2_000);
    switch.at_work();
    let before = Snapshot::of(&switch);
    let mut run = switch.run(&[]);
    run.until("the gate asks", |told| told.decides("last-look"));
    rogue(&switch);
    switch.go();
    let (code, said) = run.exit_and_said();
    assert_eq!(code, 5, "{said}");
    let why = "the source was written after fence had closed it, and nobody copies that";
    assert!(said.contains(why), "{said}");
    assert!(switch.told().said("last-look").contains(why), "{}", switch.told().said("last-look"));
    assert_eq!(Snapshot::of(&switch), before);
}

fn a_record_after_the_switch_asks_the_rollback_owner() {
    let (switch, mut run) = handed_over(UNSYNCED, "closed-after", 100.0);
    has_worked(&switch);
    let fired = |told: &crate::told::Told| {
        told.events
            .iter()
            .filter(|event| event["event"] == "trigger-fired")
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    rogue(&switch);
    run.until("the trigger fires", |told| !fired(told).is_empty());
    let why = fired(&switch.told()).remove(0);
    for said in ["source-writes", "the source was written after fence had closed it", switch.topic()] {
        assert!(why.contains(said), "{said}: {why}");
    }
    let status = switch.cutover(&["status", "last"]).stdout;
    assert!(status.contains("source-writes") && status.contains("go (go on) or no-go (go back)"), "{status}");
    // What somebody has answered for is not asked again, what comes after it is.
    let go = ["go", "last", "--at", "source-writes", "--role", "rollback_owner", "--as", "ana"];
    switch.cutover(&go).exits(0);
    let looks = |told: &crate::told::Told| {
        let answered = told.events.iter().rposition(|event| event["event"] == "trigger-answered");
        let after = answered.map_or(&[][..], |at| &told.events[at..]);
        after.iter().filter(|event| event["event"] == "source-looked").count()
    };
    run.until("it is looked at again", |told| looks(told) >= 2);
    assert_eq!(fired(&switch.told()).len(), 1);
    rogue(&switch);
    run.until("the trigger fires once more", |told| fired(told).len() == 2);
    switch.cutover(&["rollback", "last", "--as", "ana"]).exits(0);
    signs(&switch, &mut run);
    run.exits(5);
}
