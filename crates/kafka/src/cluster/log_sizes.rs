//! DescribeLogDirs: how many bytes a partition holds on disk, as its leader tells.

use super::{Cluster, TopicState};
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, WireError};
use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::{DescribeLogDirsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes by partition, as far as they were told.
type Sizes = BTreeMap<TopicPartition, Result<u64, Code>>;

impl Cluster {
    /// Bytes of the log segments of each partition on its leader's disk, compressed as they are and segments that await
    /// deletion included. Needs DESCRIBE on the cluster. A partition that is not told has its code; a release that
    /// answers a caller without rights with an empty list (before 3.0) counts as not authorised.
    pub fn log_sizes(
        &self,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<Sizes, ClusterError> {
        let names: BTreeSet<&str> = partitions.iter().map(|partition| partition.topic.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut by_leader: BTreeMap<i32, BTreeMap<String, Vec<i32>>> = BTreeMap::new();
        let mut sizes = Sizes::new();
        let wanted: BTreeSet<&TopicPartition> = partitions.iter().collect();
        for topic in self.topics(&names, patience)? {
            let not_there = match topic.state {
                TopicState::Present => None,
                TopicState::Absent => Some(Code::UNKNOWN_TOPIC_OR_PARTITION),
                TopicState::NotAuthorised => Some(Code::TOPIC_AUTHORIZATION_FAILED),
                TopicState::Failed(code) => Some(code),
            };
            let of_topic = wanted.iter().filter(|partition| partition.topic == topic.name);
            for partition in of_topic {
                let found = topic.partitions.iter().find(|found| found.partition == partition.partition);
                let leader = match (not_there, found) {
                    (Some(code), _) => Err(code),
                    (None, None) => Err(Code::UNKNOWN_TOPIC_OR_PARTITION),
                    (None, Some(found)) => found.leader.ok_or(Code::LEADER_NOT_AVAILABLE),
                };
                match leader {
                    Ok(leader) => by_leader
                        .entry(leader)
                        .or_default()
                        .entry(topic.name.clone())
                        .or_default()
                        .push(partition.partition),
                    Err(code) => drop(sizes.insert((*partition).clone(), Err(code))),
                }
            }
        }
        let asked = self.at_brokers(&by_leader, patience, |connection, job| ask(connection, job, patience));
        for (_, answer) in asked {
            let doing = format!("reading the sizes of {} logs", partitions.len());
            sizes.extend(answer.map_err(|error| ClusterError::from_wire(self.name(), doing, error))?);
        }
        Ok(sizes)
    }
}

fn ask(
    connection: &mut Connection,
    job: &BTreeMap<String, Vec<i32>>,
    patience: &Patience,
) -> Result<Sizes, WireError> {
    let topics = job.iter().map(|(name, partitions)| {
        DescribableLogDirTopic::default()
            .with_topic(TopicName(StrBytes::from_string(name.clone())))
            .with_partitions(partitions.clone())
    });
    let request = DescribeLogDirsRequest::default().with_topics(Some(topics.collect()));
    let answer = connection.call(patience, |_| request)?;
    let mut told = Sizes::new();
    let mut failed = Code::of(answer.error_code);
    if answer.results.is_empty() {
        failed = failed.or(Some(Code::CLUSTER_AUTHORIZATION_FAILED));
    }
    for dir in answer.results {
        // A disk that is offline tells nothing of what lies on it.
        if let Some(code) = Code::of(dir.error_code) {
            failed = Some(code);
        }
        for topic in dir.topics {
            // A log that is being moved to another disk stands on both; the one in use counts.
            for partition in topic.partitions.iter().filter(|partition| !partition.is_future_key) {
                let size = u64::try_from(partition.partition_size).map_err(|_| Code(-1));
                told.insert(TopicPartition::new(topic.name.0.to_string(), partition.partition_index), size);
            }
        }
    }
    for (name, partitions) in job {
        for partition in partitions {
            told.entry(TopicPartition::new(name.clone(), *partition))
                .or_insert(Err(failed.unwrap_or(Code(-1))));
        }
    }
    Ok(told)
}
