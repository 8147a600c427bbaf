//! Sources of earlier releases, and a broker that is killed while it is read.

use super::{Member, connect, patience};
use kafka::{
    Cluster, GroupKind, Isolation, NewCommit, PartitionReader, ReadOptions, TopicPartition, TopicState,
};
use lab::{LabSpec, Position, Produce, Record, Replicator, TestLab, Topic};
use parity::{Limit, PartitionLog, Pull, ReadErrorKind, RecordSource};
use std::collections::BTreeMap;
use std::sync::Arc;

fn lab_of(version: &str) -> TestLab {
    let source_version = version.parse().unwrap();
    TestLab::new(&LabSpec { source_version, replicator: Replicator::None, ..LabSpec::default() })
}

fn reader(cluster: &Arc<Cluster>, topic: &str, options: ReadOptions) -> PartitionReader {
    let described = cluster.topics(&[topic], &patience()).unwrap().remove(0);
    PartitionReader::new(Arc::clone(cluster), &described, 0, None, options)
}

/// Everything this crate reads, on a cluster of an earlier release.
fn everything(lab: &TestLab) {
    let case = lab.case("old");
    let source = case.source();
    let (topic, group, live) = (case.name("t"), case.name("g"), case.name("live"));
    source.create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    let how = Produce { compression: "lz4".into(), ..Produce::default() };
    source
        .produce(&topic, (0..100).map(|n| Record::value(format!("{n}")).to(0).at(1_000 + n)), &how)
        .unwrap();
    let transaction = source.transactions(&case.name("id"), &how).unwrap();
    transaction.begin().unwrap();
    transaction.send(&topic, (0..5).map(|_| Record::value("aborted").to(0))).unwrap();
    transaction.abort().unwrap();
    source.commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();

    let cluster = Arc::new(connect(source));
    assert_eq!(cluster.id(), source.cluster_id);
    let described = cluster.topics(&[topic.as_str(), "missing"], &patience()).unwrap();
    assert_eq!(
        described.iter().map(|t| t.state).collect::<Vec<_>>(),
        [TopicState::Present, TopicState::Absent]
    );
    assert!(cluster.topics_all(&patience()).unwrap().contains(&described[0]));
    assert!(
        cluster.topic_configs(&[&topic], &patience()).unwrap()[&topic]
            .as_ref()
            .unwrap()
            .contains_key("retention.ms")
    );
    let partition = TopicPartition::new(&topic, 0);
    let waiting = patience();
    let ends = loop {
        let ends = cluster.ends(std::slice::from_ref(&partition), &patience()).unwrap()[&partition].unwrap();
        if ends.last_stable == ends.high_watermark {
            break ends;
        }
        assert!(!waiting.is_over());
    };
    assert_eq!((ends.log_start, ends.high_watermark), (0, 106));

    let _member = Member::join(&case, &live, &topic, &[]);
    let groups = cluster.describe_groups(&[&group, &live, &case.name("none")], &patience()).unwrap();
    let kinds: Vec<_> = groups
        .iter()
        .map(|g| (g.kind.clone(), g.state.as_str(), g.members.as_ref().unwrap().len()))
        .collect();
    assert_eq!(
        kinds,
        [(GroupKind::Classic, "Empty", 0), (GroupKind::Classic, "Stable", 1), (GroupKind::Absent, "", 0)]
    );
    assert_eq!(groups[1].members.as_ref().unwrap()[0].assignment.len(), 2);
    let commits = cluster.commits(&[&group, &live], &patience()).unwrap();
    assert_eq!(commits[&group].as_ref().unwrap()[&partition].as_ref().unwrap().offset, 40);
    assert!(commits[&live].as_ref().unwrap().is_empty());
    let on = cluster
        .commits_on(&group, &[partition.clone(), TopicPartition::new(&topic, 1)], &patience())
        .unwrap()
        .unwrap();
    assert_eq!(on.len(), 1);
    let new = BTreeMap::from([(partition.clone(), NewCommit { offset: 41, metadata: String::new() })]);
    assert_eq!(cluster.write_commits(&group, &new, &patience()).unwrap()[&partition], Ok(()));
    assert_eq!(
        cluster.write_commits(&live, &new, &patience()).unwrap()[&partition].unwrap_err().name(),
        "UNKNOWN_MEMBER_ID"
    );
    super::applied::everything(&cluster, &topic, &group);
    let open = source.transactions(&case.name("open"), &how).unwrap();
    open.begin().unwrap();
    open.send(&topic, [Record::value("open").to(1)]).unwrap();
    let rest = super::rest::rests(&cluster, &[&topic], 0).remove(1);
    assert_eq!((rest.lso, rest.high_watermark), ([0, 0], [1, 1]));
    assert_eq!(rest.open.unwrap().iter().map(|it| it.first_offset).collect::<Vec<_>>(), [0]);
    open.abort().unwrap();
    cluster.acls(&patience()).unwrap();
    assert!(cluster.api_versions(&patience()).values().all(Result::is_ok));

    let mut log = reader(&cluster, &topic, ReadOptions::new(Isolation::ReadCommitted, patience()));
    assert_eq!(log.offset_for_timestamp(1_050).unwrap(), Some(50));
    let window = log.read(98, Limit::records(10)).unwrap();
    // Between 1970 and now the log went on in another segment, and a fetch ends with its segment.
    assert_eq!((window.records.len(), window.next), (2, 100));
    let window = log.read(100, Limit::records(10)).unwrap();
    assert_eq!(
        (window.records.len(), window.next),
        (0, 106),
        "the aborted records and the marker are decided"
    );
    let mut count = 0;
    let mut stream = log.open(0, i64::MAX).unwrap();
    while stream.pull(&mut |_| count += 1).unwrap() != Pull::End {}
    assert_eq!(count, 100);
    // A topic created anew is told apart, by number or by looking again.
    source.delete_topic(&topic).unwrap();
    let waiting = patience();
    while cluster.topics(&[&topic], &patience()).unwrap()[0].state != TopicState::Absent {
        assert!(!waiting.is_over());
    }
    // ZooKeeper forgets a topic later than the brokers do.
    while source.create_topic(&Topic::new(&topic)).is_err() {
        assert!(!waiting.is_over());
        waiting.pause(std::time::Duration::from_millis(100));
    }
    assert_eq!(log.check_identity().unwrap_err().kind, ReadErrorKind::Recreated);
}

#[test]
fn with_zookeeper() {
    everything(&lab_of("2.8.2"));
}

#[test]
fn the_release_before_and_a_broker_that_dies() {
    let lab = lab_of("3.9.2");
    everything(&lab);
    let case = lab.case("dies");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let small = Produce { options: vec![("batch.num.messages".into(), "10".into())], ..Produce::default() };
    case.source()
        .produce(&topic, (0..2_000).map(|n| Record::value(format!("{n}").repeat(20))), &small)
        .unwrap();
    let cluster = Arc::new(connect(case.source()));
    let options =
        ReadOptions { stream_bytes: 2_000, ..ReadOptions::new(Isolation::ReadCommitted, patience()) };
    let mut stream = reader(&cluster, &topic, options).open(0, i64::MAX).unwrap();
    let mut offsets = Vec::new();
    stream.pull(&mut |image| offsets.push(image.offset)).unwrap();
    let server = case.source().brokers[0].server.clone();
    case.kill(&server).unwrap();
    std::thread::scope(|scope| {
        let back = scope.spawn(|| case.start(&server).unwrap());
        while stream.pull(&mut |image| offsets.push(image.offset)).unwrap() != Pull::End {}
        back.join().unwrap();
    });
    assert_eq!(offsets, (0..2_000).collect::<Vec<_>>(), "every record once, in order");
    assert_eq!(
        cluster.ends(&[TopicPartition::new(&topic, 0)], &patience()).unwrap().len(),
        1,
        "the cluster goes on being usable"
    );
}
