//! Three brokers: leaders and coordinators move while they are asked.

use super::{connect, patience};
use kafka::{Isolation, NewCommit, PartitionReader, ReadOptions, TopicPartition};
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
