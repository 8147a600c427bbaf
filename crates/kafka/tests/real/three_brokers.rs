//! Three brokers: leaders and coordinators move while they are asked.

use super::{compare, connect, patience, rpc};
use kafka::{Isolation, NewCommit, PartitionReader, ReadOptions, TopicPartition};
use kafka_protocol::messages::{ElectLeadersRequest, ElectLeadersResponse};
use lab::{LabSpec, Position, Produce, Record, Replicator, TestLab, Topic};
use parity::{PartitionLog, Pull, RecordSource};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
#[ignore = "starts twelve servers: make soak"]
fn leaders_and_coordinators_move() {
    let lab = TestLab::new(&LabSpec { brokers: 3, replicator: Replicator::None, ..LabSpec::default() });
    let case = lab.case("three");
    let source = case.source();
    let topic = case.name("t");
    source.create_topic(&Topic::new(&topic).partitions(6)).unwrap();
    let small = Produce { options: vec![("batch.num.messages".into(), "10".into())], ..Produce::default() };
    source
        .produce(&topic, (0..6_000).map(|n| Record::value(format!("{n}").repeat(20)).to(n % 6)), &small)
        .unwrap();
    let groups: Vec<String> = (0..30).map(|n| case.name(&format!("g{n}"))).collect();
    for group in &groups {
        source.commit(group, &[Position::new(&topic, 0, 7)]).unwrap();
    }
    let cluster = Arc::new(connect(source));
    let described = cluster.topics(&[&topic], &patience()).unwrap().remove(0);
    assert!(described.partitions.iter().all(|partition| partition.isr.len() == 3));
    let partitions: Vec<TopicPartition> = (0..6).map(|number| TopicPartition::new(&topic, number)).collect();
    let before = cluster.ends(&partitions, &patience()).unwrap();
    let mut streams: Vec<(Vec<i64>, Box<dyn RecordSource + Send>)> = (0..6)
        .map(|number| {
            let options =
                ReadOptions { stream_bytes: 2_000, ..ReadOptions::new(Isolation::ReadCommitted, patience()) };
            let mut reader = PartitionReader::new(Arc::clone(&cluster), &described, number, None, options);
            let mut stream = reader.open(0, i64::MAX).unwrap();
            let mut offsets = Vec::new();
            stream.pull(&mut |image| offsets.push(image.offset)).unwrap();
            (offsets, stream)
        })
        .collect();

    let victim = &source.brokers[1];
    case.kill(&victim.server).unwrap();
    for (offsets, stream) in &mut streams {
        while stream.pull(&mut |image| offsets.push(image.offset)).unwrap() != Pull::End {}
        assert_eq!(*offsets, (0..1_000).collect::<Vec<_>>(), "every record once, in order");
    }
    assert_eq!(cluster.ends(&partitions, &patience()).unwrap(), before);
    // Groups of the dead broker have moved to others.
    let commits = cluster.commits(&groups, &patience()).unwrap();
    for group in &groups {
        assert_eq!(commits[group].as_ref().unwrap()[&partitions[0]].as_ref().unwrap().offset, 7, "{group}");
        let new = BTreeMap::from([(partitions[0].clone(), NewCommit { offset: 8, metadata: String::new() })]);
        assert_eq!(
            cluster.write_commits(group, &new, &patience()).unwrap()[&partitions[0]],
            Ok(()),
            "{group}"
        );
    }
    let listed = cluster.list_groups(&patience()).unwrap();
    assert!(groups.iter().all(|group| listed.iter().any(|found| found.group == *group)));
    assert_eq!(cluster.brokers(&patience()).unwrap().0.len(), 2);
    let described = cluster.topics(&[&topic], &patience()).unwrap().remove(0);
    assert!(
        described.partitions.iter().all(|partition| partition.leader.is_some() && partition.isr.len() == 2)
    );

    case.start(&victim.server).unwrap();
    let waiting = patience();
    while cluster.brokers(&patience()).unwrap().0.len() < 3 {
        assert!(!waiting.is_over());
        waiting.pause(std::time::Duration::from_millis(200));
    }
    assert_eq!(cluster.ends(&partitions, &patience()).unwrap(), before);
    assert!(cluster.api_versions(&patience()).values().all(Result::is_ok));
}

/// Leaders move while both sides are read: a broker of each dies, and comes back and is made leader again.
#[test]
#[ignore = "starts twelve servers: make soak"]
fn leaders_that_move_under_a_comparison_change_no_count() {
    const PARTITIONS: i32 = 6;
    let lab = TestLab::new(&LabSpec { brokers: 3, replicator: Replicator::None, ..LabSpec::default() });
    let case = lab.case("moved");
    let topic = compare::topic_on_both(&case, PARTITIONS, 3_000);
    let clusters = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let sides = [(case.source(), &clusters.0), (case.target(), &clusters.1)];
    let leaders = || {
        sides.map(|(_, cluster)| {
            let described = cluster.topics(&[&topic], &patience()).unwrap().remove(0);
            described.partitions.iter().map(|partition| partition.leader).collect::<Vec<_>>()
        })
    };
    let first = leaders();
    let exactly_equal = |outcome: kafka::compare::TopicOutcome| {
        let comparison = outcome.comparison.unwrap();
        for partition in &comparison.partitions {
            assert_eq!(partition.incomplete, None, "{partition:?}");
            assert!(partition.findings.is_empty(), "{partition:?}");
        }
        let counts = comparison.records();
        assert_eq!((counts.matched, counts.source_records, counts.target_records), (18_000, 18_000, 18_000));
    };
    let outcome = compare::compare((&clusters.0, &clusters.1), &topic, || {
        for (side, _) in sides {
            case.kill(&side.brokers[1].server).unwrap();
        }
    });
    exactly_equal(outcome);
    let moved = leaders();
    for (before, after) in first.iter().zip(&moved) {
        let others = before.iter().zip(after).filter(|(before, after)| before != after).count();
        assert_eq!(others, 2, "each broker led two of six: {before:?}, then {after:?}");
    }

    for (side, cluster) in sides {
        case.start(&side.brokers[1].server).unwrap();
        let waiting = patience();
        let whole = || {
            let described = cluster.topics(&[&topic], &patience()).unwrap().remove(0);
            described.partitions.iter().all(|partition| partition.isr.len() == 3)
        };
        while !whole() {
            assert!(!waiting.is_over());
            waiting.pause(std::time::Duration::from_millis(200));
        }
    }
    let outcome = compare::compare((&clusters.0, &clusters.1), &topic, || {
        for (side, _) in sides {
            // Of every partition, the broker that comes first in its replicas.
            let request = ElectLeadersRequest::default().with_election_type(0).with_topic_partitions(None);
            let answer: ElectLeadersResponse = rpc::call(broker(side), 43, 2, &request);
            assert_eq!(answer.error_code, 0, "{answer:?}");
        }
    });
    exactly_equal(outcome);
    assert_eq!(leaders(), first);
}

/// Any one of a cluster's brokers.
fn broker(cluster: &lab::Cluster) -> &str {
    cluster.bootstrap.split(',').next().unwrap()
}
