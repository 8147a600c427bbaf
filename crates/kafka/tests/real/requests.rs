//! Few requests for many partitions and groups.

use super::{case, connect, patience};
use kafka::TopicPartition;
use lab::Topic;

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
    let cluster = connect(case.target());
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
    // Two more where the first use of the broker's own address opens a connection: versions, and whose cluster it is.
    assert_eq!(requests(), 3, "topics");
    assert!(cluster.ends(&partitions, &patience()).unwrap().values().all(Result::is_ok));
    assert_eq!(requests(), 3, "ends: log start, last stable offset, high watermark");
    assert_eq!(cluster.topic_configs(&topics, &patience()).unwrap().len(), 20);
    assert_eq!(requests(), 1, "configs");
    let found = cluster.groups(&patience()).unwrap();
    assert!(groups.iter().all(|group| found.iter().any(|found| found.group == *group)));
    assert!(requests() <= 3, "groups: brokers, list, and the members of groups of other tests");
    assert!(cluster.commits(&groups, &patience()).unwrap().values().all(|c| c.as_ref().unwrap().len() == 1));
    assert_eq!(requests(), 2, "commits: coordinators, offsets");
}
