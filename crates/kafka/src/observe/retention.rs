use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runbook::world::{PartitionRetention, Reason, RetentionSeen};

use super::{NotObserved, first_record, named};
use crate::{Cluster, Configs, ErrorKind, Isolation, Patience, TopicPartition};

/// What is looked at.
pub(super) struct Asked<'a> {
    pub topics: &'a [String],
    pub groups: &'a [String],
    /// Those of them that begin at the log start where they have no commit.
    pub earliest: &'a [String],
    /// Time between the two looks.
    pub over_ms: u64,
}

/// How long a side keeps what a return to it needs: retention, growth between two looks, and the recovery points.
pub(super) fn observe(
    cluster: &Arc<Cluster>,
    asked: &Asked<'_>,
    patience: &Patience,
) -> Result<RetentionSeen, NotObserved> {
    let topics = asked.topics;
    let told = cluster.topics(topics, patience)?;
    let partitions = named::partitions(cluster, topics, patience)?;
    let configs = cluster.topic_configs(topics, patience)?;
    let commits = commits(cluster, asked.groups, patience)?;
    let earliest = earliest(&commits);
    let limited = partitions.iter().filter(|partition| {
        let configs = configs.get(&partition.topic).and_then(|told| told.as_ref().ok());
        configs.is_some_and(|configs| limit(configs, "retention.bytes").is_some())
    });
    let sizes = sizes(cluster, &limited.cloned().collect::<Vec<_>>(), patience)?;
    let begun = Instant::now();
    let first = named::ends(cluster, &partitions, patience)?;
    patience.pause(Duration::from_millis(asked.over_ms));
    if patience.is_stopped() || patience.is_over() {
        return Err(NotObserved::new(Reason::Stopped, "stopped between the two looks at the log ends"));
    }
    let later = named::ends(cluster, &partitions, patience)?;
    let over_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);

    let mut seen = Vec::with_capacity(partitions.len());
    for (partition, ends) in first {
        let configs = match configs.get(&partition.topic) {
            Some(Ok(configs)) => configs,
            Some(Err(code)) => {
                let what = format!("the configs of topic {}", partition.topic);
                return Err(NotObserved::code(cluster.name(), &what, *code));
            }
            None => {
                let message = format!(
                    "{} cluster: the configs of topic {} were not told",
                    cluster.name(),
                    partition.topic
                );
                return Err(NotObserved::new(Reason::Failed, message));
            }
        };
        told_limits(cluster.name(), &partition.topic, configs)?;
        let later = later.get(&partition).copied().unwrap_or(ends);
        let without = without_commit(&commits, asked.earliest, &partition);
        let recovery_point = match (earliest.get(&partition), without) {
            // Nothing before the commit is there any more: what is lost is counted from the commit.
            (Some(commit), Some(_)) => Some(later.log_start.min(*commit)),
            (Some(commit), None) => Some(*commit),
            (None, Some(_)) => Some(later.log_start),
            (None, None) => None,
        };
        let mut recovery_point_timestamp = None;
        if let Some(offset) = recovery_point
            && let Some(topic) = told.iter().find(|topic| topic.name == partition.topic)
        {
            let mut log =
                first_record::log(cluster, topic, partition.partition, Isolation::ReadUncommitted, patience);
            recovery_point_timestamp = first_record::timestamp(&mut log, offset)?.filter(|ms| *ms >= 0);
        }
        seen.push(PartitionRetention {
            cleanup_policy: text(configs, "cleanup.policy").unwrap_or_default().to_owned(),
            retention_ms: limit(configs, "retention.ms"),
            retention_bytes: limit(configs, "retention.bytes"),
            log_start: ends.log_start,
            log_start_later: later.log_start,
            end: ends.high_watermark,
            end_later: later.high_watermark,
            recovery_point,
            recovery_point_timestamp,
            begins_at_log_start: without.map(str::to_owned),
            size_bytes: sizes.get(&partition).copied(),
            over_ms,
            topic: partition.topic,
            partition: partition.partition,
        });
    }
    let offsets_retention_ms = offsets_retention(cluster, patience)?;
    Ok(RetentionSeen { partitions: seen, offsets_retention_ms, empty: empty(cluster, &commits, patience)? })
}

/// Bytes of the logs that are deleted by size; only they are asked for, because it takes DESCRIBE on the cluster. What
/// is not told is left out: the check says so.
fn sizes(
    cluster: &Cluster,
    limited: &[TopicPartition],
    patience: &Patience,
) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
    if limited.is_empty() {
        return Ok(BTreeMap::new());
    }
    let told = match cluster.log_sizes(limited, patience) {
        Err(error) if error.kind == ErrorKind::Unsupported => BTreeMap::new(),
        told => told?,
    };
    Ok(told
        .into_iter()
        .filter_map(|(partition, size)| Some((partition, i64::try_from(size.ok()?).ok()?)))
        .collect())
}

/// Offsets that groups have committed.
type Committed = BTreeMap<String, BTreeMap<TopicPartition, i64>>;

fn commits(cluster: &Cluster, groups: &[String], patience: &Patience) -> Result<Committed, NotObserved> {
    let failed = |what: String, code| NotObserved::code(cluster.name(), &what, code);
    let mut all = Committed::new();
    for (group, commits) in cluster.commits(groups, patience)? {
        let commits = commits.map_err(|code| failed(format!("the commits of group {group}"), code))?;
        let mut of_group = BTreeMap::new();
        for (partition, commit) in commits {
            let commit =
                commit.map_err(|code| failed(format!("the commit of group {group} on {partition}"), code))?;
            of_group.insert(partition, commit.offset);
        }
        all.insert(group, of_group);
    }
    Ok(all)
}

/// The earliest commit of the groups, by partition.
fn earliest(commits: &Committed) -> BTreeMap<&TopicPartition, i64> {
    let mut earliest = BTreeMap::new();
    for (partition, offset) in commits.values().flatten() {
        let known = earliest.entry(partition).or_insert(*offset);
        *known = (*known).min(*offset);
    }
    earliest
}

/// The first of the groups `earliest` that reads the topic, as its commits on other partitions tell, and has no commit
/// on this one.
fn without_commit<'a>(
    commits: &Committed,
    earliest: &'a [String],
    partition: &TopicPartition,
) -> Option<&'a str> {
    let reads_on = |group: &&String| {
        let of_group = commits.get(*group);
        of_group.is_some_and(|of_group| {
            !of_group.contains_key(partition) && of_group.keys().any(|other| other.topic == partition.topic)
        })
    };
    earliest.iter().find(reads_on).map(String::as_str)
}

/// The groups that have commits and no members.
fn empty(cluster: &Cluster, commits: &Committed, patience: &Patience) -> Result<Vec<String>, NotObserved> {
    let named: Vec<&String> =
        commits.iter().filter(|(_, commits)| !commits.is_empty()).map(|(group, _)| group).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let described = cluster.describe_groups(&named, patience)?;
    let without = described.into_iter().filter(|group| group.members.as_ref().is_some_and(Vec::is_empty));
    let mut empty: Vec<String> = without.map(|group| group.group).collect();
    empty.sort();
    Ok(empty)
}

/// The shortest `offsets.retention.minutes` of the brokers, in ms; `None` where none of them tells.
fn offsets_retention(cluster: &Cluster, patience: &Patience) -> Result<Option<i64>, NotObserved> {
    let (brokers, _) = cluster.brokers(patience)?;
    let mut shortest = None;
    for broker in brokers {
        // A broker that does not let itself be described leaves the answer to the others.
        let Ok(configs) = cluster.broker_configs(broker.id, patience) else { continue };
        let minutes =
            text(&configs, "offsets.retention.minutes").and_then(|minutes| minutes.parse::<i64>().ok());
        shortest = match (shortest, minutes.map(|minutes| minutes.saturating_mul(60_000))) {
            (Some(a), Some(b)) => Some(std::cmp::min::<i64>(a, b)),
            (a, b) => a.or(b),
        };
    }
    Ok(shortest)
}

fn text<'a>(configs: &'a Configs, name: &str) -> Option<&'a str> {
    configs.get(name).and_then(|config| config.value.as_deref())
}

/// A limit of retention; Kafka's -1 is none.
fn limit(configs: &Configs, name: &str) -> Option<i64> {
    text(configs, name).and_then(|value| value.parse::<i64>().ok()).filter(|value| *value >= 0)
}

/// That these configs were told, in a form that says something: what was not told is no proof that nothing is deleted.
fn told_limits(cluster: &str, topic: &str, configs: &Configs) -> Result<(), NotObserved> {
    let says = |name: &str| match (name, text(configs, name)) {
        ("cleanup.policy", policy) => policy.is_some_and(|policy| !policy.is_empty()),
        (_, value) => value.is_some_and(|value| value.parse::<i64>().is_ok()),
    };
    match ["cleanup.policy", "retention.ms", "retention.bytes"].into_iter().find(|name| !says(name)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("{cluster} cluster: {name} of topic {topic} was not told");
            Err(NotObserved::new(Reason::Failed, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, ConfigOrigin};

    #[test]
    fn what_a_cluster_does_not_tell_of_its_retention_is_named() {
        let configs = |told: &[(&str, Option<&str>)]| -> Configs {
            let config = |value: Option<&str>| Config {
                value: value.map(str::to_owned),
                origin: ConfigOrigin::Topic,
                sensitive: false,
            };
            told.iter().map(|(name, value)| ((*name).to_owned(), config(*value))).collect()
        };
        let whole = [
            ("cleanup.policy", Some("delete")),
            ("retention.ms", Some("-1")),
            ("retention.bytes", Some("-1")),
        ];
        assert!(told_limits("source", "orders", &configs(&whole)).is_ok());
        for (missing, value) in [(0, None), (1, None), (1, Some("")), (2, Some("a week"))] {
            let mut told = whole;
            told[missing].1 = value;
            let error = told_limits("source", "orders", &configs(&told)).unwrap_err();
            let said = format!("source cluster: {} of topic orders was not told", told[missing].0);
            assert_eq!(error.message, said);
        }
    }
}
