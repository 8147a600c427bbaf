use std::collections::BTreeMap;

use runbook::world::{ConfigSeen, Found, PartitionSeen, Reason, TopicSeen, TopicsSeen};

use super::NotObserved;
use crate::{Cluster, Configs, Patience, TopicState};

/// Topics with id, partitions, replicas, ISR, and configs with origin.
pub(super) fn observe(
    cluster: &Cluster,
    topics: &[String],
    patience: &Patience,
) -> Result<TopicsSeen, NotObserved> {
    let found = cluster.topics(topics, patience)?;
    let present: Vec<&str> = found
        .iter()
        .filter(|topic| topic.state == TopicState::Present)
        .map(|topic| topic.name.as_str())
        .collect();
    let mut configs = cluster.topic_configs(&present, patience)?;

    let mut seen = Vec::with_capacity(found.len());
    for topic in found {
        let state = match topic.state {
            TopicState::Present => Found::Present,
            TopicState::Absent => Found::Absent,
            TopicState::NotAuthorised => Found::Unauthorised,
            TopicState::Failed(code) => {
                return Err(NotObserved::code(cluster.name(), &format!("topic {}", topic.name), code));
            }
        };
        let (configs, unread) = match configs.remove(&topic.name) {
            Some(Ok(configs)) => (shown(configs), None),
            Some(Err(code)) => (BTreeMap::new(), Some(format!("its configs: {code}"))),
            None if state == Found::Present => {
                (BTreeMap::new(), Some("its configs were not told".to_owned()))
            }
            None => (BTreeMap::new(), None),
        };
        let partitions = topic.partitions.into_iter().map(|partition| PartitionSeen {
            partition: partition.partition,
            leader: partition.leader,
            replicas: partition.replicas,
            isr: partition.isr,
        });
        seen.push(TopicSeen {
            topic: topic.name,
            found: state,
            id: topic.id.map(|id| id.to_string()),
            partitions: partitions.collect(),
            configs,
            unread,
        });
    }
    if seen.len() != topics.len() {
        return Err(NotObserved::new(
            Reason::Failed,
            format!(
                "{} cluster: {} topics were asked for and {} told",
                cluster.name(),
                topics.len(),
                seen.len()
            ),
        ));
    }
    seen.sort_by(|a, b| a.topic.cmp(&b.topic));
    Ok(TopicsSeen { topics: seen })
}

fn shown(configs: Configs) -> BTreeMap<String, ConfigSeen> {
    configs
        .into_iter()
        .map(|(name, config)| {
            (name, ConfigSeen { value: config.value, origin: config.origin.word().to_owned() })
        })
        .collect()
}
