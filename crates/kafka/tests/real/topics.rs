//! Topics with ids, in-sync replicas and configurations.

use super::{case, connect, lab, patience};
use kafka::{ConfigOrigin, TopicState};
use lab::Topic;

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
