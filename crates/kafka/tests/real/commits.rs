//! Committed offsets, read and written, with every partition's own answer.

use super::groups::Member;
use super::{case, connect, connect_as, patience, rpc};
use kafka::{Commit, NewCommit, TopicPartition};
use lab::{Position, Produce, Record, Topic};
use std::collections::BTreeMap;

fn at(offset: i64) -> NewCommit {
    NewCommit { offset, metadata: "by cutover".into() }
}

#[test]
fn many_groups_and_metadata() {
    let case = case("commits");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic).partitions(3)).unwrap();
    case.source().produce(&topic, (0..9).map(|n| Record::value("x").to(n % 3)), &Produce::default()).unwrap();
    let (a, b, none) = (case.name("a"), case.name("b"), case.name("none"));
    case.source().commit_with(&a, &[Position::new(&topic, 0, 1), Position::new(&topic, 2, 3)], "m").unwrap();
    case.source().commit(&b, &[Position::new(&topic, 1, 2)]).unwrap();
    let cluster = connect(case.source());
    let commits = cluster.commits(&[&a, &b, &none], &patience()).unwrap();
    let of = |group: &str| -> BTreeMap<i32, Commit> {
        commits[group].as_ref().unwrap().iter().map(|(p, c)| (p.partition, c.clone().unwrap())).collect()
    };
    assert_eq!(
        of(&a).iter().map(|(p, c)| (*p, c.offset, c.metadata.as_str())).collect::<Vec<_>>(),
        [(0, 1, "m"), (2, 3, "m")]
    );
    assert_eq!(of(&b)[&1].offset, 2);
    assert!(of(&none).is_empty());
}

#[test]
fn written_offsets_are_there() {
    let case = case("write");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    let (group, missing) = (case.name("g"), case.name("missing"));
    let cluster = connect(case.source());
    let wanted = BTreeMap::from([
        (TopicPartition::new(&topic, 0), at(5)),
        (TopicPartition::new(&topic, 1), at(7)),
        (TopicPartition::new(&topic, 2), at(9)),
        (TopicPartition::new(&missing, 0), at(1)),
    ]);
    let told = cluster.write_commits(&group, &wanted, &patience()).unwrap();
    let codes: Vec<_> = told.values().map(|told| told.err().map(|code| code.name())).collect();
    // Sorted by name: `missing` comes before `t`.
    assert_eq!(codes, [Some("UNKNOWN_TOPIC_OR_PARTITION"), None, None, Some("UNKNOWN_TOPIC_OR_PARTITION")]);
    let held = cluster.commits(&[&group], &patience()).unwrap().remove(&group).unwrap().unwrap();
    assert_eq!(
        held[&TopicPartition::new(&topic, 1)].as_ref().unwrap(),
        &Commit { offset: 7, leader_epoch: -1, metadata: "by cutover".into() }
    );
    assert_eq!(held.len(), 2);
}

#[test]
fn a_live_member_refuses_every_partition() {
    for protocol in ["classic", "consumer"] {
        let case = case("live");
        let topic = case.name("t");
        case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
        let group = case.name("g");
        let _member = Member::join(&case, &group, &topic, &[("group.protocol", protocol)]);
        let cluster = connect(case.source());
        let wanted = BTreeMap::from([
            (TopicPartition::new(&topic, 0), at(0)),
            (TopicPartition::new(&topic, 1), at(0)),
        ]);
        let told = cluster.write_commits(&group, &wanted, &patience()).unwrap();
        assert_eq!(told.len(), 2);
        for (partition, told) in told {
            assert_eq!(told.unwrap_err().name(), "UNKNOWN_MEMBER_ID", "{protocol} {partition}");
        }
        assert!(cluster.commits(&[&group], &patience()).unwrap()[&group].as_ref().unwrap().is_empty());
    }
}

#[test]
fn a_hidden_topic_is_told_only_when_asked_for() {
    let case = case("hidden-topic");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 0)]).unwrap();
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (2, &topic, 3), 8, 2);
    let cluster = connect_as(case.source(), "settlement");
    let partition = TopicPartition::new(&topic, 0);
    let waiting = patience();
    let told = loop {
        let told =
            cluster.commits_on(&group, std::slice::from_ref(&partition), &patience()).unwrap().unwrap();
        match &told[&partition] {
            Err(code) => break *code,
            Ok(_) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
        waiting.pause(std::time::Duration::from_millis(50));
    };
    assert_eq!(told.name(), "TOPIC_AUTHORIZATION_FAILED");
    assert!(
        cluster.commits(&[&group], &patience()).unwrap()[&group].as_ref().unwrap().is_empty(),
        "Kafka says nothing of it"
    );
}

/// More groups and partitions than are asked for one by one: what is told is the same, and that a topic is hidden is told in
/// every group, also where the first of them may not be read.
#[test]
fn of_many_groups_a_hidden_topic_is_told_too() {
    let case = case("among");
    let [shown, hidden] = ["shown", "hidden"].map(|name| case.name(name));
    for topic in [&shown, &hidden] {
        case.source().create_topic(&Topic::new(topic).partitions(60)).unwrap();
    }
    let groups: Vec<String> = (0..100).map(|n| case.name(&format!("g{n:03}"))).collect();
    let partitions: Vec<TopicPartition> = [&hidden, &shown]
        .into_iter()
        .flat_map(|topic| (0..60).map(move |number| TopicPartition::new(topic, number)))
        .collect();
    let elsewhere = case.name("elsewhere");
    case.source().create_topic(&Topic::new(&elsewhere)).unwrap();
    for group in [&groups[3], &groups[70]] {
        let at = [(&hidden, 59, 0), (&shown, 7, 0), (&elsewhere, 0, 0)];
        let at = at.map(|(topic, partition, offset)| Position::new(topic, partition, offset));
        case.source().commit(group, &at).unwrap();
    }
    let cluster = connect(case.source());
    let told = cluster.commits_among(&groups, &partitions, &patience()).unwrap();
    assert_eq!(told.len(), groups.len());
    for group in &groups {
        let alone = cluster.commits_on(group, &partitions, &patience()).unwrap();
        assert_eq!(told[group], alone, "{group}");
    }
    assert_eq!(told[&groups[70]].as_ref().unwrap().len(), 2, "of these topics, and of no others");

    rpc::create_acl(&case.source().bootstrap, "User:settlement", (2, &hidden, 3), 8, 2);
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (3, &groups[0], 3), 8, 2);
    let cluster = connect_as(case.source(), "settlement");
    let waiting = patience();
    let told = loop {
        let told = cluster.commits_among(&groups, &partitions, &patience()).unwrap();
        if told[&groups[0]].is_err()
            && told[&groups[1]].as_ref().unwrap().get(&partitions[0]).is_some_and(Result::is_err)
        {
            break told;
        }
        assert!(!waiting.is_over(), "the ACLs are not applied");
        waiting.pause(std::time::Duration::from_millis(50));
    };
    assert_eq!(told[&groups[0]].as_ref().unwrap_err().name(), "GROUP_AUTHORIZATION_FAILED");
    for group in &groups[1..] {
        let told = told[group].as_ref().unwrap();
        let denied = told
            .iter()
            .filter(|(_, told)| told.as_ref().is_err_and(|code| code.name() == "TOPIC_AUTHORIZATION_FAILED"));
        assert_eq!(denied.count(), 60, "{group}");
        assert_eq!(
            told.contains_key(&TopicPartition::new(&shown, 7)),
            [&groups[3], &groups[70]].contains(&group)
        );
    }
}
