//! Transactions that are open in a partition (KIP-664).

use super::Cluster;
use super::offsets::leader;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, WireError};
use kafka_protocol::messages::describe_producers_request::TopicRequest;
use kafka_protocol::messages::{DescribeProducersRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A producer whose transaction has records in a partition and is neither committed nor aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritingTransaction {
    pub producer_id: i64,
    pub producer_epoch: i32,
    /// Where the transaction begins in the partition.
    pub first_offset: i64,
    /// When the producer wrote last, in milliseconds since 1970, by the broker's account.
    pub last_write_ms: i64,
}

/// Transactions by partition; a partition that cannot be told of has its code.
type Told = BTreeMap<TopicPartition, Result<Vec<WritingTransaction>, Code>>;

/// Leaders by partition, or why there is none.
type Led = Vec<(TopicPartition, Result<i32, Code>)>;

/// How long a moving leader is waited for.
const ELECTION: Duration = Duration::from_secs(5);

impl Cluster {
    /// Transactions that are open in partitions, by their first offsets. Needs READ on the topics and Kafka 2.8.
    ///
    /// # Errors
    /// A broker that cannot be asked, or does not know how to tell.
    pub fn open_transactions(
        &self,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<Told, ClusterError> {
        let doing = format!("asking for open transactions in {} partitions", partitions.len());
        let election = patience.at_most(ELECTION);
        let mut told = Told::new();
        let mut open = partitions.to_vec();
        let mut pause = super::FIRST_PAUSE;
        while !open.is_empty() {
            let mut jobs: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
            for (partition, leader) in self.leaders_now(&open, patience)? {
                match leader {
                    Ok(leader) => jobs.entry(leader).or_default().push(partition),
                    Err(code) => drop(told.insert(partition, Err(code))),
                }
            }
            for answer in self
                .at_brokers(&jobs, patience, |connection, job| ask(connection, job, patience))
                .into_values()
            {
                told.extend(answer.map_err(|error| ClusterError::from_wire(self.name(), &doing, error))?);
            }
            for partition in &open {
                // What an answer leaves out is unknown.
                told.entry(partition.clone()).or_insert(Err(Code(-1)));
            }
            open.retain(|partition| matches!(told.get(partition), Some(Err(code)) if code.is_passing()));
            if election.remaining() < pause || patience.is_stopped() {
                break;
            }
            if !open.is_empty() {
                patience.pause(pause);
                pause = (pause * 2).min(super::LONGEST_PAUSE);
            }
        }
        Ok(told)
    }

    fn leaders_now(&self, partitions: &[TopicPartition], patience: &Patience) -> Result<Led, ClusterError> {
        let names: BTreeSet<&str> = partitions.iter().map(|partition| partition.topic.as_str()).collect();
        let topics = self.topics(&names.into_iter().collect::<Vec<_>>(), patience)?;
        let led = |partition: &TopicPartition| {
            let topic = topics.iter().find(|topic| topic.name == partition.topic).ok_or(Code(-1))?;
            leader(topic, partition.partition)
        };
        Ok(partitions.iter().map(|partition| (partition.clone(), led(partition))).collect())
    }
}

fn ask(connection: &mut Connection, job: &[TopicPartition], patience: &Patience) -> Result<Told, WireError> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for partition in job {
        topics.entry(&partition.topic).or_default().push(partition.partition);
    }
    let topics = topics.into_iter().map(|(name, partitions)| {
        let name = TopicName(StrBytes::from_string(name.to_owned()));
        TopicRequest::default().with_name(name).with_partition_indexes(partitions)
    });
    let request = DescribeProducersRequest::default().with_topics(topics.collect());
    let answer = connection.call(patience, |_| request)?;
    let mut told = Told::new();
    for topic in answer.topics {
        let name = topic.name.0.to_string();
        for partition in topic.partitions {
            let open = Code::check(partition.error_code).map(|()| {
                // Every producer that wrote of late is listed; a negative start says that it has no transaction here.
                let writing = partition.active_producers.iter().filter(|it| it.current_txn_start_offset >= 0);
                let mut open: Vec<WritingTransaction> = writing
                    .map(|it| WritingTransaction {
                        producer_id: it.producer_id.0,
                        producer_epoch: it.producer_epoch,
                        first_offset: it.current_txn_start_offset,
                        last_write_ms: it.last_timestamp,
                    })
                    .collect();
                open.sort_by_key(|it| (it.first_offset, it.producer_id));
                open
            });
            told.insert(TopicPartition::new(name.clone(), partition.partition_index), open);
        }
    }
    Ok(told)
}
