//! What is planted around the applications: the sentence a step says, and that it stays shut.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lab::{Cluster, Generate, Position, Produce, Record, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::conducted::Conducted;
use crate::lanes::UNSYNCED;
use crate::runbook::PAUSE;
use crate::switch::{PARTITIONS, Switch};
use crate::until;

crate::tests!(daily: a_writer_nobody_named_keeps_the_fence_open, a_transaction_that_commits_behind_the_fence_is_waited_for, a_consumer_that_never_joins_and_goes_on_committing_is_not_stopped, a_static_member_that_has_not_left_is_waited_for; soak: );

/// Records of the log before; the defect is elsewhere.
const LOG: u64 = 600;

/// A switch without applications: what is judged is what the test plants. It leaves the connectors alone.
pub fn at_rest(lane: &'static str, name: &str) -> Switch<'static> {
    let switch = Switch::beside(lane, name);
    with_group(&switch);
    switch
}

/// A copied log in whose middle a group stands that nobody is a member of.
pub fn with_group(switch: &Switch<'_>) {
    let topic = Topic::new(switch.topic()).partitions(PARTITIONS);
    switch.source().create_topic(&topic).unwrap();
    switch.source().produce(switch.topic(), Generate::records(LOG), &Produce::default()).unwrap();
    switch.await_copied(switch.topic(), Duration::from_secs(60)).unwrap();
    let held: Vec<Position> =
        (0..PARTITIONS).map(|partition| Position::new(switch.topic(), partition, 20)).collect();
    switch.source().commit(switch.group(), &held).unwrap();
}

/// Waits until a step says all of this, and fails if it ever ends well before.
#[track_caller]
pub fn says(run: &mut Conducted, step: &str, texts: &[&str]) {
    run.until(&format!("{step} says {texts:?}"), |told| {
        assert!(!told.is_done(step), "{step} came to a good end:\n{}", told.said(step));
        let said = told.said(step);
        texts.iter().all(|text| said.contains(text))
    });
}

/// The run is held because of this step, which never came to a good end, for this reason.
#[track_caller]
pub fn held_by(run: &mut Conducted, step: &str, texts: &[&str]) {
    run.exits(1);
    let told = run.told();
    assert!(!told.is_done(step), "{step} came to a good end");
    let said = told.said(step);
    for text in texts {
        assert!(said.contains(text), "`{text}` is not in what {step} said:\n{said}");
    }
    println!("{step}: {}", run.said().lines().filter(|line| line.starts_with("held: ")).collect::<String>());
}

/// A consumer that joined its group and has partitions.
pub fn member(cluster: &Cluster, group: &str, topic: &str, more: &[(&str, &str)]) -> BaseConsumer {
    let mut config = ClientConfig::new();
    for (key, value) in more {
        config.set(*key, *value);
    }
    config.set("bootstrap.servers", &cluster.bootstrap).set("group.id", group);
    let consumer: BaseConsumer = config.set("enable.auto.commit", "false").create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    until("the group gives partitions", || {
        let _ = consumer.poll(Duration::from_millis(50));
        consumer.assignment().unwrap().count() > 0
    });
    consumer
}

/// Ends what goes on beside the test, also when that fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn a_writer_nobody_named_keeps_the_fence_open() {
    let mut switch = at_rest(UNSYNCED, "intruder");
    switch.runbook.insert("fence", "pause", PAUSE);
    switch
        .runbook
        .set("fence", "do: fence-writes, with: { topics: unit, backstop: none }, timeout: { total: 20s }");
    switch.runbook.end_with("fence");
    let mut run = switch.run(&[]);
    run.until("producers are stopped", |told| told.began("pause"));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends = Ends(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let record = Record::keyed("somebody", "else").to(1);
                switch.source().produce(switch.topic(), [record], &Produce::default()).unwrap();
            }
        });
        switch.cutover(&["done", "last", "pause", "--as", "ilse"]).exits(0);
        let place = format!("end of {}-1", switch.topic());
        held_by(&mut run, "fence", &[&place, "moving", "the same at two looks"]);
    });
}

fn a_transaction_that_commits_behind_the_fence_is_waited_for() {
    let mut switch = at_rest(UNSYNCED, "open");
    switch.runbook.end_with("fence");
    let open = switch.source().transactions(&switch.name("txn"), &Produce::default()).unwrap();
    open.begin().unwrap();
    open.send(switch.topic(), [Record::keyed("open", "transaction").to(2)]).unwrap();
    let mut run = switch.run(&[]);
    let place = format!("open transaction on {}-2", switch.topic());
    says(&mut run, "fence", &[&place, "producer ", "since offset"]);
    open.commit().unwrap();
    switch.ends(&mut run);
    assert!(run.told().is_done("fence"));
}

fn a_consumer_that_never_joins_and_goes_on_committing_is_not_stopped() {
    let mut switch = at_rest(UNSYNCED, "assigned");
    switch
        .runbook
        .set("stop-consumers", "do: stop-app, on: source, with: { groups: unit }, timeout: { total: 12s }");
    switch.runbook.end_with("stop-consumers");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends = Ends(&stop);
        scope.spawn(|| {
            for offset in (20..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                let position = Position::new(switch.topic(), 0, 20 + offset % 100);
                switch.source().commit(switch.group(), &[position]).unwrap();
            }
        });
        let mut run = switch.run(&[]);
        let commits = format!("commits of group {} on source", switch.group());
        held_by(&mut run, "stop-consumers", &[&commits, "moving: ", "none moves between two looks"]);
    });
}

fn a_static_member_that_has_not_left_is_waited_for() {
    let mut switch = at_rest(UNSYNCED, "static");
    switch.runbook.end_with("stop-consumers");
    let session = [("group.instance.id", "pod-0"), ("session.timeout.ms", "20000")];
    drop(member(switch.source(), switch.group(), switch.topic(), &session));
    let mut run = switch.run(&[]);
    says(
        &mut run,
        "stop-consumers",
        &["(static, pod-0)", "static members stay for their session timeout of 45s"],
    );
    switch.ends(&mut run);
    assert!(run.told().is_done("stop-consumers"));
}
