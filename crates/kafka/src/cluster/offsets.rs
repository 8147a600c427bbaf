//! ListOffsets: one request per leader and kind, isolation always named, every partition's code read.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Call, Connection, Sent, WireError};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Which records a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isolation {
    /// Records of aborted and open transactions too.
    ReadUncommitted,
    /// Only what is committed, up to the last stable offset.
    ReadCommitted,
}

impl Isolation {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "read_uncommitted",
            Isolation::ReadCommitted => "read_committed",
        }
    }
}

/// Which offset of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OffsetSpec {
    /// The log start.
    Earliest,
    /// The high watermark, or the last stable offset under [`Isolation::ReadCommitted`].
    Latest,
    /// The first record with at least this timestamp, in milliseconds since the epoch.
    At(i64),
    /// The record with the largest timestamp.
    MaxTimestamp,
}

impl OffsetSpec {
    fn wire(self) -> i64 {
        match self {
            OffsetSpec::Latest => -1,
            OffsetSpec::Earliest => -2,
            OffsetSpec::MaxTimestamp => -3,
            // Negative numbers mean something else to the broker.
            OffsetSpec::At(millis) => millis.max(0),
        }
    }
}

/// What a leader told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// None: no record matches (timestamps only).
    pub offset: Option<i64>,
    /// Of the record found by timestamp; None otherwise.
    pub timestamp: Option<i64>,
}

/// How long a leader election is waited for before an offline partition is reported as such.
const ELECTION: Duration = Duration::from_secs(5);

impl Cluster {
    /// One offset for each partition. A partition that cannot be told has its code.
    pub fn list_offsets(
        &self,
        wanted: &BTreeMap<TopicPartition, OffsetSpec>,
        isolation: Isolation,
        patience: &Patience,
    ) -> Result<BTreeMap<TopicPartition, Result<Listed, Code>>, ClusterError> {
        let doing = format!("listing offsets of {} partitions", wanted.len());
        let election = patience.at_most(ELECTION);
        let mut done: BTreeMap<TopicPartition, Result<Listed, Code>> = BTreeMap::new();
        let mut pause = super::FIRST_PAUSE;
        let mut unreachable: Option<WireError>;
        // Remembered leaders are good for one attempt; after that they are asked for anew.
        let mut remembered = true;
        loop {
            unreachable = None;
            let open: Vec<&TopicPartition> = wanted
                .keys()
                .filter(|partition| match done.get(*partition) {
                    None => true,
                    Some(Err(code)) => code.is_passing(),
                    Some(Ok(_)) => false,
                })
                .collect();
            if open.is_empty() {
                break;
            }
            let (by_leader, told) = self.by_leader(&open, wanted, remembered, patience)?;
            done.extend(told);
            let asked = self.at_brokers(&by_leader, patience, |connection, job| {
                ask(connection, job, isolation, patience)
            });
            for (leader, answer) in asked {
                match answer {
                    Ok(answer) => done.extend(answer),
                    Err(error) if error.is_passing() => unreachable = Some(error),
                    Err(error) => return Err(ClusterError::from_wire(self.name(), doing, error)),
                }
                // A leader that answers nothing for a partition has not told it.
                for (partition, _) in by_leader.get(&leader).into_iter().flatten() {
                    done.entry(partition.clone()).or_insert(Err(Code::LEADER_NOT_AVAILABLE));
                }
            }
            if std::mem::take(&mut remembered) {
                // A remembered leader may know nothing of a partition any more: that is no answer yet.
                done.retain(|_, told| !matches!(told, Err(code) if code.is_passing() || *code == Code::UNKNOWN_TOPIC_OR_PARTITION));
                if done.len() < wanted.len() {
                    continue;
                }
            }
            let waiting = done.values().any(|told| told.is_err_and(Code::is_passing));
            if !waiting {
                break;
            }
            let enough = if unreachable.is_some() { patience } else { &election };
            if enough.remaining() < pause || patience.is_stopped() {
                break;
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
        match unreachable {
            // A broker that does not answer is a failure of the call, not a property of its partitions.
            Some(error) => Err(ClusterError::from_wire(self.name(), doing, error)),
            None => Ok(done),
        }
    }

    /// Groups partitions by leader; those without one are told at once.
    fn by_leader(
        &self,
        open: &[&TopicPartition],
        wanted: &BTreeMap<TopicPartition, OffsetSpec>,
        remembered: bool,
        patience: &Patience,
    ) -> Result<(BTreeMap<i32, Job>, Told), ClusterError> {
        let mut jobs: BTreeMap<i32, Job> = BTreeMap::new();
        let known: Option<Vec<i32>> = open.iter().map(|partition| self.leaders.of(partition)).collect();
        if let Some(known) = known.filter(|_| remembered) {
            for (partition, leader) in open.iter().zip(known) {
                jobs.entry(leader).or_default().push(((*partition).clone(), wanted[*partition]));
            }
            return Ok((jobs, BTreeMap::new()));
        }
        let names: BTreeSet<&str> = open.iter().map(|partition| partition.topic.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let topics = self.topics(&names, patience)?;
        let topics: BTreeMap<&str, &super::Topic> =
            topics.iter().map(|topic| (topic.name.as_str(), topic)).collect();
        let mut told = BTreeMap::new();
        for partition in open {
            let found = topics
                .get(partition.topic.as_str())
                .map_or(Err(Code(-1)), |topic| leader(topic, partition.partition));
            match found {
                Ok(leader) => {
                    jobs.entry(leader).or_default().push(((*partition).clone(), wanted[*partition]))
                }
                Err(code) => {
                    told.insert((*partition).clone(), Err(code));
                }
            }
        }
        Ok((jobs, told))
    }
}

type Job = Vec<(TopicPartition, OffsetSpec)>;
pub(super) type Told = BTreeMap<TopicPartition, Result<Listed, Code>>;

/// The leader of a partition, or why there is none.
pub(super) fn leader(topic: &super::Topic, partition: i32) -> Result<i32, Code> {
    use super::TopicState::{Absent, Failed, NotAuthorised, Present};
    match topic.state {
        Present => {}
        Absent => return Err(Code::UNKNOWN_TOPIC_OR_PARTITION),
        NotAuthorised => return Err(Code::TOPIC_AUTHORIZATION_FAILED),
        Failed(code) => return Err(code),
    }
    let found = topic.partitions.iter().find(|found| found.partition == partition);
    found.ok_or(Code::UNKNOWN_TOPIC_OR_PARTITION)?.leader.ok_or(Code::LEADER_NOT_AVAILABLE)
}

fn ask(
    connection: &mut Connection,
    job: &Job,
    isolation: Isolation,
    patience: &Patience,
) -> Result<Told, WireError> {
    let wanted = job.iter().map(|(partition, spec)| (partition, *spec));
    let sent = send(connection, wanted, isolation, patience)?;
    receive(connection, sent, patience)
}

/// Sends one request; its answer is to be received before that of any sent later.
pub(super) fn send<'a>(
    connection: &mut Connection,
    wanted: impl Iterator<Item = (&'a TopicPartition, OffsetSpec)>,
    isolation: Isolation,
    patience: &Patience,
) -> Result<Sent<ListOffsetsRequest>, WireError> {
    let mut topics: BTreeMap<&str, Vec<ListOffsetsPartition>> = BTreeMap::new();
    for (partition, spec) in wanted {
        topics.entry(&partition.topic).or_default().push(
            ListOffsetsPartition::default()
                .with_partition_index(partition.partition)
                .with_current_leader_epoch(-1)
                .with_timestamp(spec.wire()),
        );
    }
    let level = match isolation {
        Isolation::ReadUncommitted => 0,
        Isolation::ReadCommitted => 1,
    };
    let topics = topics
        .into_iter()
        .map(|(name, partitions)| {
            let name = TopicName(StrBytes::from_string(name.to_owned()));
            ListOffsetsTopic::default().with_name(name).with_partitions(partitions)
        })
        .collect();
    let request = ListOffsetsRequest::default()
        // −1 says that a client asks, not a replica: a replica would be told unstable offsets.
        .with_replica_id(BrokerId(-1))
        .with_isolation_level(level)
        .with_topics(topics);
    connection.send(ListOffsetsRequest::VERSIONS.max, patience, |_| request)
}

/// What a leader told, partition by partition.
pub(super) fn receive(
    connection: &mut Connection,
    sent: Sent<ListOffsetsRequest>,
    patience: &Patience,
) -> Result<Told, WireError> {
    let answer = connection.receive(sent, patience)?;
    let mut told = BTreeMap::new();
    for topic in answer.topics {
        let name = topic.name.0.to_string();
        for partition in topic.partitions {
            let listed = Code::check(partition.error_code).map(|()| Listed {
                offset: (partition.offset >= 0).then_some(partition.offset),
                timestamp: (partition.timestamp >= 0).then_some(partition.timestamp),
            });
            told.insert(TopicPartition::new(name.clone(), partition.partition_index), listed);
        }
    }
    Ok(told)
}
