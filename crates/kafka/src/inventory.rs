//! Everything one cluster holds, in few requests. What may not be read is there with its reason, never as nothing.

use crate::cluster::{Acls, Broker, BrokerApis, Cluster, Commits, Configs, Ends, Group, Topic, TopicState};
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use std::collections::BTreeMap;

/// A topic with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryTopic {
    /// Id, partitions, replicas.
    pub topic: Topic,
    /// Or why it may not be read.
    pub configs: Result<Configs, Code>,
}

/// A group with its commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryGroup {
    /// Kind, state, members.
    pub group: Group,
    /// Or why they may not be read. Topics this principal may not describe are missing without a word from Kafka.
    pub commits: Result<Commits, Code>,
}

/// One cluster, as this principal may see it.
#[derive(Debug)]
pub struct Inventory {
    /// The cluster id.
    pub cluster_id: String,
    /// Brokers that are alive, by id.
    pub brokers: Vec<Broker>,
    /// The controller as clients see it.
    pub controller: Option<i32>,
    /// What each broker says it can do.
    pub apis: BrokerApis,
    /// By name.
    pub topics: Vec<InventoryTopic>,
    /// Bounds of every partition, or the broker's code for it.
    pub ends: BTreeMap<TopicPartition, Result<Ends, Code>>,
    /// Of every kind, by name; or why they may not be listed.
    pub groups: Result<Vec<InventoryGroup>, ClusterError>,
    /// Or why they may not be read.
    pub acls: Result<Acls, ClusterError>,
}

/// Reads the inventory. Topics, groups and ACLs are asked for at the same time.
///
/// # Errors
/// Brokers or topics could not be read; then there is no inventory.
pub fn inventory(cluster: &Cluster, patience: &Patience) -> Result<Inventory, ClusterError> {
    let (brokers, controller) = cluster.brokers(patience)?;
    let (topics, groups, acls) = std::thread::scope(|scope| {
        let groups = scope.spawn(|| groups(cluster, patience));
        let acls = scope.spawn(|| cluster.acls(patience));
        let topics = topics(cluster, patience);
        let groups = groups.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (topics, groups, acls.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (topics, ends) = topics?;
    let apis = cluster.api_versions(patience);
    Ok(Inventory {
        cluster_id: cluster.id().to_owned(),
        brokers,
        controller,
        apis,
        topics,
        ends,
        groups,
        acls,
    })
}

type Topics = (Vec<InventoryTopic>, BTreeMap<TopicPartition, Result<Ends, Code>>);

fn topics(cluster: &Cluster, patience: &Patience) -> Result<Topics, ClusterError> {
    let topics = cluster.topics_all(patience)?;
    let present: Vec<&str> = topics
        .iter()
        .filter(|topic| topic.state == TopicState::Present)
        .map(|topic| topic.name.as_str())
        .collect();
    let mut configs = cluster.topic_configs(&present, patience)?;
    let partitions: Vec<TopicPartition> = topics
        .iter()
        .flat_map(|topic| {
            topic.partitions.iter().map(|found| TopicPartition::new(&topic.name, found.partition))
        })
        .collect();
    let ends = cluster.ends(&partitions, patience)?;
    let topics = topics
        .into_iter()
        .map(|topic| {
            let unknown = match topic.state {
                TopicState::Failed(code) => code,
                TopicState::NotAuthorised => Code::TOPIC_AUTHORIZATION_FAILED,
                TopicState::Present | TopicState::Absent => Code(-1),
            };
            let configs = configs.remove(&topic.name).unwrap_or(Err(unknown));
            InventoryTopic { topic, configs }
        })
        .collect();
    Ok((topics, ends))
}

fn groups(cluster: &Cluster, patience: &Patience) -> Result<Vec<InventoryGroup>, ClusterError> {
    let groups = cluster.groups(patience)?;
    let names: Vec<&str> = groups.iter().map(|group| group.group.as_str()).collect();
    let mut commits = cluster.commits(&names, patience)?;
    let groups = groups
        .into_iter()
        .map(|group| {
            let commits = commits.remove(&group.group).unwrap_or(Err(Code(-1)));
            InventoryGroup { group, commits }
        })
        .collect();
    Ok(groups)
}
