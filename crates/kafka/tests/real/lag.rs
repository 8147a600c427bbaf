//! How far a group is behind, in records and in time.

use super::{case, connect, patience};
use kafka::observe::Clusters;
use kafka::{Isolation, OffsetSpec, TopicPartition};
use lab::{Position, Produce, Record, Topic};
use runbook::Side;
use runbook::world::{self, Measured, PartitionLag, Probe};
use std::collections::BTreeMap;
use std::sync::Arc;

/// While the newest record is not visible, the leader does not tell the newest timestamp: it looks like a partition
/// without records. So it is with every record that is just being replicated.
#[test]
fn the_age_is_told_while_the_newest_record_is_not_visible() {
    let case = case("lag-age");
    let (topic, group) = (case.name("t"), case.name("g"));
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let start = 1_700_000_000_000_i64;
    let how = Produce::default();
    let at = |n: i64| Record::value(format!("{n}")).at(start + 1_000 * n);
    case.source().produce(&topic, (0..10).map(at), &how).unwrap();
    case.source().commit(&group, &[Position::new(&topic, 0, 4)]).unwrap();
    let transaction = case.source().transactions(&case.name("tx"), &how).unwrap();
    transaction.begin().unwrap();
    transaction.send(&topic, (20..25).map(at)).unwrap();

    let cluster = Arc::new(connect(case.source()));
    let newest = BTreeMap::from([(TopicPartition::new(&topic, 0), OffsetSpec::MaxTimestamp)]);
    let told = cluster.list_offsets(&newest, Isolation::ReadCommitted, &patience()).unwrap();
    assert_eq!(told[&TopicPartition::new(&topic, 0)].unwrap().timestamp, None, "what the leader says");

    let lag = || -> PartitionLag {
        let clusters = Clusters {
            source: &cluster,
            target: &cluster,
            connect: None,
            max_read: 0,
            read: None,
            rate: None,
            hear: &|_| {},
            cuts: None,
            scratch: None,
        };
        let isolation = world::Isolation::ReadCommitted;
        let (side, topics) = (Side::Source, vec![topic.clone()]);
        let probe = Probe::Lag { side, group: group.clone(), topics, isolation };
        match clusters.observe(&probe, &patience()).unwrap().unwrap().measured {
            Measured::Lag(seen) => seen.partitions.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let hidden = lag();
    assert_eq!((hidden.records, hidden.open_transaction), (6, Some(true)));
    assert_eq!((hidden.event_time_ms, hidden.age_untold), (Some(5_000), None), "4..=9 are visible");

    transaction.commit().unwrap();
    let waiting = patience();
    let mut all = lag();
    while all.records < 11 {
        assert!(!waiting.is_over());
        waiting.pause(std::time::Duration::from_millis(20));
        all = lag();
    }
    // The leader counts the time of the marker, which is that of the broker.
    assert!(all.event_time_ms.unwrap() >= 20_000, "{all:?}");
}
