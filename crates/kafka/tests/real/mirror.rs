//! What a real MirrorMaker 2 writes down about itself.

use super::{case, connect, lab, patience};
use kafka::mm2::{
    CheckpointKey, Checkpoints, ConnectOffset, ConnectOffsets, Heartbeats, Names, OffsetPair, OffsetSyncs,
};
use kafka::{Cluster, Isolation, ReadOptions, TopicPartition};
use lab::{Position, Produce, Record, Topic};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

fn options() -> ReadOptions {
    ReadOptions::new(Isolation::ReadCommitted, patience())
}

/// Looks again until it is there.
fn awaited<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let waiting = patience();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(!waiting.is_over(), "it does not come");
        waiting.pause(Duration::from_millis(200));
    }
}

#[test]
fn offset_syncs_checkpoints_heartbeats_and_connect_offsets() {
    // The lab's flow copies what begins so.
    let case = case("mirrored");
    let (topic, group) = (case.name("t"), case.name("g"));
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source()
        .produce(&topic, (0..500).map(|n| Record::value(format!("{n}"))), &Produce::default())
        .unwrap();
    case.source().commit(&group, &[Position::new(&topic, 0, 500)]).unwrap();
    let source: Arc<Cluster> = Arc::new(connect(case.source()));
    let target: Arc<Cluster> = Arc::new(connect(case.target()));
    let names = Names::default();
    let partition = TopicPartition::new(&topic, 0);

    let wanted = BTreeSet::from([topic.clone()]);
    let last = awaited(|| {
        let syncs =
            OffsetSyncs::read(&source, &names.offset_syncs("target"), Some(&wanted), &options()).unwrap()?;
        assert_eq!(syncs.unreadable, None);
        assert!(syncs.pairs.keys().all(|key| *key == partition));
        // The last pair is written at the commit tick behind the last record.
        syncs.pairs.get(&partition)?.last().copied().filter(|pair| pair.source == 499)
    });
    assert_eq!(last, OffsetPair { source: 499, target: 499 });

    let key = CheckpointKey { group, partition: partition.clone() };
    let checkpoint = awaited(|| {
        let checkpoints = Checkpoints::read(&target, &names.checkpoints("source"), &options()).unwrap()?;
        assert_eq!(checkpoints.unreadable, None);
        checkpoints.newest.get(&key).cloned().filter(|checkpoint| checkpoint.target == 500)
    });
    assert_eq!((checkpoint.source, checkpoint.target), (500, 500));

    let (flow, timestamp) = awaited(|| {
        let beats = Heartbeats::read(&target, &names.heartbeats(), &options()).unwrap()?;
        assert_eq!(beats.unreadable, None);
        beats.newest.into_iter().next()
    });
    assert_eq!(flow, ("source".to_owned(), "target".to_owned()));
    assert!(timestamp > 1_700_000_000_000);

    let connect_topic = awaited(|| {
        let topics = target.topics_all(&patience()).unwrap();
        topics
            .into_iter()
            .map(|topic| topic.name)
            .find(|name| name.contains("offsets") && name.contains("connect"))
    });
    let key = ConnectOffset { connector: "mirror-source".into(), cluster: "source".into(), partition };
    let last = awaited(|| {
        let offsets = ConnectOffsets::read(&target, &connect_topic, &options()).unwrap()?;
        assert_eq!(offsets.unreadable, None);
        offsets.last_copied.get(&key).copied().filter(|last| *last == 499)
    });
    assert_eq!(last, 499);
}

#[test]
fn an_absent_topic_is_no_error_and_foreign_records_are_counted() {
    let case = case("not-mirrored");
    let cluster = Arc::new(connect(lab().target()));
    assert_eq!(Checkpoints::read(&cluster, &case.name("none"), &options()).unwrap(), None);
    let foreign = case.name("foreign");
    case.target().create_topic(&Topic::new(&foreign)).unwrap();
    let records = [
        Record::value("no key"),
        Record::keyed("k", "v"),
        Record { key: None, value: None, ..Record::default() },
    ];
    case.target().produce(&foreign, records, &Produce::default()).unwrap();
    let syncs = OffsetSyncs::read(&cluster, &foreign, None, &options()).unwrap().unwrap();
    let unreadable = syncs.unreadable.unwrap();
    assert_eq!((unreadable.records, syncs.pairs.len()), (3, 0));
    assert_eq!(unreadable.first, format!("{foreign}-0 at offset 0: it has no key"));
}
