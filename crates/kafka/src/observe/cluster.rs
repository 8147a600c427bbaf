use runbook::world::{BrokerSeen, ClusterSeen, PartitionRef};

use super::NotObserved;
use crate::{Cluster, Code, Patience, TopicState};

/// Cluster id, brokers, controller, and the health of every partition this principal may see; and what could not be told.
pub(super) fn observe(
    cluster: &Cluster,
    patience: &Patience,
) -> Result<(ClusterSeen, Option<String>), NotObserved> {
    let (brokers, controller) = cluster.brokers(patience)?;
    let topics = cluster.topics_all(patience)?;
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    let configs = cluster.topic_configs(&names, patience)?;

    let mut seen = ClusterSeen {
        cluster_id: cluster.id().to_owned(),
        controller,
        brokers: brokers
            .into_iter()
            .map(|broker| BrokerSeen {
                id: broker.id,
                address: broker.address.to_string(),
                rack: broker.rack,
            })
            .collect(),
        topics: 0,
        partitions: 0,
        offline: Vec::new(),
        under_replicated: Vec::new(),
        under_min_isr: Vec::new(),
    };
    let mut untold = Vec::new();
    for topic in topics {
        if let TopicState::Failed(code) = topic.state {
            return Err(NotObserved::code(cluster.name(), &format!("topic {}", topic.name), code));
        }
        seen.topics += 1;
        let min_isr = match configs.get(&topic.name) {
            Some(Ok(configs)) => configs
                .get("min.insync.replicas")
                .and_then(|config| config.value.as_deref()?.parse::<usize>().ok()),
            // Deleted since it was listed.
            Some(Err(Code::UNKNOWN_TOPIC_OR_PARTITION)) => continue,
            Some(Err(_)) | None => None,
        };
        if min_isr.is_none() {
            untold.push(topic.name.clone());
        }
        for partition in topic.partitions {
            seen.partitions += 1;
            let here = || PartitionRef { topic: topic.name.clone(), partition: partition.partition };
            if partition.leader.is_none() {
                seen.offline.push(here());
            }
            if partition.isr.len() < partition.replicas.len() {
                seen.under_replicated.push(here());
            }
            if min_isr.is_some_and(|min| partition.isr.len() < min) {
                seen.under_min_isr.push(here());
            }
        }
    }
    let partial = untold.first().map(|first| {
        format!("min.insync.replicas of {} topics is not told, {first} among them", untold.len())
    });
    Ok((seen, partial))
}
