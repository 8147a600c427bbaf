//! Groups of the newer protocols (case 16).

use std::time::{Duration, Instant};

use lab::{Cluster, Position};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;

use crate::AT_MOST;
use crate::ask::{exact, group, replay, synced};
use crate::labs::{await_end, lab, records, topic, write};

crate::cases!(
    copied:
        a_group_of_the_new_protocol_is_translated_like_any_other;
    by_hand:
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
