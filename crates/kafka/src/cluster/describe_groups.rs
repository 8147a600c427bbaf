//! Groups with state and members; batches per coordinator.

use super::Cluster;
use super::groups::{GroupKind, GroupListing};
use crate::code::Code;
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, WireError};
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, ConsumerProtocolAssignment, DescribeGroupsRequest, GroupId,
    ShareGroupDescribeRequest,
};
use kafka_protocol::protocol::{Decodable, StrBytes};
use std::collections::BTreeMap;

/// One member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Kafka's id of the member.
    pub member_id: String,
    /// `client.id`.
    pub client_id: String,
    /// Where it connects from, as `/10.0.0.1`.
    pub host: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// Partitions it has now, sorted; empty also where the protocol type does not tell.
    pub assignment: Vec<TopicPartition>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Group id.
    pub group: String,
    /// Which protocol; [`GroupKind::Absent`] if there is no such group.
    pub kind: GroupKind,
    /// Kafka's word; empty for an absent group.
    pub state: String,
    /// The assignor in use; empty without members.
    pub assignor: String,
    /// The broker that keeps it.
    pub coordinator: Option<i32>,
    /// None: the cluster does not tell us the members of this kind of group.
    pub members: Option<Vec<Member>>,
}

/// Groups per request; members with their assignments can be large.
const GROUPS_PER_REQUEST: usize = 200;

impl Cluster {
    /// Every group of every type with its members.
    pub fn groups(&self, patience: &Patience) -> Result<Vec<Group>, ClusterError> {
        let listed = self.list_groups(patience)?;
        self.describe(listed, patience)
    }

    /// These groups, in this order; a group nobody knows is [`GroupKind::Absent`].
    pub fn describe_groups<S: AsRef<str>>(
        &self,
        names: &[S],
        patience: &Patience,
    ) -> Result<Vec<Group>, ClusterError> {
        let listed = self.list_groups(patience)?;
        let mut listed: BTreeMap<String, GroupListing> =
            listed.into_iter().map(|listing| (listing.group.clone(), listing)).collect();
        let wanted: Vec<GroupListing> =
            names.iter().filter_map(|name| listed.remove(name.as_ref())).collect();
        let described = self.describe(wanted, patience)?;
        let mut described: BTreeMap<String, Group> =
            described.into_iter().map(|group| (group.group.clone(), group)).collect();
        // A group that is not listed is absent, or hidden from this principal: its coordinator tells which.
        let unlisted: Vec<String> = names
            .iter()
            .map(|name| name.as_ref().to_owned())
            .filter(|name| !described.contains_key(name))
            .collect();
        if !unlisted.is_empty() {
            for group in self.unlisted(&unlisted, patience)? {
                described.insert(group.group.clone(), group);
            }
        }
        Ok(names.iter().filter_map(|name| described.get(name.as_ref()).cloned()).collect())
    }

    /// Fills in the members of listed groups.
    fn describe(&self, listed: Vec<GroupListing>, patience: &Patience) -> Result<Vec<Group>, ClusterError> {
        let described = self.describe_listed(listed, patience)?.into_iter().map(|(name, told)| {
            told.map_err(|code| code.into_error(self.name(), format!("describing group {name}")))
        });
        described.collect()
    }

    /// Listed groups with their members, by name; one that cannot be told has its code.
    pub fn describe_listed(
        &self,
        listed: Vec<GroupListing>,
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<Group, Code>>, ClusterError> {
        let mut failed: BTreeMap<String, Code> = BTreeMap::new();
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        let mut jobs: BTreeMap<i32, Vec<(GroupKind, String)>> = BTreeMap::new();
        for listing in listed {
            let empty = listing.state.eq_ignore_ascii_case("empty");
            let told = !matches!(listing.kind, GroupKind::Streams);
            let group = Group {
                group: listing.group.clone(),
                kind: listing.kind.clone(),
                state: listing.state,
                assignor: String::new(),
                coordinator: Some(listing.coordinator),
                members: empty.then(Vec::new),
            };
            groups.insert(listing.group.clone(), group);
            if !empty && told {
                jobs.entry(listing.coordinator).or_default().push((listing.kind, listing.group));
            }
        }
        let asked = self.at_brokers(&jobs, patience, |connection, job| describe(connection, job, patience));
        let mut again: Vec<String> = Vec::new();
        for (coordinator, answer) in asked {
            let doing = "describing groups";
            for (name, told) in answer.map_err(|error| ClusterError::from_wire(self.name(), doing, error))? {
                let Some(group) = groups.get_mut(&name) else { continue };
                match told {
                    Ok(described) => {
                        group.state = described.state;
                        group.assignor = described.assignor;
                        group.members = described.members;
                        group.coordinator = Some(coordinator);
                    }
                    Err(code) if code.is_passing() => again.push(name),
                    // It was deleted between the two looks.
                    Err(Code::GROUP_ID_NOT_FOUND) => {
                        *group = absent(name);
                    }
                    Err(code) => drop(failed.insert(name, code)),
                }
            }
        }
        if !again.is_empty() {
            let pause = super::FIRST_PAUSE;
            if patience.remaining() < pause || patience.is_stopped() {
                let why = format!("the coordinator of {} keeps moving", again.join(", "));
                return Err(ClusterError::new(self.name(), ErrorKind::TimedOut, "describing groups", why)
                    .next("try again"));
            }
            patience.pause(pause);
            for group in self.describe_groups(&again, patience)? {
                groups.insert(group.group.clone(), group);
            }
        }
        let told = |(name, group): (String, Group)| {
            let told = failed.get(&name).map_or(Ok(group), |code| Err(*code));
            (name, told)
        };
        Ok(groups.into_iter().map(told).collect())
    }

    /// Asks the coordinators of groups no broker listed.
    fn unlisted(&self, names: &[String], patience: &Patience) -> Result<Vec<Group>, ClusterError> {
        let doing = "describing groups";
        let mut open: Vec<String> = names.to_vec();
        let mut found = Vec::new();
        let mut pause = super::FIRST_PAUSE;
        loop {
            let coordinators = self.insist(doing, patience, || self.coordinators(&open, patience))?;
            let mut jobs: BTreeMap<i32, Vec<(GroupKind, String)>> = BTreeMap::new();
            let mut passing = Vec::new();
            for name in &open {
                match coordinators.get(name) {
                    Some(Ok(broker)) => {
                        jobs.entry(*broker).or_default().push((GroupKind::Classic, name.clone()))
                    }
                    Some(Err(code)) if !code.is_passing() => {
                        return Err(code.into_error(self.name(), format!("looking for group {name}")));
                    }
                    _ => passing.push(name.clone()),
                }
            }
            for (coordinator, answer) in
                self.at_brokers(&jobs, patience, |connection, job| describe(connection, job, patience))
            {
                for (name, told) in
                    answer.map_err(|error| ClusterError::from_wire(self.name(), doing, error))?
                {
                    match told {
                        Ok(told) => found.push(Group {
                            group: name,
                            kind: GroupKind::Classic,
                            state: told.state,
                            assignor: told.assignor,
                            coordinator: Some(coordinator),
                            members: told.members,
                        }),
                        Err(Code::GROUP_ID_NOT_FOUND) => found.push(absent(name)),
                        Err(code) if code.is_passing() => passing.push(name),
                        Err(code) => {
                            return Err(code.into_error(self.name(), format!("describing group {name}")));
                        }
                    }
                }
            }
            if passing.is_empty() {
                return Ok(found);
            }
            if patience.remaining() < pause || patience.is_stopped() {
                let why = format!("no coordinator for {}", passing.join(", "));
                return Err(ClusterError::new(self.name(), ErrorKind::TimedOut, doing, why).next("try again"));
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
            open = passing;
        }
    }
}

fn absent(name: String) -> Group {
    Group {
        group: name,
        kind: GroupKind::Absent,
        state: String::new(),
        assignor: String::new(),
        coordinator: None,
        members: Some(Vec::new()),
    }
}

struct Described {
    state: String,
    assignor: String,
    members: Option<Vec<Member>>,
}

type Answers = Vec<(String, Result<Described, Code>)>;

fn describe(
    connection: &mut Connection,
    job: &[(GroupKind, String)],
    patience: &Patience,
) -> Result<Answers, WireError> {
    let of = |wanted: fn(&GroupKind) -> bool| -> Vec<GroupId> {
        job.iter()
            .filter(|(kind, _)| wanted(kind))
            .map(|(_, name)| GroupId(StrBytes::from_string(name.clone())))
            .collect()
    };
    let mut all = Vec::new();
    for chunk in
        of(|kind| matches!(kind, GroupKind::Classic | GroupKind::Other(_))).chunks(GROUPS_PER_REQUEST)
    {
        all.extend(classic(connection, chunk, patience)?);
    }
    for chunk in of(|kind| matches!(kind, GroupKind::Consumer)).chunks(GROUPS_PER_REQUEST) {
        all.extend(consumer(connection, chunk, patience)?);
    }
    for chunk in of(|kind| matches!(kind, GroupKind::Share)).chunks(GROUPS_PER_REQUEST) {
        all.extend(share(connection, chunk, patience)?);
    }
    Ok(all)
}

fn classic(
    connection: &mut Connection,
    groups: &[GroupId],
    patience: &Patience,
) -> Result<Answers, WireError> {
    let answer =
        connection.call(patience, |_| DescribeGroupsRequest::default().with_groups(groups.to_vec()))?;
    let described = answer.groups.into_iter().map(|told| {
        let name = told.group_id.0.to_string();
        // Before version 6 an unknown group is a dead one without a protocol.
        let code = match Code::of(told.error_code) {
            None if told.group_state.eq_ignore_ascii_case("dead") && told.members.is_empty() => {
                Some(Code::GROUP_ID_NOT_FOUND)
            }
            code => code,
        };
        if let Some(code) = code {
            return (name, Err(code));
        }
        let of_consumers = told.protocol_type.as_str() == "consumer";
        let members = told.members.into_iter().map(|member| Member {
            member_id: member.member_id.to_string(),
            client_id: member.client_id.to_string(),
            host: member.client_host.to_string(),
            instance_id: member.group_instance_id.map(|id| id.to_string()),
            assignment: if of_consumers { assignment(&member.member_assignment) } else { Vec::new() },
        });
        let members = Some(members.collect());
        (
            name,
            Ok(Described {
                state: told.group_state.to_string(),
                assignor: told.protocol_data.to_string(),
                members,
            }),
        )
    });
    Ok(described.collect())
}

/// The consumer protocol's assignment; what cannot be read is empty, since any client may write it.
fn assignment(bytes: &bytes::Bytes) -> Vec<TopicPartition> {
    use bytes::Buf;
    const NEWEST: i16 = 3;
    let mut bytes = bytes.clone();
    if bytes.len() < 2 {
        return Vec::new();
    }
    let version = bytes.get_i16();
    let Ok(told) = ConsumerProtocolAssignment::decode(&mut bytes, version.clamp(0, NEWEST)) else {
        return Vec::new();
    };
    let mut all: Vec<TopicPartition> = told
        .assigned_partitions
        .into_iter()
        .flat_map(|topic| {
            let name = topic.topic.0.to_string();
            topic.partitions.into_iter().map(move |partition| TopicPartition::new(name.clone(), partition))
        })
        .collect();
    all.sort();
    all
}

fn consumer(
    connection: &mut Connection,
    groups: &[GroupId],
    patience: &Patience,
) -> Result<Answers, WireError> {
    let answer = connection
        .call(patience, |_| ConsumerGroupDescribeRequest::default().with_group_ids(groups.to_vec()))?;
    let described = answer.groups.into_iter().map(|told| {
        let name = told.group_id.0.to_string();
        if let Some(code) = Code::of(told.error_code) {
            return (name, Err(code));
        }
        let members = told.members.into_iter().map(|member| {
            let mut assignment: Vec<TopicPartition> = member
                .assignment
                .topic_partitions
                .into_iter()
                .flat_map(|topic| {
                    let name = topic.topic_name.0.to_string();
                    topic
                        .partitions
                        .into_iter()
                        .map(move |partition| TopicPartition::new(name.clone(), partition))
                })
                .collect();
            assignment.sort();
            Member {
                member_id: member.member_id.to_string(),
                client_id: member.client_id.to_string(),
                host: member.client_host.to_string(),
                instance_id: member.instance_id.map(|id| id.to_string()),
                assignment,
            }
        });
        let members = Some(members.collect());
        (
            name,
            Ok(Described {
                state: told.group_state.to_string(),
                assignor: told.assignor_name.to_string(),
                members,
            }),
        )
    });
    Ok(described.collect())
}

fn share(connection: &mut Connection, groups: &[GroupId], patience: &Patience) -> Result<Answers, WireError> {
    if connection.version_of::<ShareGroupDescribeRequest>().is_none() {
        // Early-access share groups of 4.0 are listed with their state; their members cannot be asked for.
        return Ok(Vec::new());
    }
    let answer = connection
        .call(patience, |_| ShareGroupDescribeRequest::default().with_group_ids(groups.to_vec()))?;
    let described = answer.groups.into_iter().map(|told| {
        let name = told.group_id.0.to_string();
        if let Some(code) = Code::of(told.error_code) {
            return (name, Err(code));
        }
        let members = told.members.into_iter().map(|member| Member {
            member_id: member.member_id.to_string(),
            client_id: member.client_id.to_string(),
            host: member.client_host.to_string(),
            instance_id: None,
            assignment: {
                let topics = member.assignment.topic_partitions.into_iter();
                let mut all: Vec<TopicPartition> = topics
                    .flat_map(|topic| {
                        let name = topic.topic_name.0.to_string();
                        let partitions = topic.partitions.into_iter();
                        partitions.map(move |partition| TopicPartition::new(name.clone(), partition))
                    })
                    .collect();
                all.sort();
                all
            },
        });
        let members = Some(members.collect());
        (
            name,
            Ok(Described {
                state: told.group_state.to_string(),
                assignor: told.assignor_name.to_string(),
                members,
            }),
        )
    });
    Ok(described.collect())
}
