//! Topics with ids, in-sync replicas and configurations.

use super::{case, connect, connect_as, lab, patience, rpc};
use kafka::{ConfigOrigin, ErrorKind, TopicPartition, TopicState};
use lab::{Produce, Record, Topic};

#[test]
fn ids_leaders_replicas_and_configs_with_origin() {
    let case = case("topics");
    let (name, missing) = (case.name("orders"), case.name("missing"));
    case.source()
        .create_topic(
            &Topic::new(&name).partitions(3).config("min.insync.replicas", 1).config("segment.ms", 3_600_000),
        )
        .unwrap();
    let cluster = connect(case.source());
    let topics = cluster.topics(&[&missing, &name], &patience()).unwrap();
    assert_eq!(topics.iter().map(|t| t.state).collect::<Vec<_>>(), [TopicState::Absent, TopicState::Present]);
    let topic = &topics[1];
    let broker = case.source().brokers[0].id;
    assert_eq!(topic.partitions.iter().map(|p| p.partition).collect::<Vec<_>>(), [0, 1, 2]);
    for partition in &topic.partitions {
        assert_eq!(partition.leader, Some(broker));
        assert_eq!((&partition.replicas, &partition.isr), (&vec![broker], &vec![broker]));
    }
    let configs = cluster.topic_configs(&[&name, &missing], &patience()).unwrap();
    let of = |key: &str| {
        let config = &configs[&name].as_ref().unwrap()[key];
        (config.value.clone().unwrap(), config.origin)
    };
    assert_eq!(of("segment.ms"), ("3600000".into(), ConfigOrigin::Topic));
    assert_eq!(of("retention.ms"), ("-1".into(), ConfigOrigin::Topic));
    assert_eq!(of("max.message.bytes").1, ConfigOrigin::Default);
    assert_eq!(configs[&missing].as_ref().unwrap_err().name(), "UNKNOWN_TOPIC_OR_PARTITION");
    assert!(cluster.topics_all(&patience()).unwrap().iter().any(|t| t.name == name && t.id == topic.id));
}

#[test]
fn a_recreated_topic_has_another_id() {
    let case = case("recreated");
    let name = case.name("t");
    let cluster = connect(case.target());
    let id = || cluster.topics(&[&name], &patience()).unwrap()[0].id;
    case.target().create_topic(&Topic::new(&name)).unwrap();
    let first = id();
    assert!(first.is_some());
    case.target().delete_topic(&name).unwrap();
    let patience = patience();
    while cluster.topics(&[&name], &patience).unwrap()[0].state != TopicState::Absent {
        assert!(!patience.is_over());
        patience.pause(std::time::Duration::from_millis(20));
    }
    case.target().create_topic(&Topic::new(&name)).unwrap();
    assert_ne!(id(), first);
}

#[test]
fn brokers_and_what_they_can_do() {
    let cluster = connect(lab().source());
    let (brokers, controller) = cluster.brokers(&patience()).unwrap();
    assert_eq!(
        brokers.iter().map(|b| b.id).collect::<Vec<_>>(),
        lab().source().brokers.iter().map(|b| b.id).collect::<Vec<_>>()
    );
    assert!(controller.is_some());
    let apis = cluster.api_versions(&patience());
    let versions = apis[&brokers[0].id].as_ref().unwrap();
    // Fetch: 4.x dropped versions below 4.
    assert!(versions.0[&1].min >= 4 && versions.0[&1].max >= 17);
    let configs = cluster.broker_configs(brokers[0].id, &patience()).unwrap();
    assert_eq!(configs["transaction.max.timeout.ms"].value.as_deref(), Some("900000"));
}

#[test]
fn log_sizes_are_those_of_the_files() {
    let case = case("sizes");
    let (name, absent) = (case.name("t"), case.name("absent"));
    case.source().create_topic(&Topic::new(&name).partitions(2)).unwrap();
    let value = Record::value("x".repeat(5_000)).to(1);
    case.source().produce(&name, vec![value; 20], &Produce::default()).unwrap();
    let cluster = connect(case.source());
    let of = |name: &str, partition| TopicPartition::new(name, partition);
    let asked = [of(&name, 0), of(&name, 1), of(&absent, 0)];
    let sizes = cluster.log_sizes(&asked, &patience()).unwrap();
    let segment = |partition: i32| {
        let folder = case.source().brokers[0].data.join(format!("{name}-{partition}"));
        std::fs::metadata(folder.join("00000000000000000000.log")).unwrap().len()
    };
    assert_eq!(sizes[&asked[0]], Ok(0));
    assert_eq!(sizes[&asked[1]], Ok(segment(1)));
    assert!(sizes[&asked[1]].unwrap() > 0);
    assert_eq!(sizes[&asked[2]].unwrap_err().kind(), ErrorKind::NoSuchTopic);
}

#[test]
fn sizes_that_may_not_be_told_are_not_zero() {
    let case = case("no-sizes");
    let name = case.name("t");
    case.target().create_topic(&Topic::new(&name)).unwrap();
    // The checkout user is asked for nothing else that needs DESCRIBE on this cluster.
    rpc::create_acl(&case.target().bootstrap, "User:checkout", (4, "kafka-cluster", 3), 8, 2);
    let cluster = connect_as(case.target(), "checkout");
    let waiting = patience();
    let partition = TopicPartition::new(&name, 0);
    let code = loop {
        match cluster.log_sizes(std::slice::from_ref(&partition), &patience()).unwrap()[&partition] {
            Err(code) => break code,
            Ok(_) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
        waiting.pause(std::time::Duration::from_millis(50));
    };
    assert_eq!(code.kind(), ErrorKind::NotAuthorised, "{code}");
}
