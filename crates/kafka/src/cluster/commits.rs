//! Committed offsets of groups; batches per coordinator, every code read.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, WireError};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::{GroupId, OffsetFetchRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, BTreeSet};

/// A committed offset: the next record to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The offset.
    pub offset: i64,
    /// −1: not told.
    pub leader_epoch: i32,
    /// What the client wrote beside it.
    pub metadata: String,
}

/// Commits of one group by partition. A partition whose commit is not decided (an open transaction) or not to be told has
/// its code; partitions without a commit are left out.
pub type Commits = BTreeMap<TopicPartition, Result<Commit, Code>>;

const BATCHED: i16 = 8;
const TELLS_UNSTABLE: i16 = 7;
/// Groups per request: a group with a thousand partitions answers some 50 KiB.
const GROUPS_PER_REQUEST: usize = 200;
/// Partitions of groups that are asked for one by one: an answer of some 200 KiB.
const BY_NAME: usize = 10_000;

impl Cluster {
    /// Commits of groups. A group that may not be described has its code; one that does not exist has no commits.
    ///
    /// Kafka leaves out topics this principal may not describe, without saying so: ask for named partitions with
    /// [`Cluster::commits_on`] where that matters.
    pub fn commits<S: AsRef<str>>(
        &self,
        groups: &[S],
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<Commits, Code>>, ClusterError> {
        let wanted = groups.iter().map(|group| (group.as_ref().to_owned(), None)).collect();
        self.fetch_commits(wanted, None, patience)
    }

    /// Commits of many groups on these partitions, as [`Cluster::commits_on`] tells them of one: a topic this principal may
    /// not describe has its code in every group.
    ///
    /// Asked by name, an answer has an entry for every partition and group, and for many groups most of them say that there
    /// is no commit. So beyond [`BY_NAME`] only one group of each coordinator is asked by name: what it is not told of
    /// topics the others are not told either, because that is up to who asks.
    pub fn commits_among<S: AsRef<str>>(
        &self,
        groups: &[S],
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<Commits, Code>>, ClusterError> {
        let groups = groups.iter().map(|group| group.as_ref().to_owned());
        if groups.len().saturating_mul(partitions.len()) <= BY_NAME {
            let wanted = groups.map(|group| (group, Some(partitions.to_vec()))).collect();
            return self.fetch_commits(wanted, None, patience);
        }
        let wanted = groups.map(|group| (group, None)).collect();
        let mut told = self.fetch_commits(wanted, Some(partitions), patience)?;
        let among: BTreeSet<&TopicPartition> = partitions.iter().collect();
        for commits in told.values_mut().flatten() {
            commits.retain(|partition, _| among.contains(partition));
        }
        Ok(told)
    }

    /// Commits of one group on these partitions.
    pub fn commits_on(
        &self,
        group: &str,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<Result<Commits, Code>, ClusterError> {
        if partitions.is_empty() {
            return Ok(Ok(Commits::new()));
        }
        let wanted = BTreeMap::from([(group.to_owned(), Some(partitions.to_vec()))]);
        let mut told = self.fetch_commits(wanted, None, patience)?;
        Ok(told.remove(group).unwrap_or(Err(Code(-1))))
    }

    /// `witnessed`: of each coordinator one group is asked for these by name, and stands for the others.
    fn fetch_commits(
        &self,
        wanted: BTreeMap<String, Wanted>,
        witnessed: Option<&[TopicPartition]>,
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<Commits, Code>>, ClusterError> {
        let doing = match wanted.keys().next() {
            Some(group) if wanted.len() == 1 => format!("reading the commits of group {group}"),
            _ => format!("reading the commits of {} groups", wanted.len()),
        };
        let mut done: BTreeMap<String, Result<Commits, Code>> = BTreeMap::new();
        let mut open: Vec<String> = wanted.keys().cloned().collect();
        let mut pause = super::FIRST_PAUSE;
        while !open.is_empty() {
            let coordinators = self.insist(&doing, patience, || self.coordinators(&open, patience))?;
            let mut jobs: BTreeMap<i32, Vec<(String, Wanted)>> = BTreeMap::new();
            for group in &open {
                match coordinators.get(group) {
                    Some(Ok(broker)) => {
                        let job = jobs.entry(*broker).or_default();
                        let witness = witnessed.filter(|_| job.is_empty()).map(<[TopicPartition]>::to_vec);
                        job.push((group.clone(), witness.or_else(|| wanted[group].clone())));
                    }
                    Some(Err(code)) => {
                        done.insert(group.clone(), Err(*code));
                    }
                    None => {
                        done.insert(group.clone(), Err(Code(-1)));
                    }
                }
            }
            let mut unreachable: Option<WireError> = None;
            let answers = self.at_brokers(&jobs, patience, |connection, job| {
                let told = fetch(connection, job, patience)?;
                match witnessed {
                    Some(partitions) => stand_for(connection, job, told, partitions, patience),
                    None => Ok(told),
                }
            });
            for (broker, answer) in answers {
                match answer {
                    Ok(answer) => done.extend(answer),
                    Err(error) if error.is_passing() => unreachable = Some(error),
                    Err(error) => return Err(ClusterError::from_wire(self.name(), doing, error)),
                }
                for (group, _) in jobs.get(&broker).into_iter().flatten() {
                    done.entry(group.clone()).or_insert(Err(Code(15)));
                }
            }
            open = done.iter().filter(|(_, told)| is_passing(told)).map(|(group, _)| group.clone()).collect();
            if open.is_empty() || patience.remaining() < pause || patience.is_stopped() {
                // Groups of brokers that were reached are told; those of others have a code.
                if let Some(error) = unreachable.filter(|_| open.len() == wanted.len()) {
                    return Err(ClusterError::from_wire(self.name(), doing, error));
                }
                break;
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
        Ok(done)
    }
}

/// None: all partitions the group has commits on.
type Wanted = Option<Vec<TopicPartition>>;

fn is_passing(told: &Result<Commits, Code>) -> bool {
    match told {
        Err(code) => code.is_passing(),
        Ok(commits) => commits.values().any(|commit| matches!(commit, Err(code) if code.is_passing())),
    }
}

fn fetch(
    connection: &mut Connection,
    job: &[(String, Wanted)],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<Commits, Code>>, WireError> {
    match connection.version_of::<OffsetFetchRequest>() {
        Some(version) if version >= BATCHED => together(connection, job, patience),
        _ => one_by_one(connection, job, patience),
    }
}

/// The answers to a job whose first group was asked by name: a topic it is not told of is not told in any.
fn stand_for(
    connection: &mut Connection,
    job: &[(String, Wanted)],
    mut told: BTreeMap<String, Result<Commits, Code>>,
    partitions: &[TopicPartition],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<Commits, Code>>, WireError> {
    let mut names = job.iter().map(|(group, _)| group);
    let is_told = |group: &&String| matches!(told.get(*group), Some(Ok(_)));
    let mut witness = names.next().filter(is_told);
    // A group that is not to be read says nothing of topics: another one is asked.
    if witness.is_none()
        && let Some(other) = names.find(is_told)
    {
        told.extend(fetch(connection, &[(other.clone(), Some(partitions.to_vec()))], patience)?);
        witness = Some(other);
    }
    let denied: Commits = match witness.map(|group| told.get(group)) {
        None => return Ok(told),
        Some(Some(Ok(commits))) => {
            let denied = commits.iter().filter(|(_, told)| **told == Err(Code::TOPIC_AUTHORIZATION_FAILED));
            denied.map(|(partition, told)| (partition.clone(), told.clone())).collect()
        }
        // It was to be read a moment ago. Nobody stands for the others.
        Some(other) => {
            let code = other.and_then(|told| told.as_ref().err().copied()).unwrap_or(Code(-1));
            told.values_mut().filter(|told| told.is_ok()).for_each(|told| *told = Err(code));
            return Ok(told);
        }
    };
    for commits in told.values_mut().flatten() {
        commits.extend(denied.iter().map(|(partition, told)| (partition.clone(), told.clone())));
    }
    Ok(told)
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<&str, Vec<i32>> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&partition.topic).or_default().push(partition.partition);
    }
    topics
}

fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

fn together(
    connection: &mut Connection,
    job: &[(String, Wanted)],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<Commits, Code>>, WireError> {
    let mut all = BTreeMap::new();
    for chunk in job.chunks(GROUPS_PER_REQUEST) {
        let groups = chunk.iter().map(|(group, wanted)| {
            let topics = wanted.as_ref().map(|partitions| {
                by_topic(partitions)
                    .into_iter()
                    .map(|(topic, partitions)| {
                        OffsetFetchRequestTopics::default()
                            .with_name(name(topic))
                            .with_partition_indexes(partitions)
                    })
                    .collect()
            });
            let group = GroupId(StrBytes::from_string(group.clone()));
            OffsetFetchRequestGroup::default().with_group_id(group).with_topics(topics)
        });
        let groups: Vec<_> = groups.collect();
        let answer = connection.call(patience, |_| {
            OffsetFetchRequest::default().with_groups(groups).with_require_stable(true)
        })?;
        for group in answer.groups {
            let told = Code::check(group.error_code).map(|()| {
                let partitions = group.topics.into_iter().flat_map(|topic| {
                    let name = topic.name.0.to_string();
                    topic.partitions.into_iter().filter_map(move |told| {
                        let metadata = told.metadata.map(|text| text.to_string());
                        let found = commit(
                            told.error_code,
                            told.committed_offset,
                            told.committed_leader_epoch,
                            metadata,
                        )?;
                        Some((TopicPartition::new(name.clone(), told.partition_index), found))
                    })
                });
                partitions.collect()
            });
            all.insert(group.group_id.0.to_string(), told);
        }
    }
    Ok(all)
}

fn one_by_one(
    connection: &mut Connection,
    job: &[(String, Wanted)],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<Commits, Code>>, WireError> {
    let mut all = BTreeMap::new();
    for (group, wanted) in job {
        let topics = wanted.as_ref().map(|partitions| {
            by_topic(partitions)
                .into_iter()
                .map(|(topic, partitions)| {
                    OffsetFetchRequestTopic::default()
                        .with_name(name(topic))
                        .with_partition_indexes(partitions)
                })
                .collect()
        });
        let answer = connection.call(patience, |version| {
            OffsetFetchRequest::default()
                .with_group_id(GroupId(StrBytes::from_string(group.clone())))
                .with_topics(topics)
                .with_require_stable(version >= TELLS_UNSTABLE)
        })?;
        let told = Code::check(answer.error_code).map(|()| {
            let partitions = answer.topics.into_iter().flat_map(|topic| {
                let name = topic.name.0.to_string();
                topic.partitions.into_iter().filter_map(move |told| {
                    let metadata = told.metadata.map(|text| text.to_string());
                    let found = commit(
                        told.error_code,
                        told.committed_offset,
                        told.committed_leader_epoch,
                        metadata,
                    )?;
                    Some((TopicPartition::new(name.clone(), told.partition_index), found))
                })
            });
            partitions.collect()
        });
        all.insert(group.clone(), told);
    }
    Ok(all)
}

/// None: no commit there.
fn commit(
    code: i16,
    offset: i64,
    leader_epoch: i32,
    metadata: Option<String>,
) -> Option<Result<Commit, Code>> {
    match Code::of(code) {
        Some(code) => Some(Err(code)),
        None if offset < 0 => None,
        None => Some(Ok(Commit { offset, leader_epoch, metadata: metadata.unwrap_or_default() })),
    }
}
