//! Topics with ids, leaders, replicas, in-sync replicas.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// Kafka's topic id, shown as Kafka shows it (22 characters of URL-safe base64).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicId(pub u128);

impl TopicId {
    pub(crate) fn uuid(self) -> uuid::Uuid {
        uuid::Uuid::from_u128(self.0)
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for at in 0..22 {
            // 128 bits are 21 groups of 6 and 2 bits that are left-aligned in the last group.
            let six = if at < 21 { self.0 >> (122 - 6 * at) } else { self.0 << 4 } & 0x3f;
            let index = usize::try_from(six).expect("six bits fit a usize");
            write!(f, "{}", char::from(ALPHABET[index]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a topic is there, as far as this principal may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicState {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// This principal may not describe it; whether it exists is not told.
    NotAuthorised,
    /// The brokers answered with another error.
    Failed(Code),
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Number.
    pub partition: i32,
    /// Broker id; None: offline.
    pub leader: Option<i32>,
    /// −1 where the cluster does not tell.
    pub leader_epoch: i32,
    /// Broker ids in order of preference.
    pub replicas: Vec<i32>,
    /// In-sync replicas.
    pub isr: Vec<i32>,
    /// Replicas on brokers or disks that are down.
    pub offline: Vec<i32>,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Name.
    pub name: String,
    /// None where the cluster has no topic ids.
    pub id: Option<TopicId>,
    /// Present, absent, or not to be known.
    pub state: TopicState,
    /// Kafka's own, as `__consumer_offsets`.
    pub internal: bool,
    /// By number; empty unless present.
    pub partitions: Vec<Partition>,
}

impl Cluster {
    /// These topics, one answer per name in the order of the names.
    pub fn topics<S: AsRef<str>>(
        &self,
        names: &[S],
        patience: &Patience,
    ) -> Result<Vec<Topic>, ClusterError> {
        let distinct: BTreeSet<&str> = names.iter().map(AsRef::as_ref).collect();
        if distinct.is_empty() {
            return Ok(Vec::new());
        }
        let doing = format!("reading the metadata of {}", counted(&distinct));
        let wanted: Vec<MetadataRequestTopic> = distinct
            .iter()
            .map(|name| {
                MetadataRequestTopic::default()
                    .with_name(Some(TopicName(StrBytes::from_string((*name).to_owned()))))
            })
            .collect();
        let found = self.metadata(&doing, Some(wanted), patience)?;
        let mut found: BTreeMap<String, Topic> =
            found.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        for name in &distinct {
            // An answer that leaves a topic out says nothing about it.
            found.entry((*name).to_owned()).or_insert_with(|| Topic {
                name: (*name).to_owned(),
                id: None,
                state: TopicState::Failed(Code(-1)),
                internal: false,
                partitions: Vec::new(),
            });
        }
        Ok(names.iter().filter_map(|name| found.get(name.as_ref()).cloned()).collect())
    }

    /// Every topic this principal may describe, by name. Kafka leaves the others out without saying so.
    pub fn topics_all(&self, patience: &Patience) -> Result<Vec<Topic>, ClusterError> {
        let mut all = self.metadata("reading the metadata of all topics", None, patience)?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Asks until no topic is in the middle of an election, or a few seconds have passed.
    fn metadata(
        &self,
        doing: &str,
        topics: Option<Vec<MetadataRequestTopic>>,
        patience: &Patience,
    ) -> Result<Vec<Topic>, ClusterError> {
        // A new topic has its leaders within a second; what takes longer is an offline partition and shall be seen.
        let settled = patience.at_most(Duration::from_secs(3));
        let mut pause = super::FIRST_PAUSE;
        loop {
            let answer: MetadataResponse = self.ask(doing, patience, |connection| {
                connection.call(patience, |_| {
                    MetadataRequest::default()
                        .with_topics(topics.clone())
                        .with_allow_auto_topic_creation(false)
                })
            })?;
            Code::check(answer.error_code).map_err(|code| code.into_error(self.name(), doing))?;
            self.pool.learn(&answer);
            let unsettled = answer
                .topics
                .iter()
                .any(|topic| Code::of(topic.error_code) == Some(Code::LEADER_NOT_AVAILABLE));
            if !unsettled || settled.is_over() || patience.is_stopped() {
                let topics: Vec<Topic> = answer.topics.into_iter().map(topic).collect();
                self.leaders.learn(&topics);
                return Ok(topics);
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}

fn topic(told: MetadataResponseTopic) -> Topic {
    let state = match Code::of(told.error_code) {
        None => TopicState::Present,
        Some(Code::UNKNOWN_TOPIC_OR_PARTITION | Code::UNKNOWN_TOPIC_ID | Code::INVALID_TOPIC) => {
            TopicState::Absent
        }
        Some(Code::TOPIC_AUTHORIZATION_FAILED) => TopicState::NotAuthorised,
        Some(code) => TopicState::Failed(code),
    };
    let ids =
        |nodes: &[kafka_protocol::messages::BrokerId]| nodes.iter().map(|node| node.0).collect::<Vec<_>>();
    let mut partitions: Vec<Partition> = told
        .partitions
        .iter()
        .map(|partition| Partition {
            partition: partition.partition_index,
            leader: (partition.leader_id.0 >= 0).then_some(partition.leader_id.0),
            leader_epoch: partition.leader_epoch,
            replicas: ids(&partition.replica_nodes),
            isr: ids(&partition.isr_nodes),
            offline: ids(&partition.offline_replicas),
        })
        .collect();
    partitions.sort_by_key(|partition| partition.partition);
    let id = told.topic_id.as_u128();
    Topic {
        name: told.name.map(|name| name.0.to_string()).unwrap_or_default(),
        id: (id != 0).then_some(TopicId(id)),
        state,
        internal: told.is_internal,
        partitions,
    }
}

fn counted(names: &BTreeSet<&str>) -> String {
    match names.first() {
        Some(only) if names.len() == 1 => format!("topic {only}"),
        _ => format!("{} topics", names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_as_in_kafka() {
        // 16 bytes 00 01 … 0f, as Java's Base64 URL encoder without padding writes them.
        let id = TopicId(u128::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!(id.to_string(), "AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(TopicId(u128::MAX).to_string(), "_____________________w");
    }
}
