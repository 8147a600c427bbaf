//! Writing committed offsets of a group without members.

use super::Cluster;
use super::change::Sending;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{GroupId, OffsetCommitRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;

/// An offset to commit. No leader epoch: an epoch of another cluster must never be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// The next record to read.
    pub offset: i64,
    /// Text beside it.
    pub metadata: String,
}

impl Cluster {
    /// Commits offsets for a group from outside of it, and returns what the broker says of each partition.
    ///
    /// The call as a whole succeeds while single partitions fail: with a live member every partition answers
    /// UNKNOWN_MEMBER_ID. The broker accepts an offset beyond the log end, so bound it before. A group that does not exist
    /// is created.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown whether anything was written: read it back.
    pub fn write_commits(
        &self,
        group: &str,
        commits: &BTreeMap<TopicPartition, NewCommit>,
        patience: &Patience,
    ) -> Result<BTreeMap<TopicPartition, Result<(), Code>>, ClusterError> {
        let doing = format!("committing {} offsets for group {group}", commits.len());
        if commits.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for (partition, commit) in commits {
            topics.entry(&partition.topic).or_default().push(
                OffsetCommitRequestPartition::default()
                    .with_partition_index(partition.partition)
                    .with_committed_offset(commit.offset)
                    .with_committed_leader_epoch(-1)
                    .with_committed_metadata(Some(StrBytes::from_string(commit.metadata.clone()))),
            );
        }
        let topics: Vec<OffsetCommitRequestTopic> = topics
            .into_iter()
            .map(|(topic, partitions)| {
                let name = TopicName(StrBytes::from_string(topic.to_owned()));
                OffsetCommitRequestTopic::default().with_name(name).with_partitions(partitions)
            })
            .collect();
        let names = [group.to_owned()];
        let sending = Sending::default();
        let mut pause = super::FIRST_PAUSE;
        loop {
            let coordinators = self.insist(&doing, patience, || self.coordinators(&names, patience));
            let coordinators = coordinators.map_err(|error| error.sent(sending.begun()))?;
            let told = match coordinators.get(group) {
                Some(Ok(broker)) => {
                    let answer = self.pool.on(*broker, patience, |connection| {
                        sending.call(connection, patience, |_| {
                            OffsetCommitRequest::default()
                                .with_group_id(GroupId(StrBytes::from_string(group.to_owned())))
                                // Neither generation nor member: an administrative commit, refused while the group has members.
                                .with_generation_id_or_member_epoch(-1)
                                .with_member_id(StrBytes::new())
                                .with_topics(topics.clone())
                        })
                    });
                    let answer = answer.map_err(|error| {
                        ClusterError::from_wire(self.name(), &doing, error).sent(sending.begun())
                    })?;
                    let mut told: BTreeMap<TopicPartition, Result<(), Code>> = BTreeMap::new();
                    for topic in answer.topics {
                        let name = topic.name.0.to_string();
                        for partition in topic.partitions {
                            let key = TopicPartition::new(name.clone(), partition.partition_index);
                            told.insert(key, Code::check(partition.error_code));
                        }
                    }
                    for partition in commits.keys() {
                        told.entry(partition.clone()).or_insert(Err(Code(-1)));
                    }
                    told
                }
                Some(Err(code)) => commits.keys().map(|partition| (partition.clone(), Err(*code))).collect(),
                None => commits.keys().map(|partition| (partition.clone(), Err(Code(-1)))).collect(),
            };
            let passing = told.values().any(|told| told.is_err_and(Code::is_passing));
            if !passing || patience.remaining() < pause || patience.is_stopped() {
                return Ok(told);
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}
