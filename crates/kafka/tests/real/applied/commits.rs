//! Commits set from what they must be.

use super::{DONE, applied, assert_refused, assert_unknown, awaited};
use crate::groups::Member;
use crate::{case, connect, connect_as, patience, rpc};
use kafka::{Cluster, GroupKind, Patience};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{
    GroupId, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use lab::{Position, Produce, Record, Topic};
use runbook::Side;
use runbook::world::{Command, CommitChange, CommitHeld, Receipt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub fn held(offset: i64, metadata: &str) -> Option<CommitHeld> {
    Some(CommitHeld { offset, metadata: metadata.to_owned() })
}

pub fn change(topic: &str, partition: i32, from: Option<CommitHeld>, to: Option<CommitHeld>) -> CommitChange {
    CommitChange { topic: topic.to_owned(), partition, from, to }
}

pub fn command(group: &str, commits: Vec<CommitChange>) -> Command {
    Command::SetCommits { side: Side::Target, group: group.to_owned(), commits }
}

/// Ten records in each of three partitions.
pub fn filled(cluster: &lab::Cluster, topic: &str) {
    cluster.create_topic(&Topic::new(topic).partitions(3)).unwrap();
    cluster.produce(topic, (0..30).map(|n| Record::value("x").to(n % 3)), &Produce::default()).unwrap();
}

type Raw = BTreeMap<(String, i32), (i64, i32, String)>;

/// Offset, leader epoch and metadata of every commit, as the protocol has them.
pub fn raw(cluster: &lab::Cluster, group: &str) -> Raw {
    let group = OffsetFetchRequestGroup::default()
        .with_group_id(GroupId(StrBytes::from_string(group.to_owned())))
        .with_topics(None);
    let request = OffsetFetchRequest::default().with_groups(vec![group]);
    let answer: OffsetFetchResponse = rpc::call(&cluster.bootstrap, 9, 8, &request);
    assert_eq!(answer.groups[0].error_code, 0);
    let topics = answer.groups[0].topics.iter();
    let all = topics.flat_map(|topic| topic.partitions.iter().map(move |partition| (topic, partition)));
    all.map(|(topic, partition)| {
        assert_eq!(partition.error_code, 0);
        let metadata = partition.metadata.as_ref().map(ToString::to_string).unwrap_or_default();
        let at = (topic.name.0.to_string(), partition.partition_index);
        (at, (partition.committed_offset, partition.committed_leader_epoch, metadata))
    })
    .collect()
}

/// Commits with a leader epoch, as Java's consumers do.
pub fn commit_with_epoch(cluster: &lab::Cluster, group: &str, topic: &str, offset: i64, metadata: &str) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let partition = OffsetCommitRequestPartition::default()
        .with_committed_offset(offset)
        .with_committed_leader_epoch(0)
        .with_committed_metadata(Some(text(metadata)));
    let topic = OffsetCommitRequestTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    let answer: OffsetCommitResponse = rpc::call(&cluster.bootstrap, 8, 8, &request);
    assert_eq!(answer.topics[0].partitions[0].error_code, 0);
}

fn kind(cluster: &Cluster, group: &str) -> GroupKind {
    cluster.describe_groups(&[group], &patience()).unwrap().remove(0).kind
}

#[test]
fn set_once_and_taken_back_to_nothing() {
    let case = case("set-new");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    let cluster = connect(case.target());
    let there =
        command(&group, vec![change(&topic, 0, None, held(5, "m")), change(&topic, 2, None, held(10, ""))]);
    assert_eq!(applied(&cluster, &there), DONE);
    let expected: Raw = BTreeMap::from([
        ((topic.clone(), 0), (5, -1, "m".to_owned())),
        ((topic.clone(), 2), (10, -1, String::new())),
    ]);
    assert_eq!(raw(case.target(), &group), expected);
    assert_eq!(applied(&cluster, &there), Receipt::Already);
    let back = there.inverse().unwrap();
    assert_eq!(applied(&cluster, &back), DONE);
    assert_eq!(raw(case.target(), &group), Raw::new());
    assert_eq!(kind(&cluster, &group), GroupKind::Absent, "it was not there before");
    assert_eq!(applied(&cluster, &back), Receipt::Already);
}

#[test]
fn restored_exactly_and_nothing_else_touched() {
    let case = case("set-back");
    let (topic, other, group) = (case.name("t"), case.name("other"), case.name("g"));
    filled(case.target(), &topic);
    filled(case.target(), &other);
    case.target()
        .commit_with(&group, &[Position::new(&topic, 0, 3), Position::new(&topic, 1, 9)], "old")
        .unwrap();
    case.target().commit_with(&group, &[Position::new(&other, 0, 7)], "not ours").unwrap();
    let before = raw(case.target(), &group);
    let cluster = connect(case.target());
    let there = command(
        &group,
        vec![
            change(&topic, 0, held(3, "old"), held(8, "new")),
            change(&topic, 1, held(9, "old"), None),
            change(&topic, 2, None, held(0, "")),
        ],
    );
    assert_eq!(applied(&cluster, &there), DONE);
    let after = raw(case.target(), &group);
    assert_eq!(after[&(topic.clone(), 0)], (8, -1, "new".to_owned()));
    assert_eq!(after[&(other.clone(), 0)], before[&(other, 0)]);
    assert!(!after.contains_key(&(topic.clone(), 1)) && after.contains_key(&(topic, 2)));
    assert_eq!(applied(&cluster, &there), Receipt::Already);
    assert_eq!(applied(&cluster, &there.inverse().unwrap()), DONE);
    assert_eq!(raw(case.target(), &group), before);
    assert_eq!(kind(&cluster, &group), GroupKind::Classic, "it has other commits");
}

#[test]
fn the_rest_of_a_half_applied_command_is_applied() {
    let case = case("set-half");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    case.target().commit(&group, &[Position::new(&topic, 0, 5)]).unwrap();
    let cluster = connect(case.target());
    let both =
        command(&group, vec![change(&topic, 0, None, held(5, "")), change(&topic, 1, None, held(6, ""))]);
    assert_eq!(applied(&cluster, &both), DONE);
    assert_eq!(raw(case.target(), &group)[&(topic, 1)].0, 6);
}

#[test]
fn neither_as_expected_nor_as_wanted() {
    let case = case("set-neither");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    case.target().commit_with(&group, &[Position::new(&topic, 0, 4)], "now").unwrap();
    let before = raw(case.target(), &group);
    let cluster = connect(case.target());
    for (from, to, words) in [
        (held(3, "now"), held(5, ""), ["4 (\"now\")", "3 (\"now\") (expected)", "5 (wanted)"]),
        (None, held(5, ""), ["4 (\"now\")", "none (expected)", "5 (wanted)"]),
        // The offset is right, and what the client wrote beside it is not.
        (held(4, ""), held(5, ""), ["4 (\"now\")", "4 (expected)", "5 (wanted)"]),
        (held(3, ""), None, ["4 (\"now\")", "3 (expected)", "none (wanted)"]),
    ] {
        // The other partition is as expected, and is not written either.
        let command =
            command(&group, vec![change(&topic, 0, from, to), change(&topic, 1, None, held(1, ""))]);
        let receipt = applied(&cluster, &command);
        assert_refused(&receipt, &words);
        assert_refused(&receipt, &[&group, &format!("{topic}-0"), "nothing was changed"]);
    }
    let twice =
        command(&group, vec![change(&topic, 1, None, held(1, "")), change(&topic, 1, None, held(2, ""))]);
    assert_refused(&applied(&cluster, &twice), &["named twice"]);
    assert_eq!(raw(case.target(), &group), before);
}

#[test]
fn beyond_the_log_end_and_where_there_is_no_log() {
    let case = case("set-bounds");
    let (topic, missing, group) = (case.name("t"), case.name("missing"), case.name("g"));
    filled(case.target(), &topic);
    let cluster = connect(case.target());
    for (topic, partition, offset, part) in [
        (&topic, 0, 11, "position 11 is not within the log, 0..10"),
        (&topic, 0, -1, "position -1 is not within the log"),
        (&topic, 3, 0, "UNKNOWN_TOPIC_OR_PARTITION"),
        (&missing, 0, 0, "UNKNOWN_TOPIC_OR_PARTITION"),
    ] {
        let command = command(&group, vec![change(topic, partition, None, held(offset, ""))]);
        assert_refused(&applied(&cluster, &command), &[part, &format!("{topic}-{partition}")]);
    }
    assert_eq!(kind(&cluster, &group), GroupKind::Absent);
    // What lay beyond the end is repaired, and it is told that this is no way back.
    commit_with_epoch(case.target(), &group, &topic, 99, "");
    let repair = command(&group, vec![change(&topic, 0, held(99, ""), held(10, ""))]);
    let receipt = applied(&cluster, &repair);
    let Receipt::Applied { said: Some(said) } = receipt else { panic!("{receipt:?}") };
    assert!(said.contains("99 lay beyond the log end 10"), "{said}");
    assert_refused(&applied(&cluster, &repair.inverse().unwrap()), &["position 99 is not within the log"]);
    assert_eq!(raw(case.target(), &group)[&(topic, 0)].0, 10);
}

#[test]
fn a_group_with_members_is_left_alone() {
    for protocol in ["classic", "consumer"] {
        let case = case("set-live");
        let (topic, group) = (case.name("t"), case.name("g"));
        filled(case.source(), &topic);
        let _member = Member::join(&case, &group, &topic, &[("group.protocol", protocol)]);
        let cluster = connect(case.source());
        let command = command(&group, vec![change(&topic, 0, None, held(5, ""))]);
        assert_refused(&applied(&cluster, &command), &["has members", "the-client", "nothing was changed"]);
        assert_eq!(raw(case.source(), &group), Raw::new());
    }
}

#[test]
fn a_commit_that_moves_on_is_not_overtaken() {
    let case = case("set-moving");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    case.target().commit(&group, &[Position::new(&topic, 0, 1)]).unwrap();
    let proposed = command(&group, vec![change(&topic, 0, held(1, ""), held(9, ""))]);
    // Somebody who is no member commits, as an assign() consumer or a replicator does.
    let over = Arc::new(AtomicBool::new(false));
    let begun = Arc::new(AtomicBool::new(false));
    let committing = {
        let (over, begun, target) = (Arc::clone(&over), Arc::clone(&begun), case.target().clone());
        let (topic, group) = (topic.clone(), group.clone());
        std::thread::spawn(move || {
            for offset in (2..8).cycle() {
                commit_with_epoch(&target, &group, &topic, offset, "");
                begun.store(true, Ordering::Relaxed);
                if over.load(Ordering::Relaxed) {
                    return;
                }
            }
        })
    };
    awaited("a commit", || begun.load(Ordering::Relaxed));
    let cluster = connect(case.target());
    for _ in 0..20 {
        assert_refused(&applied(&cluster, &proposed), &["neither 1 (expected) nor 9 (wanted)"]);
    }
    over.store(true, Ordering::Relaxed);
    committing.join().unwrap();
    assert!((2..8).contains(&raw(case.target(), &group)[&(topic, 0)].0));
}

#[test]
fn no_leader_epoch_is_ever_written() {
    let case = case("set-epoch");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.source(), &topic);
    filled(case.target(), &topic);
    commit_with_epoch(case.source(), &group, &topic, 4, "by a consumer");
    let at = (topic.clone(), 0);
    let on_source = raw(case.source(), &group)[&at].clone();
    assert_eq!(on_source, (4, 0, "by a consumer".to_owned()), "the source has one");
    commit_with_epoch(case.target(), &group, &topic, 2, "before");
    let cluster = connect(case.target());
    let there = command(&group, vec![change(&topic, 0, held(2, "before"), held(on_source.0, &on_source.2))]);
    assert_eq!(applied(&cluster, &there), DONE);
    assert_eq!(raw(case.target(), &group)[&at], (4, -1, "by a consumer".to_owned()));
    assert_eq!(applied(&cluster, &there.inverse().unwrap()), DONE);
    assert_eq!(raw(case.target(), &group)[&at], (2, -1, "before".to_owned()));
}

/// 8: DESCRIBE; 3: READ. Where a resource has any ACL, what is not allowed is denied.
const DESCRIBE: i8 = 8;
const READ: i8 = 3;
const ALLOW: i8 = 3;

#[test]
fn who_may_only_look_is_refused() {
    let case = case("set-denied");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    case.target().commit(&group, &[Position::new(&topic, 0, 1)]).unwrap();
    rpc::create_acl(&case.target().bootstrap, "User:cutover", (3, &group, 3), DESCRIBE, ALLOW);
    let cluster = connect_as(case.target(), "cutover");
    let mut offset = 1;
    awaited("the ACL", || {
        let command = command(&group, vec![change(&topic, 0, held(offset, ""), held(offset + 1, ""))]);
        match applied(&cluster, &command) {
            Receipt::Applied { .. } => {
                offset += 1;
                assert!(offset < 10, "the log is at its end");
                false
            }
            refused => {
                let words =
                    ["GROUP_AUTHORIZATION_FAILED", "not authorised: grant READ", "nothing was changed"];
                assert_refused(&refused, &words);
                true
            }
        }
    });
    assert_eq!(raw(case.target(), &group)[&(topic, 0)].0, offset);
}

#[test]
fn what_is_done_in_part_is_unknown_and_told_one_by_one() {
    let case = case("set-part");
    let (open, closed, group) = (case.name("open"), case.name("shut"), case.name("g"));
    filled(case.target(), &open);
    filled(case.target(), &closed);
    rpc::create_acl(&case.target().bootstrap, "User:cutover", (2, &closed, 3), DESCRIBE, ALLOW);
    let cluster = connect_as(case.target(), "cutover");
    // Until the ACL is applied both are written, and taken back again.
    let both =
        command(&group, vec![change(&open, 0, None, held(5, "")), change(&closed, 0, None, held(5, ""))]);
    awaited("the ACL", || match applied(&cluster, &both) {
        Receipt::Applied { .. } => {
            assert!(matches!(
                applied(&connect(case.target()), &both.inverse().unwrap()),
                Receipt::Applied { .. }
            ));
            false
        }
        receipt => {
            assert_unknown(&receipt, &[&format!("{open}-0: 5 is committed"), "TOPIC_AUTHORIZATION_FAILED"]);
            assert_unknown(&receipt, &[&format!("{closed}-0"), "none is committed, not 5", &group]);
            true
        }
    });
    // The way back of what was meant: one is as wanted, the other still as it was.
    let root = connect(case.target());
    assert_eq!(applied(&root, &both.inverse().unwrap()), DONE);
    assert_eq!(raw(case.target(), &group), Raw::new());
}

#[test]
fn a_topic_that_is_hidden_is_not_without_a_commit() {
    let case = case("set-hidden");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    case.target().commit(&group, &[Position::new(&topic, 0, 1)]).unwrap();
    // For somebody else: nobody but super users may do anything with it then.
    rpc::create_acl(&case.target().bootstrap, "User:nobody", (2, &topic, 3), READ, ALLOW);
    let cluster = connect_as(case.target(), "cutover");
    let none = command(&group, vec![change(&topic, 0, held(7, ""), None)]);
    awaited("the ACL", || match applied(&cluster, &none) {
        Receipt::Refused { why } => {
            why.contains("TOPIC_AUTHORIZATION_FAILED") && why.contains("grant DESCRIBE")
        }
        other => panic!("{other:?}"),
    });
}

#[test]
fn time_is_obeyed() {
    let case = case("set-time");
    let (topic, group) = (case.name("t"), case.name("g"));
    filled(case.target(), &topic);
    let cluster = connect(case.target());
    let command = command(&group, vec![change(&topic, 0, None, held(5, ""))]);
    let begun = Instant::now();
    let receipt = kafka::apply::apply(&cluster, &command, &Patience::new(Duration::ZERO)).unwrap();
    assert_refused(&receipt, &["nothing was changed"]);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(kind(&cluster, &group), GroupKind::Absent);
}
