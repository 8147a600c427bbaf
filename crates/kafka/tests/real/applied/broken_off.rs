//! What breaks off after it was sent may have happened: unknown, unless a look tells.

use super::commits::{change, command, commit_with_epoch, filled, held, raw};
use super::{DONE, assert_refused, assert_unknown};
use crate::groups::Member;
use crate::meddler::{Fate, Meddler};
use crate::{case, connect, patience};
use kafka::apply::apply;
use kafka::{Patience, TopicPartition};
use lab::Topic;
use runbook::Side;
use runbook::world::{
    AclBinding, Command, Operation, PatternType, Permission, Receipt, ResourceType, SettingChange,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const OFFSET_COMMIT: i16 = 8;
const CREATE_ACLS: i16 = 30;
const ALTER_CONFIGS: i16 = 44;

fn setting(topic: &str) -> Command {
    let change = SettingChange {
        name: "segment.ms".to_owned(),
        from: None,
        to: Some("3600000".to_owned()),
        entries: Vec::new(),
    };
    Command::SetTopicConfigs { side: Side::Target, topic: topic.to_owned(), settings: vec![change] }
}

fn allowing(topic: &str) -> Command {
    let binding = AclBinding {
        principal: "User:broken-off".to_owned(),
        host: "*".to_owned(),
        resource: ResourceType::Topic,
        name: topic.to_owned(),
        pattern: PatternType::Literal,
        operation: Operation::Read,
        permission: Permission::Allow,
    };
    Command::SetAcls { side: Side::Target, create: vec![binding], delete: Vec::new() }
}

#[test]
fn an_answer_that_is_lost_is_looked_for() {
    let case = case("lost");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    for (key, command) in [
        (OFFSET_COMMIT, command(&group, vec![change(&topic, 0, None, held(5, ""))])),
        (CREATE_ACLS, allowing(&topic)),
        (ALTER_CONFIGS, setting(&topic)),
    ] {
        let lose = move |asked| if asked == key { Fate::LoseAnswer } else { Fate::Pass };
        let cluster = Meddler::before(&case.target().bootstrap, lose).connect("target");
        let receipt = apply(&cluster, &command, &patience()).unwrap();
        // ACLs and settings may not show yet when they are looked for.
        let is_told = receipt == DONE || matches!(&receipt, Receipt::Unknown { .. }) && key != OFFSET_COMMIT;
        assert!(is_told, "{receipt:?}");
        let waiting = patience();
        while apply(&connect(case.target()), &command, &patience()).unwrap() != Receipt::Already {
            assert!(!waiting.is_over());
        }
        apply(&connect(case.target()), &command.inverse().unwrap(), &patience()).unwrap();
    }
}

#[test]
fn a_request_that_may_have_arrived_is_unknown_and_time_is_obeyed() {
    let case = case("swallowed");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    for (key, command) in [
        (OFFSET_COMMIT, command(&group, vec![change(&topic, 0, None, held(5, ""))])),
        (CREATE_ACLS, allowing(&topic)),
        (ALTER_CONFIGS, setting(&topic)),
    ] {
        let swallow = move |asked| if asked == key { Fate::Swallow } else { Fate::Pass };
        let cluster = Meddler::before(&case.target().bootstrap, swallow).connect("target");
        assert_unknown(&apply(&cluster, &command, &patience()).unwrap(), &["closed the connection"]);
    }
    assert_eq!(raw(case.target(), &group).len(), 0);
    let hang = |asked| if asked == OFFSET_COMMIT { Fate::Hang } else { Fate::Pass };
    let cluster = Meddler::before(&case.target().bootstrap, hang).connect("target");
    let begun = Instant::now();
    let commit = command(&group, vec![change(&topic, 0, None, held(5, ""))]);
    // It is done, and the look that follows tells so.
    assert_eq!(apply(&cluster, &commit, &Patience::new(Duration::from_secs(2))).unwrap(), DONE);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_was_never_sent_is_refused() {
    let case = case("unsent");
    let (topic, group) = (case.name("t"), case.name("g"));
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let shut = Arc::new(AtomicBool::new(false));
    let closing = Arc::clone(&shut);
    let fate = move |_| if closing.load(Ordering::Relaxed) { Fate::Swallow } else { Fate::Pass };
    let cluster = Meddler::before(&case.target().bootstrap, fate).connect("target");
    shut.store(true, Ordering::Relaxed);
    for command in
        [command(&group, vec![change(&topic, 0, None, held(0, ""))]), allowing(&topic), setting(&topic)]
    {
        let receipt = apply(&cluster, &command, &Patience::new(Duration::from_secs(1))).unwrap();
        assert_refused(&receipt, &["nothing was changed", "looked at first"]);
    }
}

#[test]
fn who_joins_between_the_look_and_the_write_is_met_by_the_broker() {
    let case = case("joins");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.source(), &topic);
    // The member joins when the commit is on its way.
    let joined: Arc<Mutex<Option<Member>>> = Arc::default();
    let (kept, source, name, of) =
        (Arc::clone(&joined), case.source().bootstrap.clone(), group.clone(), topic.clone());
    let fate = move |asked| {
        let mut kept = kept.lock().unwrap();
        if asked == OFFSET_COMMIT && kept.is_none() {
            *kept = Some(Member::join_at(&source, &name, &of, &[]));
        }
        Fate::Pass
    };
    let cluster = Meddler::before(&case.source().bootstrap, fate).connect("source");
    let command =
        command(&group, vec![change(&topic, 0, None, held(5, "")), change(&topic, 1, None, held(5, ""))]);
    let receipt = apply(&cluster, &command, &patience()).unwrap();
    assert_refused(&receipt, &["UNKNOWN_MEMBER_ID", &format!("{topic}-1"), "nothing was changed"]);
    assert_eq!(raw(case.source(), &group).len(), 0);
}

#[test]
fn what_somebody_else_commits_after_the_write_is_seen() {
    let case = case("overwritten");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    // The first look reads twice: all commits, and those of the named partitions. The third read is the one after.
    const OFFSET_FETCH: i16 = 9;
    let wrote = Arc::new(AtomicBool::new(false));
    let (target, name, of) = (case.target().clone(), group.clone(), topic.clone());
    let fate = move |asked| {
        if asked == OFFSET_COMMIT {
            wrote.store(true, Ordering::Relaxed);
        }
        if asked == OFFSET_FETCH && wrote.load(Ordering::Relaxed) {
            commit_with_epoch(&target, &name, &of, 3, "");
        }
        Fate::Pass
    };
    let cluster = Meddler::before(&case.target().bootstrap, fate).connect("target");
    let command = command(&group, vec![change(&topic, 0, None, held(5, ""))]);
    let receipt = apply(&cluster, &command, &patience()).unwrap();
    assert_unknown(&receipt, &["it was taken, but 3 is committed, not 5", &group]);
    let commits = connect(case.target()).commits(&[&group], &patience()).unwrap();
    assert_eq!(
        commits[&group].as_ref().unwrap()[&TopicPartition::new(&topic, 0)].as_ref().unwrap().offset,
        3
    );
}
