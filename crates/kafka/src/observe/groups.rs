use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use runbook::world::{CommitSeen, GroupKind, GroupSeen, GroupsSeen, MemberSeen, Reason};

use super::NotObserved;
use crate::{self as kafka, Cluster, Code, Commits, Group, Patience, TopicPartition};

/// Members, state and commits of groups, and which commits moved within `over_ms`.
pub(super) fn observe(
    cluster: &Cluster,
    groups: &[String],
    over_ms: u64,
    patience: &Patience,
) -> Result<GroupsSeen, NotObserved> {
    let before = cluster.commits(groups, patience)?;
    let first = cluster.describe_groups(groups, patience)?;
    let second = if over_ms == 0 {
        first.clone()
    } else {
        patience.pause(Duration::from_millis(over_ms));
        if patience.is_stopped() || patience.is_over() {
            return Err(NotObserved::new(Reason::Stopped, "stopped between the two looks at the groups"));
        }
        cluster.describe_groups(groups, patience)?
    };
    let after = if over_ms == 0 { before.clone() } else { cluster.commits(groups, patience)? };

    let seen = first.into_iter().zip(second).map(|(first, second)| {
        let name = first.group.clone();
        group(first, second, before.get(&name), after.get(&name))
    });
    let mut groups: Vec<GroupSeen> = seen.collect();
    groups.sort_by(|a, b| a.group.cmp(&b.group));
    Ok(GroupsSeen { groups })
}

type Told<'a> = Option<&'a Result<Commits, Code>>;

/// Both looks at one group in one: a member seen at either look is a member.
fn group(first: Group, second: Group, before: Told<'_>, after: Told<'_>) -> GroupSeen {
    let mut unread = Vec::new();
    let told = before;
    let before = offsets(before, &mut unread);
    let after = offsets(after, &mut unread);
    let moved = before
        .keys()
        .chain(after.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|partition| before.get(*partition) != after.get(*partition))
        .map(|partition| {
            (partition.to_string(), (before.get(partition).copied(), after.get(partition).copied()))
        })
        .collect();
    if first.members.is_none() || second.members.is_none() {
        unread.push(format!("the cluster does not tell the members of {} groups", kind_word(&second.kind)));
    }
    let busier =
        if second.members.as_ref().is_some_and(|members| !members.is_empty()) { &second } else { &first };
    let members: BTreeMap<String, MemberSeen> = first
        .members
        .iter()
        .chain(&second.members)
        .flatten()
        .map(|member| {
            let seen = MemberSeen {
                member_id: member.member_id.clone(),
                client_id: member.client_id.clone(),
                host: member.host.clone(),
                instance_id: member.instance_id.clone(),
            };
            (member.member_id.clone(), seen)
        })
        .collect();
    unread.dedup();
    GroupSeen {
        group: first.group.clone(),
        kind: kind(&second.kind),
        state: busier.state.clone(),
        members: members.into_values().collect(),
        commits: before
            .into_iter()
            .map(|(at, offset)| CommitSeen {
                metadata: metadata(told, &at),
                topic: at.topic,
                partition: at.partition,
                offset,
            })
            .collect(),
        moved,
        unread: (!unread.is_empty()).then(|| unread.join("; ")),
    }
}

fn offsets(told: Told<'_>, unread: &mut Vec<String>) -> BTreeMap<TopicPartition, i64> {
    let mut offsets = BTreeMap::new();
    match told {
        Some(Ok(commits)) => {
            for (partition, commit) in commits {
                match commit {
                    Ok(commit) => {
                        offsets.insert(partition.clone(), commit.offset);
                    }
                    Err(code) => unread.push(format!("the commit on {partition}: {code}")),
                }
            }
        }
        Some(Err(code)) => unread.push(format!("its commits: {code}")),
        None => unread.push("its commits were not told".to_owned()),
    }
    offsets
}

/// What the client wrote beside its commit; a landing that is taken back writes it again.
fn metadata(told: Told<'_>, at: &TopicPartition) -> String {
    let commit = told.and_then(|told| told.as_ref().ok()?.get(at)?.as_ref().ok());
    commit.map(|commit| commit.metadata.clone()).unwrap_or_default()
}

pub(super) fn kind(kind: &kafka::GroupKind) -> GroupKind {
    match kind {
        kafka::GroupKind::Absent => GroupKind::Absent,
        kafka::GroupKind::Classic => GroupKind::Classic,
        kafka::GroupKind::Consumer => GroupKind::Consumer,
        kafka::GroupKind::Share => GroupKind::Share,
        kafka::GroupKind::Streams => GroupKind::Streams,
        kafka::GroupKind::Other(_) => GroupKind::Other,
    }
}

fn kind_word(kind: &kafka::GroupKind) -> &str {
    match kind {
        kafka::GroupKind::Absent => "absent",
        kafka::GroupKind::Classic => "classic",
        kafka::GroupKind::Consumer => "consumer",
        kafka::GroupKind::Share => "share",
        kafka::GroupKind::Streams => "streams",
        kafka::GroupKind::Other(word) => word,
    }
}
