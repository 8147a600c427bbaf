//! Groups of the newer protocols (case 16): translated where they have commits, found and named where they have none.

use std::time::{Duration, Instant};

use kafka_protocol::messages::{
    ApiKey, GroupId, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use lab::{Cluster, Position};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use serde_json::Value;

use crate::AT_MOST;
use crate::ask::{cutover, exact, group, only, replay, synced};
use crate::labs::{await_end, lab, records, topic, topic_on_both, write};
use crate::streams::Heartbeat;

crate::cases!(
    copied:
        a_group_of_the_new_protocol_is_translated_like_any_other;
    by_hand:
        a_share_group_is_named_and_never_green,
        a_streams_group_is_named_and_translated_by_its_commits
);

/// Reads so many records as a member of a KIP-848 group, commits and leaves.
fn consume(cluster: &Cluster, group: &str, topic: &str, count: usize) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &cluster.bootstrap)
        .set("group.id", group)
        .set("group.protocol", "consumer")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let end = Instant::now() + AT_MOST;
    let mut read = 0;
    while read < count {
        assert!(Instant::now() < end, "{read} of {count} records");
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(200)) {
            read += 1;
            assert_eq!(message.offset(), i64::try_from(read).unwrap() - 1);
            if read == count {
                consumer.commit_message(&message, CommitMode::Sync).unwrap();
            }
        }
    }
}

fn a_group_of_the_new_protocol_is_translated_like_any_other() {
    let case = lab().case("clean-next");
    let topic = topic(&case, "orders");
    write(case.source(), &topic, records(100));
    let (drained, middle) = (case.name("drained"), format!("hand.{}", case.name("middle")));
    consume(case.source(), &drained, &topic, 100);
    consume(case.source(), &middle, &topic, 40);
    await_end(&case, &topic, 100);
    case.target().commit(&middle, &[Position::new(&topic, 0, 31)]).unwrap();
    replay(40, 9).agrees(&group(&case, &middle, 1)[0]);
    case.target().commit(&middle, &[Position::new(&topic, 0, 40)]).unwrap();
    exact(40).agrees(&group(&case, &middle, 0)[0]);
    case.await_committed(&drained, &topic, &[(0, 100)].into(), AT_MOST).unwrap();
    synced(&case, &drained, &exact(100));
}

/// Sends a heartbeat until the broker takes it: on a cluster where nobody ever committed there is no coordinator, and one
/// that has just come to be loads first.
fn until_accepted(cluster: &Cluster, topic: &str, heartbeat: impl Fn() -> i16) {
    cluster.commit(&format!("hand.{topic}"), &[Position::new(topic, 0, 0)]).unwrap();
    let end = Instant::now() + AT_MOST;
    loop {
        match heartbeat() {
            0 => return,
            // Loading, not available, not the coordinator.
            14..=16 if Instant::now() < end => std::thread::sleep(Duration::from_millis(200)),
            code => panic!("the broker refuses with {code}"),
        }
    }
}

/// The one group that this pattern finds.
fn found(lab: &lab::Lab, pattern: &str, exit: i32) -> Value {
    only(&cutover(lab, &["parity", "group", pattern], exit)["groups"]).clone()
}

fn a_share_group_is_named_and_never_green() {
    let case = lab().case("share");
    let topic = topic_on_both(&case, "orders", 1);
    let name = case.name("workers");
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let request = ShareGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text(&name)))
        .with_member_id(text("AAAAAAAAAAAAAAAAAAAAAA"))
        .with_subscribed_topic_names(Some(vec![TopicName(text(&topic))]));
    until_accepted(case.source(), &topic, || {
        let key = ApiKey::ShareGroupHeartbeat as i16;
        let answer: ShareGroupHeartbeatResponse =
            cutover_tests::call(&case.source().bootstrap, key, 1, &request);
        answer.error_code
    });
    let group = found(&case, &case.name("*"), 3);
    assert_eq!((&group["group"], &group["kind"]), (&name.into(), &"share".into()), "{group:#}");
    assert_eq!(group["verdict"], "unknown");
    assert!(group["why"].as_str().unwrap().contains("share group"), "{group:#}");
}

fn a_streams_group_is_named_and_translated_by_its_commits() {
    let case = lab().case("streams");
    let topic = topic_on_both(&case, "orders", 1);
    let all = records(100);
    write(case.source(), &topic, all.clone());
    write(case.target(), &topic, all);
    let name = case.name("totals");
    let member = Heartbeat::join(&name, &topic);
    until_accepted(case.source(), &topic, || member.send(case.source()));
    let group = found(&case, &case.name("*"), 3);
    assert_eq!((&group["group"], &group["kind"]), (&name.clone().into(), &"streams".into()), "{group:#}");
    assert_eq!(group["verdict"], "unknown", "it has committed nothing yet: {group:#}");
    assert_eq!(member.leaving().send(case.source()), 0);
    case.source().commit(&name, &[Position::new(&topic, 0, 40)]).unwrap();
    case.target().commit(&name, &[Position::new(&topic, 0, 38)]).unwrap();
    let group = found(&case, &case.name("*"), 1);
    assert_eq!(group["kind"], "streams", "{group:#}");
    replay(40, 2).agrees(only(&group["partitions"]));
}
