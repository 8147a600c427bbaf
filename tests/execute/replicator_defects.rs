//! What a step does to a replicator that others use too.

use std::time::Duration;

use lab::{Generate, Produce, Record, Topic};

use crate::defects::{at_rest, held_by, with_group};
use crate::lanes::UNSYNCED;
use crate::runbook::{PAUSE, THE_END};
use crate::snapshot::{connectors, topic_configs};
use crate::switch::Switch;

crate::tests!(daily: only_the_units_topic_is_excluded_and_others_go_on_being_copied, a_setting_that_the_replicator_would_put_back_is_refused, what_was_never_copied_is_no_final_position; soak: );

fn only_the_units_topic_is_excluded_and_others_go_on_being_copied() {
    let mut switch = Switch::in_lane(UNSYNCED, "paused");
    switch.with_log(600);
    switch.runbook.end_with("stop-flow");
    let other = switch.name("other");
    switch.source().create_topic(&Topic::new(&other)).unwrap();
    let before = connectors(&switch);
    let mut run = switch.run(&[]);
    run.until("the flow is paused", |told| told.began(THE_END));
    let excluded = connectors(&switch)["unsynced-source"]["topics.exclude"].to_string();
    assert!(excluded.contains("orders") && !excluded.contains("other"), "{excluded}");
    let ends = switch.target().watermarks(switch.topic()).unwrap();
    for topic in [&other, switch.topic()] {
        switch.source().produce(topic, Generate::records(100), &Produce::default()).unwrap();
    }
    switch.await_copied(&other, Duration::from_secs(60)).unwrap();
    assert_eq!(
        switch.target().watermarks(switch.topic()).unwrap(),
        ends,
        "the unit's topic was copied all the same"
    );
    switch.ends(&mut run);
    assert_eq!(connectors(&switch), before);
    switch.await_copied(switch.topic(), Duration::from_secs(60)).unwrap();
}

fn a_setting_that_the_replicator_would_put_back_is_refused() {
    let mut switch = at_rest(UNSYNCED, "put-back");
    switch.runbook.insert(
        "stop-producers",
        "keep-longer",
        "do: topic-config, on: target, with: { topics: unit, set: { retention.ms: \"604800000\" } }, timeout: { total: 30s }",
    );
    let before = topic_configs(switch.target(), switch.topic());
    let mut run = switch.run(&[]);
    held_by(
        &mut run,
        "keep-longer",
        &["the replicator would put it back: connector unsynced-source syncs retention.ms"],
    );
    assert_eq!(topic_configs(switch.target(), switch.topic()), before);
}

/// Somebody writes once more after the flow is stopped, and is at rest again: groups further back would be landed exactly,
/// and never see it.
fn what_was_never_copied_is_no_final_position() {
    let mut switch = Switch::in_lane(UNSYNCED, "left-behind");
    with_group(&switch);
    switch.runbook.insert("final-position", "pause", PAUSE);
    let mut run = switch.run(&[]);
    run.until("the flow is paused", |told| told.began("pause"));
    let late = (0..3).map(|n| Record::value(format!("late {n}")).to(1));
    switch.source().produce(switch.topic(), late, &Produce::default()).unwrap();
    let last = switch.source().watermarks(switch.topic()).unwrap()[&1].1 - 1;
    switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
    let missing = format!(
        "the record at source offset {last} of {}-1, the last one, is not on the target",
        switch.topic()
    );
    held_by(&mut run, "final-position", &[&missing]);
    assert!(
        switch.target().committed(switch.group(), switch.topic()).unwrap().is_empty(),
        "nothing is landed"
    );
}
