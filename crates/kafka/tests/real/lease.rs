//! The lease that keeps a second conductor out.

use super::{case, connect, connect_as, patience, rpc};
use kafka::{Cluster, ErrorKind, Lease, LeaseError};
use lab::{LabSpec, Replicator, TestLab, Topic};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn the_older_of_two_holders_is_fenced_before_its_next_effect() {
    let case = case("lease");
    let (topic, unit) = (case.name("coordination"), case.name("unit"));
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let cluster = Arc::new(connect(case.target()));
    let older = Lease::take(&cluster, &topic, &unit, &patience()).unwrap();
    for _ in 0..3 {
        older.still_ours(&patience()).unwrap();
    }
    // Several effects at once ask at once.
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| older.still_ours(&patience()))).collect();
        asking.into_iter().for_each(|asking| asking.join().unwrap().unwrap());
    });
    let other = Lease::take(&cluster, &topic, &case.name("another-unit"), &patience()).unwrap();
    let elsewhere = Arc::new(connect(case.target()));
    older.name_holder("process 1 on host-a").unwrap();
    let newer = Lease::take(&elsewhere, &topic, &unit, &patience()).unwrap();
    let error = older.still_ours(&patience()).unwrap_err();
    assert!(matches!(error, LeaseError::Taken { .. }) && error.is_lost(), "{error}");
    assert!(error.to_string().starts_with("somebody else took the lease of unit"), "{error}");
    newer.still_ours(&patience()).unwrap();
    other.still_ours(&patience()).unwrap();
    assert!(error.to_string().contains("who is not told"), "it did not name itself: {error}");
    // It stays so, and is told by name once the other has written it.
    other.name_holder("process 3 on host-c").unwrap();
    newer.name_holder("run r2, process 2 on host-b\u{1b}[2J").unwrap();
    older.name_holder("process 1 on host-a").unwrap();
    let error = older.still_ours(&patience()).unwrap_err();
    assert!(error.is_lost(), "{error}");
    assert!(error.to_string().ends_with("conductor runs it now: run r2, process 2 on host-b[2J"), "{error}");
}

#[test]
fn it_outlives_a_restart_of_its_broker() {
    // Of its own: whoever shares a lab would miss its broker.
    let lab = TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() });
    let case = lab.case("lease-restart");
    let (topic, unit) = (case.name("coordination"), case.name("unit"));
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let cluster = Arc::new(connect(case.target()));
    let older = Lease::take(&cluster, &topic, &unit, &patience()).unwrap();
    older.still_ours(&patience()).unwrap();
    let server = &case.target().brokers[0].server;
    case.stop(server).unwrap();
    let soon = kafka::Patience::new(Duration::from_secs(1));
    let error = older.still_ours(&soon).unwrap_err();
    assert!(!error.is_lost(), "nobody is there to ask, which is another answer: {error}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| older.still_ours(&patience()));
        case.start(server).unwrap();
        waiting.join().unwrap().unwrap();
    });
    let newer = Lease::take(&cluster, &topic, &unit, &patience()).unwrap();
    assert!(older.still_ours(&patience()).unwrap_err().is_lost());
    newer.still_ours(&patience()).unwrap();
}

fn refused(cluster: &Arc<Cluster>, topic: &str, unit: &str) -> kafka::ClusterError {
    match Lease::take(cluster, topic, unit, &patience()).unwrap_err() {
        LeaseError::Cluster(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_topic_that_is_missing_is_named_with_the_command_that_makes_it() {
    let case = case("lease-topic");
    let cluster = Arc::new(connect(case.target()));
    let topic = case.name("absent");
    let error = refused(&cluster, &topic, &case.name("unit"));
    assert_eq!(error.kind, ErrorKind::NoSuchTopic, "{error}");
    let told = error.to_string();
    assert!(told.contains(&format!("--create --topic {topic} --partitions 1")), "{told}");
    assert!(matches!(cluster.topics(&[&topic], &patience()).unwrap()[0].state, kafka::TopicState::Absent));
}

#[test]
fn a_right_that_is_missing_is_named() {
    let case = case("lease-acl");
    let (topic, unit) = (case.name("coordination"), case.name("unit"));
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let cluster = Arc::new(connect_as(case.target(), "checkout"));
    let bootstrap = &case.target().bootstrap;
    let id = format!("cutover-lease-{unit}");
    let held = Lease::take(&cluster, &topic, &unit, &patience()).unwrap();
    // 4 write on 2 a topic, then on 5 a transactional id; 2 denies.
    rpc::create_acl(bootstrap, "User:checkout", (2, &topic, 3), 4, 2);
    let waiting = patience();
    let told = loop {
        match held.still_ours(&patience()) {
            Err(error) => break error.to_string(),
            Ok(()) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
    };
    assert!(
        told.contains("grant DESCRIBE and WRITE") && told.contains(&format!("--topic {topic}")),
        "{told}"
    );
    // A topic that has an ACL is no longer everybody's to describe either.
    let topic = case.name("another");
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    rpc::create_acl(bootstrap, "User:checkout", (5, &id, 3), 4, 2);
    let waiting = patience();
    let error = loop {
        match Lease::take(&cluster, &topic, &unit, &patience()) {
            Err(LeaseError::Cluster(error)) => break error,
            other => assert!(!waiting.is_over(), "the ACL is not applied: {other:?}"),
        }
    };
    assert_eq!(error.kind, ErrorKind::NotAuthorised, "{error}");
    assert!(error.to_string().contains(&format!("--transactional-id {id}")), "{error}");
}
