use std::collections::{BTreeMap, BTreeSet};

use crate::setting::{is_compacted, is_stamped};
use crate::{Cluster, ClusterError, Patience, Topic, TopicPartition, TopicState};

/// The topics of one side that are translated, as they were described at first.
pub(super) struct Topics<'a> {
    cluster: &'a Cluster,
    described: BTreeMap<String, Topic>,
    settings: BTreeMap<String, Settings>,
}

/// What a topic's configuration says of how it is translated, each with why it is not known.
struct Settings {
    is_compacted: Result<bool, String>,
    is_stamped: Result<bool, String>,
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
    /// The topics and their settings: two requests.
    pub fn describe(
        cluster: &'a Cluster,
        names: &BTreeSet<&str>,
        patience: &Patience,
    ) -> Result<Topics<'a>, ClusterError> {
        let names: Vec<&str> = names.iter().copied().collect();
        let described = cluster.topics(&names, patience)?;
        let present = described.iter().filter(|topic| topic.state == TopicState::Present);
        let present: Vec<&str> = present.map(|topic| topic.name.as_str()).collect();
        let told = cluster.topic_configs(&present, patience)?;
        let settings = told.into_iter().map(|(topic, told)| {
            let settings = Settings {
                is_compacted: is_compacted(cluster.name(), &topic, Some(&told)),
                is_stamped: is_stamped(cluster.name(), &topic, Some(&told)),
            };
            (topic, settings)
        });
        let settings = settings.collect();
        let described = described.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        Ok(Topics { cluster, described, settings })
    }

    pub fn compaction(&self, topic: &str) -> Compaction {
        match self.settings.get(topic).map(|settings| &settings.is_compacted) {
            Some(Ok(true)) => Compaction::Compacted,
            Some(Ok(false)) => Compaction::NotCompacted,
            Some(Err(_)) | None => Compaction::NotTold,
        }
    }

    /// Whether the brokers set timestamps themselves, so that they are no part of what is compared.
    ///
    /// # Errors
    /// Why that is not known: then no record of the topic can be said to equal another one, or to differ.
    pub fn is_stamped(&self, topic: &str) -> Result<bool, String> {
        match self.settings.get(topic) {
            Some(settings) => settings.is_stamped.clone(),
            None => is_stamped(self.cluster.name(), topic, None),
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
