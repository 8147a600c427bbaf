//! Groups of every type with state and members.

use super::{case, connect, connect_as, patience, rpc};
use bytes::Bytes;
use kafka::{Cluster, ErrorKind, Group, GroupKind};
use kafka_protocol::messages::{GroupId, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use lab::{Case, Position, Produce, Record, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

/// A consumer that is polled until it has its partitions, and goes on being polled until dropped.
pub struct Member {
    stop: std::sync::mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Member {
    pub fn join(case: &Case<'_>, group: &str, topic: &str, options: &[(&str, &str)]) -> Member {
        Member::join_at(&case.source().bootstrap, group, topic, options)
    }

    pub fn join_at(bootstrap: &str, group: &str, topic: &str, options: &[(&str, &str)]) -> Member {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("group.id", group)
            .set("client.id", "the-client")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest");
        for (key, value) in options {
            config.set(*key, *value);
        }
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&[topic]).unwrap();
        let (stop, stopped) = std::sync::mpsc::channel();
        let (joined, ready) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                let _ = consumer.poll(Duration::from_millis(50));
                if consumer.assignment().is_ok_and(|assignment| assignment.count() > 0) {
                    let _ = joined.send(());
                }
            }
        });
        ready.recv_timeout(Duration::from_secs(60)).unwrap();
        Member { stop, thread: Some(thread) }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn group(cluster: &Cluster, name: &str) -> Group {
    cluster.describe_groups(&[name], &patience()).unwrap().remove(0)
}

#[test]
fn classic_static_simple_and_absent() {
    let case = case("classic");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    let (live, simple, absent) = (case.name("live"), case.name("simple"), case.name("absent"));
    case.source().commit(&simple, &[Position::new(&topic, 0, 0)]).unwrap();
    let cluster = connect(case.source());
    {
        let _member = Member::join(&case, &live, &topic, &[("group.instance.id", "instance-1")]);
        let groups = cluster.describe_groups(&[&absent, &live, &simple], &patience()).unwrap();
        assert_eq!(
            groups.iter().map(|g| g.kind.clone()).collect::<Vec<_>>(),
            [GroupKind::Absent, GroupKind::Classic, GroupKind::Classic]
        );
        assert_eq!(groups.iter().map(|g| g.state.as_str()).collect::<Vec<_>>(), ["", "Stable", "Empty"]);
        let members = groups[1].members.as_ref().unwrap();
        assert_eq!(members.len(), 1);
        let member = &members[0];
        assert_eq!(
            (member.client_id.as_str(), member.instance_id.as_deref()),
            ("the-client", Some("instance-1"))
        );
        assert_eq!(member.host, "/127.0.0.1");
        assert_eq!(member.assignment.iter().map(|p| p.partition).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(groups[2].members, Some(vec![]));
        assert!(
            cluster
                .groups(&patience())
                .unwrap()
                .iter()
                .any(|g| g.group == live && g.members.as_ref().unwrap().len() == 1)
        );
    }
    // A static member leaves nothing behind but its session: the group stays Stable.
    assert_eq!(group(&cluster, &live).state, "Stable");
}

#[test]
fn kip_848() {
    let case = case("kip848");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let name = case.name("g");
    let _member = Member::join(&case, &name, &topic, &[("group.protocol", "consumer")]);
    let cluster = connect(case.source());
    let found = group(&cluster, &name);
    assert_eq!((found.kind.clone(), found.state.as_str()), (GroupKind::Consumer, "Stable"));
    let members = found.members.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].client_id, "the-client");
    assert_eq!(members[0].assignment, [kafka::TopicPartition::new(&topic, 0)]);
}

#[test]
fn share_groups_are_found_and_named() {
    let case = case("share");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let name = case.name("g");
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let request = ShareGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text(&name)))
        .with_member_id(text("AAAAAAAAAAAAAAAAAAAAAA"))
        .with_member_epoch(0)
        .with_subscribed_topic_names(Some(vec![TopicName(text(&topic))]));
    let answer: ShareGroupHeartbeatResponse = rpc::call(&case.source().bootstrap, 76, 1, &request);
    assert_eq!(answer.error_code, 0, "{:?}", answer.error_message);
    let cluster = connect(case.source());
    let listed = cluster.list_groups(&patience()).unwrap();
    assert_eq!(listed.iter().find(|g| g.group == name).unwrap().kind, GroupKind::Share);
    let found = group(&cluster, &name);
    assert_eq!(found.kind, GroupKind::Share);
    assert_eq!(found.members.unwrap().len(), 1);
}

#[test]
fn other_protocols_are_named() {
    use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
    use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
    let case = case("other");
    let name = case.name("workers");
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let protocol =
        JoinGroupRequestProtocol::default().with_name(text("p")).with_metadata(Bytes::from_static(b"x"));
    let request = JoinGroupRequest::default()
        .with_group_id(GroupId(text(&name)))
        .with_session_timeout_ms(30_000)
        .with_rebalance_timeout_ms(30_000)
        .with_protocol_type(text("connect"))
        .with_protocols(vec![protocol]);
    // Version 3 needs no member id first.
    let answer: JoinGroupResponse = rpc::call(&case.source().bootstrap, 11, 3, &request);
    assert_eq!(answer.error_code, 0);
    let cluster = connect(case.source());
    let found = group(&cluster, &name);
    assert_eq!(found.kind, GroupKind::Other("connect".into()));
    assert_eq!(found.members.unwrap().len(), 1);
}

#[test]
fn a_group_that_may_not_be_described_is_not_absent() {
    let case = case("hidden");
    let topic = case.name("t");
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    case.target().produce(&topic, [Record::value("x")], &Produce::default()).unwrap();
    let name = case.name("g");
    case.target().commit(&name, &[Position::new(&topic, 0, 1)]).unwrap();
    // With DESCRIBE on the cluster every group is listed, whatever its own ACLs say.
    rpc::create_acl(&case.target().bootstrap, "User:mm2", (4, "kafka-cluster", 3), 8, 2);
    rpc::create_acl(&case.target().bootstrap, "User:mm2", (3, &name, 3), 8, 2);
    let cluster = connect_as(case.target(), "mm2");
    let waiting = patience();
    let error = loop {
        match cluster.describe_groups(&[&name], &patience()) {
            Err(error) => break error,
            Ok(_) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
        waiting.pause(Duration::from_millis(50));
    };
    assert_eq!(error.kind, ErrorKind::NotAuthorised, "{error}");
    assert!(
        error.to_string().contains(&name) && error.to_string().contains("GROUP_AUTHORIZATION_FAILED"),
        "{error}"
    );
    assert_eq!(
        cluster.commits(&[&name], &patience()).unwrap()[&name].as_ref().unwrap_err().kind(),
        ErrorKind::NotAuthorised
    );
}
