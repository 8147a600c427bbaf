use std::collections::{BTreeMap, BTreeSet};

use crate::{Cluster, ClusterError, Configs, Patience, Topic, TopicPartition, TopicState};

/// The topics of one side that are translated, as they were described at first.
pub(super) struct Topics<'a> {
    cluster: &'a Cluster,
    described: BTreeMap<String, Topic>,
    /// Those whose configuration was told, and whether it says `compact`.
    compacted: BTreeMap<String, bool>,
}

/// Whether compaction removes records of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compaction {
    Compacted,
    NotCompacted,
    /// Its configuration may not be read.
    NotTold,
}

/// Whether a partition is there.
pub(super) enum Presence<'a> {
    There(&'a Topic),
    /// Provably not.
    Absent(String),
    Unknown(String),
}

impl<'a> Topics<'a> {
    pub fn describe(
        cluster: &'a Cluster,
        names: &BTreeSet<&str>,
        patience: &Patience,
    ) -> Result<Topics<'a>, ClusterError> {
        let names: Vec<&str> = names.iter().copied().collect();
        let described = cluster.topics(&names, patience)?;
        let described = described.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        Ok(Topics { cluster, described, compacted: BTreeMap::new() })
    }

    /// The same, and whether they are compacted: one request more.
    pub fn describe_policies(
        cluster: &'a Cluster,
        names: &BTreeSet<&str>,
        patience: &Patience,
    ) -> Result<Topics<'a>, ClusterError> {
        let mut topics = Topics::describe(cluster, names, patience)?;
        let present = topics.described.values().filter(|topic| topic.state == TopicState::Present);
        let present: Vec<&str> = present.map(|topic| topic.name.as_str()).collect();
        for (topic, told) in cluster.topic_configs(&present, patience)? {
            let policy = told.ok().and_then(|configs| configs.get("cleanup.policy")?.value.clone());
            if let Some(policy) = policy {
                topics.compacted.insert(topic, policy.split(',').any(|word| word.trim() == "compact"));
            }
        }
        Ok(topics)
    }

    pub fn compaction(&self, topic: &str) -> Compaction {
        match self.compacted.get(topic) {
            Some(true) => Compaction::Compacted,
            Some(false) => Compaction::NotCompacted,
            None => Compaction::NotTold,
        }
    }

    pub fn presence(&self, partition: &TopicPartition) -> Presence<'_> {
        let (side, name) = (self.cluster.name(), &partition.topic);
        let Some(topic) = self.described.get(name) else {
            return Presence::Unknown(format!("topic {name} was not told by the {side} cluster"));
        };
        match topic.state {
            TopicState::Present if topic.partitions.iter().any(|p| p.partition == partition.partition) => {
                Presence::There(topic)
            }
            TopicState::Present => {
                Presence::Absent(format!("partition {partition} is not on the {side} cluster"))
            }
            TopicState::Absent => Presence::Absent(format!("topic {name} is not on the {side} cluster")),
            TopicState::NotAuthorised => {
                Presence::Unknown(format!("not authorised to describe topic {name} on the {side} cluster"))
            }
            TopicState::Failed(code) => {
                Presence::Unknown(format!("topic {name} on the {side} cluster: {code}"))
            }
        }
    }

    /// How many partitions a topic has, if it is there.
    pub fn partition_count(&self, topic: &str) -> Option<usize> {
        let topic = self.described.get(topic).filter(|topic| topic.state == TopicState::Present)?;
        Some(topic.partitions.len())
    }

    /// The topics whose brokers set timestamps themselves. One whose configuration may not be described is not among
    /// them: its records are compared as they are.
    pub fn stamped(&self, patience: &Patience) -> Result<BTreeSet<String>, ClusterError> {
        let present = self.described.values().filter(|topic| topic.state == TopicState::Present);
        let names: Vec<&str> = present.map(|topic| topic.name.as_str()).collect();
        let told = self.cluster.topic_configs(&names, patience)?;
        let stamps = |configs: &Configs| {
            let kind = configs.get("message.timestamp.type").and_then(|config| config.value.as_deref());
            kind == Some("LogAppendTime")
        };
        Ok(told
            .into_iter()
            .filter(|(_, told)| told.as_ref().is_ok_and(stamps))
            .map(|(name, _)| name)
            .collect())
    }

    /// Why what was read of these topics is no evidence, by topic: they are others than were described, or gone.
    pub fn changed(
        &self,
        names: &BTreeSet<&str>,
        patience: &Patience,
    ) -> Result<BTreeMap<String, String>, ClusterError> {
        let side = self.cluster.name();
        let names: Vec<&str> = names.iter().copied().collect();
        let mut changed = BTreeMap::new();
        for topic in self.cluster.topics(&names, patience)? {
            let before = self.described.get(&topic.name).and_then(|before| before.id);
            let why = match topic.state {
                TopicState::Present if topic.id == before => continue,
                TopicState::Present => {
                    format!(
                        "topic {} was deleted and created anew on the {side} cluster meanwhile",
                        topic.name
                    )
                }
                TopicState::Absent => {
                    format!("topic {} was deleted on the {side} cluster meanwhile", topic.name)
                }
                TopicState::NotAuthorised => {
                    format!("topic {} may not be described on the {side} cluster any more", topic.name)
                }
                TopicState::Failed(code) => format!("topic {} on the {side} cluster: {code}", topic.name),
            };
            changed.insert(topic.name, why);
        }
        Ok(changed)
    }
}
