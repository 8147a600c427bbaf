//! Few requests for many partitions and groups.

use super::{case, connect, patience};
use kafka::TopicPartition;
use lab::Topic;
use runbook::Side;
use runbook::world::{Measured, Probe};
use std::sync::Arc;

#[test]
fn a_thousand_partitions_and_a_hundred_groups() {
    let case = case("many");
    let topics: Vec<String> = (0..20).map(|n| case.name(&format!("t{n:02}"))).collect();
    for topic in &topics {
        case.target().create_topic(&Topic::new(topic).partitions(50)).unwrap();
    }
    let groups: Vec<String> = (0..100).map(|n| case.name(&format!("g{n:02}"))).collect();
    let cluster = connect(case.target());
    for group in &groups {
        let commits =
            [(TopicPartition::new(&topics[0], 7), kafka::NewCommit { offset: 0, metadata: String::new() })];
        let told = cluster.write_commits(group, &commits.into(), &patience()).unwrap();
        assert!(told.values().all(Result::is_ok));
    }
    // A broker names itself leader of a new partition before it has its log; asking until then is not what is counted here.
    let new = topics.iter().flat_map(|topic| (0..50).map(move |number| TopicPartition::new(topic, number)));
    assert!(cluster.ends(&new.collect::<Vec<_>>(), &patience()).unwrap().values().all(Result::is_ok));
    let cluster = Arc::new(connect(case.target()));
    let mut last = cluster.traffic().requests();
    let mut requests = || {
        let now = cluster.traffic().requests();
        now - std::mem::replace(&mut last, now)
    };
    let described = cluster.topics(&topics, &patience()).unwrap();
    let partitions: Vec<TopicPartition> = described
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|p| TopicPartition::new(&topic.name, p.partition)))
        .collect();
    assert_eq!(partitions.len(), 1_000);
    // Over the connection that the bootstrap address gave: it is the broker's own.
    assert_eq!(requests(), 1, "topics");
    assert!(cluster.ends(&partitions, &patience()).unwrap().values().all(Result::is_ok));
    assert_eq!(requests(), 3, "ends: log start, last stable offset, high watermark");
    assert_eq!(cluster.topic_configs(&topics, &patience()).unwrap().len(), 20);
    assert_eq!(requests(), 1, "configs");
    let found = cluster.groups(&patience()).unwrap();
    assert!(groups.iter().all(|group| found.iter().any(|found| found.group == *group)));
    assert!(requests() <= 3, "groups: brokers, list, and the members of groups of other tests");
    assert!(cluster.commits(&groups, &patience()).unwrap().values().all(|c| c.as_ref().unwrap().len() == 1));
    assert_eq!(requests(), 2, "commits: coordinators, offsets");

    let clusters = super::clusters(&cluster, &cluster);
    let isolation = runbook::world::Isolation::ReadCommitted;
    let of_all = groups.iter().map(|group| (group.clone(), isolation)).collect();
    let probe = Probe::Lags { side: Side::Target, groups: of_all, topics };
    let lags = clusters.observe(&probe, &patience()).unwrap().unwrap();
    let Measured::Lags(lags) = lags.measured else { panic!("{lags:?}") };
    assert!(lags.groups.len() == 100 && lags.groups.iter().all(|lag| lag.partitions.len() == 50));
    assert_eq!(requests(), 6, "lags of all groups: topics, coordinators, offsets, and the three ends");
}

#[test]
fn the_inventory_of_a_cluster() {
    let case = case("inventory");
    let (topic, group) = (case.name("t"), case.name("g"));
    case.source().create_topic(&Topic::new(&topic).partitions(2).config("segment.ms", 3_600_000)).unwrap();
    case.source().commit(&group, &[lab::Position::new(&topic, 1, 0)]).unwrap();
    let cluster = connect(case.source());
    let before = cluster.traffic().requests();
    let inventory = kafka::inventory(&cluster, &patience()).unwrap();
    let asked = cluster.traffic().requests() - before;
    assert_eq!(inventory.cluster_id, case.source().cluster_id);
    assert_eq!(inventory.brokers.len(), 1);
    let found = inventory.topics.iter().find(|found| found.topic.name == topic).unwrap();
    assert_eq!(found.configs.as_ref().unwrap()["segment.ms"].value.as_deref(), Some("3600000"));
    for partition in 0..2 {
        assert!(inventory.ends[&TopicPartition::new(&topic, partition)].is_ok());
    }
    let groups = inventory.groups.unwrap();
    let found = groups.iter().find(|found| found.group.group == group).unwrap();
    assert_eq!(found.commits.as_ref().unwrap().len(), 1);
    assert!(inventory.acls.unwrap().authorizer);
    assert!(inventory.apis.values().all(Result::is_ok));
    // Connecting 2; brokers 1; topics 1, configurations 1, ends 3, and once more where a topic came or went meanwhile;
    // groups 2 to 5, commits 2; ACLs 1 and the broker's configuration 1. None of it per topic, partition or group.
    assert!(
        asked <= 30,
        "{asked} requests for {} topics and {} groups",
        inventory.topics.len(),
        groups.len()
    );
}

#[test]
fn what_may_not_be_read_is_no_empty_inventory() {
    let case = case("inventory-denied");
    super::rpc::create_acl(&case.target().bootstrap, "User:checkout", (4, "kafka-cluster", 3), 8, 2);
    let cluster = super::connect_as(case.target(), "checkout");
    let waiting = patience();
    loop {
        let inventory = kafka::inventory(&cluster, &patience()).unwrap();
        if let Err(error) = inventory.acls {
            assert_eq!(error.kind, kafka::ErrorKind::NotAuthorised, "{error}");
            break;
        }
        assert!(!waiting.is_over(), "the ACL is not applied");
    }
}
