use std::collections::{BTreeMap, BTreeSet};

use parity::translate::Point;

use super::found::FoundGroup;
use super::{GroupPositions, PositionOptions};
use crate::{
    Cluster, ClusterError, Code, Commits, GroupKind, GroupListing, Patience, TopicPartition, TopicState,
};

/// The commits of one group, told by both sides.
#[derive(Clone)]
pub(super) struct Told {
    group: String,
    /// Its commits were asked for; those of a share group are not.
    asked: bool,
    kind: Option<GroupKind>,
    source: BTreeMap<TopicPartition, i64>,
    target: BTreeMap<TopicPartition, i64>,
    active_on_target: bool,
    why: Vec<String>,
}

impl Told {
    pub fn group(&self) -> &str {
        &self.group
    }

    pub fn was_asked(&self) -> bool {
        self.asked
    }

    /// Whether both looks saw the same commits.
    pub fn stands_as(&self, now: &Told) -> bool {
        self.source == now.source && self.target == now.target
    }

    /// The same group at the commits of another look; what is known beside them stays.
    #[must_use]
    pub fn at(&self, now: &Told) -> Told {
        let mut why = self.why.clone();
        why.extend(now.why.iter().filter(|new| !self.why.contains(new)).cloned());
        Told { source: now.source.clone(), target: now.target.clone(), why, ..self.clone() }
    }

    /// How its commits on a partition differ between two looks.
    pub fn moved(&self, now: &Told, partition: &TopicPartition) -> Option<String> {
        let shown = |offset: Option<&i64>| offset.map_or_else(|| "none".to_owned(), ToString::to_string);
        let sides = [("source", &self.source, &now.source), ("target", &self.target, &now.target)];
        let moved = sides.into_iter().filter_map(|(side, before, now)| {
            let (before, now) = (before.get(partition), now.get(partition));
            (before != now).then(|| format!("its {side} commit from {} to {}", shown(before), shown(now)))
        });
        let moved: Vec<String> = moved.collect();
        (!moved.is_empty()).then(|| moved.join(", "))
    }

    /// Partitions that only the other look knows.
    pub fn new_places(&self, now: &Told) -> usize {
        let known: BTreeSet<&TopicPartition> = self.partitions().collect();
        now.partitions().collect::<BTreeSet<_>>().difference(&known).count()
    }

    /// Whether the target listed it with members; false where it was not asked.
    pub fn is_active_on_target(&self) -> bool {
        self.active_on_target
    }

    /// Every partition with a commit on either side; some twice.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.source.keys().chain(self.target.keys())
    }

    /// What it has committed there; `None`: nothing on either side.
    pub fn point(&self, partition: &TopicPartition) -> Option<Point> {
        let (committed, target_committed) =
            (self.source.get(partition).copied(), self.target.get(partition).copied());
        (committed.is_some() || target_committed.is_some()).then_some(Point { committed, target_committed })
    }

    /// The answer, without positions yet.
    pub fn into_answer(mut self) -> GroupPositions {
        let has_commits = !self.source.is_empty() || !self.target.is_empty();
        match &self.kind {
            Some(GroupKind::Share) => self.why.insert(
                0,
                "a share group: it keeps no positions but a state of each record, which no offset translates".to_owned(),
            ),
            Some(GroupKind::Streams) => self.why.insert(
                0,
                "a streams group: its commits are compared here, but not the state it keeps in changelog and \
                 repartition topics"
                    .to_owned(),
            ),
            Some(GroupKind::Other(protocol)) if !has_commits => {
                self.why.push(format!("a group of protocol `{protocol}`: it has no commits on either side"));
            }
            _ if !has_commits && self.why.is_empty() => {
                self.why.push("no commits on either side".to_owned());
            }
            _ => {}
        }
        GroupPositions {
            group: self.group,
            kind: self.kind,
            partitions: Vec::new(),
            why: (!self.why.is_empty()).then(|| self.why.join("; ")),
        }
    }
}

/// The commits of these groups.
pub(super) fn of_named(
    source: &Cluster,
    target: &Cluster,
    groups: &[String],
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<Told>, ClusterError> {
    let mut told = commits(source, target, groups, options, patience)?;
    let hidden = hidden(source, target, options, patience)?;
    told.iter_mut().for_each(|told| told.why = hidden.iter().chain(&told.why).cloned().collect());
    Ok(told)
}

/// The same, without what the cluster may hide of them.
pub(super) fn commits(
    source: &Cluster,
    target: &Cluster,
    groups: &[String],
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<Told>, ClusterError> {
    let on_target = target.commits(groups, patience)?;
    let on_source = source.commits(groups, patience)?;
    Ok(groups
        .iter()
        .map(|group| {
            let mut why = Vec::new();
            let target = offsets(target, on_target.get(group), options, &mut why);
            let source = offsets(source, on_source.get(group), options, &mut why);
            let group = group.clone();
            Told { group, asked: true, kind: None, source, target, active_on_target: false, why }
        })
        .collect())
}

/// The commits of groups of any kind; and whether their members read topics whose commits are left out.
pub(super) fn of_found(
    source: &Cluster,
    target: &Cluster,
    found: &[FoundGroup],
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<Told>, ClusterError> {
    let with_commits = found.iter().filter(|group| group.kind != GroupKind::Share);
    let names: Vec<String> = with_commits.map(|group| group.group.clone()).collect();
    let told = of_named(source, target, &names, options, patience)?;
    let mut told: BTreeMap<String, Told> = told.into_iter().map(|told| (told.group.clone(), told)).collect();
    let unseen = [
        unseen(source, found.iter().filter_map(|group| group.source.as_ref()), patience)?,
        unseen(target, found.iter().filter_map(|group| group.target.as_ref()), patience)?,
    ];
    Ok(found
        .iter()
        .map(|group| {
            let mut told = told.remove(&group.group).unwrap_or_else(|| Told {
                group: group.group.clone(),
                asked: false,
                kind: None,
                source: BTreeMap::new(),
                target: BTreeMap::new(),
                active_on_target: false,
                why: Vec::new(),
            });
            told.kind = Some(group.kind.clone());
            let state = group.target.as_ref().map(|listed| listed.state.to_ascii_lowercase());
            told.active_on_target =
                state.is_some_and(|state| !matches!(state.as_str(), "" | "empty" | "dead"));
            told.why.extend(unseen.iter().filter_map(|unseen| unseen.get(&group.group)).flatten().cloned());
            told
        })
        .collect())
}

/// Topics that members of these groups are reading and whose commits Kafka leaves out, by group: what is listed of such a
/// group is provably not all.
fn unseen<'a>(
    cluster: &Cluster,
    listed: impl Iterator<Item = &'a GroupListing>,
    patience: &Patience,
) -> Result<BTreeMap<String, Vec<String>>, ClusterError> {
    let side = cluster.name();
    let told = |kind: &GroupKind| !matches!(kind, GroupKind::Share | GroupKind::Other(_));
    let active = listed.filter(|group| !group.state.eq_ignore_ascii_case("empty") && told(&group.kind));
    let active: Vec<GroupListing> = active.cloned().collect();
    let mut unseen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reading: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (group, described) in cluster.describe_listed(active, patience)? {
        match described {
            Ok(described) => {
                let assigned = described.members.iter().flatten().flat_map(|member| &member.assignment);
                let topics = assigned.map(|partition| partition.topic.clone()).collect();
                reading.insert(group, topics);
            }
            Err(code) => unseen
                .entry(group)
                .or_default()
                .push(format!("what its members read on the {side} cluster is not told: {code}")),
        }
    }
    let topics: BTreeSet<&String> = reading.values().flatten().collect();
    let topics: Vec<&String> = topics.into_iter().collect();
    let hidden: BTreeSet<String> = cluster
        .topics(&topics, patience)?
        .into_iter()
        .filter(|topic| topic.state == TopicState::NotAuthorised)
        .map(|topic| topic.name)
        .collect();
    for (group, topics) in reading {
        for topic in topics.intersection(&hidden) {
            unseen.entry(group.clone()).or_default().push(format!(
                "its members read topic {topic} on the {side} cluster, which this principal may not describe: its \
                 commits there are left out"
            ));
        }
    }
    Ok(unseen)
}

/// Named topics this principal may not describe: Kafka leaves their commits out without a word, and what is left out
/// would look as if there were nothing to say about it.
fn hidden(
    source: &Cluster,
    target: &Cluster,
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<String>, ClusterError> {
    let mut hidden = Vec::new();
    let named: Vec<&String> = options.topics.iter().flatten().collect();
    for cluster in [source, target] {
        for topic in cluster.topics(&named, patience)? {
            let side = cluster.name();
            match topic.state {
                TopicState::Present | TopicState::Absent => {}
                TopicState::NotAuthorised => {
                    hidden.push(format!(
                        "not authorised to describe topic {} on the {side} cluster",
                        topic.name
                    ));
                }
                TopicState::Failed(code) => {
                    hidden.push(format!("topic {} on the {side} cluster: {code}", topic.name));
                }
            }
        }
    }
    Ok(hidden)
}

fn offsets(
    cluster: &Cluster,
    told: Option<&Result<Commits, Code>>,
    options: &PositionOptions,
    why: &mut Vec<String>,
) -> BTreeMap<TopicPartition, i64> {
    let mut offsets = BTreeMap::new();
    match told {
        Some(Ok(commits)) => {
            for (partition, commit) in commits {
                if options.topics.as_ref().is_some_and(|topics| !topics.contains(&partition.topic)) {
                    continue;
                }
                match commit {
                    Ok(commit) => drop(offsets.insert(partition.clone(), commit.offset)),
                    Err(code) => why.push(format!("the {} commit on {partition}: {code}", cluster.name())),
                }
            }
        }
        Some(Err(code)) => why.push(format!("its {} commits: {code}", cluster.name())),
        None => why.push(format!("its {} commits were not told", cluster.name())),
    }
    offsets
}
