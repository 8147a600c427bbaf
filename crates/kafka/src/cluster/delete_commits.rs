//! Taking committed offsets of a group without members away again, and the group with them if nothing is left.

use super::Cluster;
use super::change::Sending;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Call, Connection, WireError};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::{DeleteGroupsRequest, GroupId, OffsetDeleteRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;

impl Cluster {
    /// Deletes the commits of a group on these partitions, and returns what the broker says of each.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown whether anything was deleted: read it back.
    pub fn delete_commits(
        &self,
        group: &str,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<BTreeMap<TopicPartition, Result<(), Code>>, ClusterError> {
        let doing = format!("deleting {} commits of group {group}", partitions.len());
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut topics: BTreeMap<&str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
        for partition in partitions {
            topics
                .entry(&partition.topic)
                .or_default()
                .push(OffsetDeleteRequestPartition::default().with_partition_index(partition.partition));
        }
        let topics = topics
            .into_iter()
            .map(|(topic, partitions)| {
                let name = TopicName(StrBytes::from_string(topic.to_owned()));
                OffsetDeleteRequestTopic::default().with_name(name).with_partitions(partitions)
            })
            .collect();
        let request = OffsetDeleteRequest::default().with_group_id(id(group)).with_topics(topics);
        let answer = self.at_coordinator(group, &doing, patience, request, |answer| answer.error_code)?;
        if let Err(code) = Code::check(answer.error_code) {
            return Ok(partitions.iter().map(|partition| (partition.clone(), Err(code))).collect());
        }
        let mut told: BTreeMap<TopicPartition, Result<(), Code>> = BTreeMap::new();
        for topic in answer.topics {
            let name = topic.name.0.to_string();
            for partition in topic.partitions {
                let key = TopicPartition::new(name.clone(), partition.partition_index);
                told.insert(key, Code::check(partition.error_code));
            }
        }
        for partition in partitions {
            told.entry(partition.clone()).or_insert(Err(Code(-1)));
        }
        Ok(told)
    }

    /// Deletes a group without members, with whatever commits it has. A group that is not there counts as deleted.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown whether it was deleted.
    pub fn delete_group(&self, group: &str, patience: &Patience) -> Result<Result<(), Code>, ClusterError> {
        let doing = format!("deleting group {group}");
        let request = DeleteGroupsRequest::default().with_groups_names(vec![id(group)]);
        let answer = self.at_coordinator(group, &doing, patience, request, |answer| {
            answer.results.first().map_or(-1, |result| result.error_code)
        })?;
        let code = answer.results.first().map_or(-1, |result| result.error_code);
        Ok(match Code::check(code) {
            Err(Code::GROUP_ID_NOT_FOUND) => Ok(()),
            told => told,
        })
    }

    /// Asks the coordinator of a group, again while it moves.
    fn at_coordinator<R: Call + Clone>(
        &self,
        group: &str,
        doing: &str,
        patience: &Patience,
        request: R,
        code: impl Fn(&R::Answer) -> i16,
    ) -> Result<R::Answer, ClusterError> {
        let names = [group.to_owned()];
        let sending = Sending::default();
        let mut pause = super::FIRST_PAUSE;
        loop {
            let coordinators = self.insist(doing, patience, || self.coordinators(&names, patience));
            let coordinators = coordinators.map_err(|error| error.sent(sending.begun()))?;
            let broker = match coordinators.get(group) {
                Some(Ok(broker)) => *broker,
                told => {
                    let code = told.and_then(|told| told.err()).unwrap_or(Code(-1));
                    return Err(code.into_error(self.name(), doing).sent(sending.begun()));
                }
            };
            let ask = |connection: &mut Connection| -> Result<R::Answer, WireError> {
                sending.call(connection, patience, |_| request.clone())
            };
            let answer = self.pool.on(broker, patience, ask);
            let answer = answer
                .map_err(|error| ClusterError::from_wire(self.name(), doing, error).sent(sending.begun()))?;
            let passing = Code::of(code(&answer)).is_some_and(Code::is_passing);
            if !passing || patience.remaining() < pause || patience.is_stopped() {
                return Ok(answer);
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}

fn id(group: &str) -> GroupId {
    GroupId(StrBytes::from_string(group.to_owned()))
}
