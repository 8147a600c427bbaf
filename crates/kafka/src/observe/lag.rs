//! How far groups are behind. What groups have in common is asked for once: the topics, the bounds of a partition, and the
//! records that several of them still have to read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use runbook::world::{Isolation, LagSeen, LagsSeen, PartitionLag};

use super::ahead::{self, Ahead, Counts, Span};
use super::{NotObserved, isolation, named};
use crate::{Cluster, Commits, Ends, OffsetSpec, Patience, Topic, TopicPartition};

/// Groups that an answer names as untold.
const NAMED: usize = 6;

/// What a lag is measured with.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub cluster: &'a Arc<Cluster>,
    /// What earlier looks counted.
    pub counts: Option<&'a Counts>,
    pub patience: &'a Patience,
}

/// Where a group stands: every partition that is looked at, and its commit there.
struct Standing<'a> {
    group: &'a str,
    visible: Isolation,
    at: Vec<(TopicPartition, Option<i64>)>,
}

/// Bounds of a partition, and whether a transaction is open in it.
type Bounds = BTreeMap<TopicPartition, (Ends, bool)>;

/// Lag of a group on one side, in records and event time, on every partition of these topics.
pub(super) fn observe(
    with: With<'_>,
    group: &str,
    topics: &[String],
    visible: Isolation,
) -> Result<LagSeen, NotObserved> {
    let With { cluster, patience, .. } = with;
    let told = cluster.topics(topics, patience)?;
    let partitions = named::partitions_of(cluster, &told)?;
    let commits = cluster.commits_on(group, &partitions, patience)?;
    let commits = decided_commits(cluster, group, Some(commits))?;
    let at = partitions.into_iter().map(|partition| {
        let committed = commits.get(&partition).copied();
        (partition, committed)
    });
    let standing = Standing { group, visible, at: at.collect() };
    let mut told = lags(with, &told, vec![standing])?;
    told.remove(group).unwrap_or_else(|| Err(untold(cluster, group)))
}

/// So long commits are asked for again while some of them are not told.
const COMMITS: Duration = Duration::from_secs(30);

/// Lag of groups on one side, of each on every partition of those of these topics that it has a commit on.
pub(super) fn of_groups(
    with: With<'_>,
    groups: &BTreeMap<String, Isolation>,
    topics: &[String],
) -> Result<(LagsSeen, Option<String>), NotObserved> {
    let With { cluster, patience, .. } = with;
    let told = cluster.topics(topics, patience)?;
    let partitions = named::partitions_of(cluster, &told)?;
    let names: Vec<String> = groups.keys().cloned().collect();
    // A group that is not stable, or whose coordinator is away, is not told; the others do not wait for it.
    let mut commits = cluster.commits_among(&names, &partitions, &patience.at_most(COMMITS))?;
    let mut untold = BTreeMap::new();
    let mut standings = Vec::with_capacity(groups.len());
    for (group, visible) in groups {
        match decided_commits(cluster, group, commits.remove(group)) {
            Ok(commits) => {
                let at = on_topics_of(&commits, &told);
                standings.push(Standing { group, visible: *visible, at });
            }
            Err(why) => {
                untold.insert(group.clone(), why);
            }
        }
    }
    let mut seen = Vec::with_capacity(standings.len());
    for (group, lag) in lags(with, &told, standings)? {
        match lag {
            Ok(lag) => seen.push(lag),
            Err(why) => {
                untold.insert(group, why);
            }
        }
    }
    match untold.first_key_value() {
        Some((_, why)) if seen.is_empty() => Err(why.clone()),
        _ => Ok((LagsSeen { groups: seen }, partial(&untold))),
    }
}

/// Why the answer is about a part of the groups.
fn partial(untold: &BTreeMap<String, NotObserved>) -> Option<String> {
    let mut named: Vec<String> =
        untold.iter().take(NAMED).map(|(group, why)| format!("group {group}: {}", why.message)).collect();
    if untold.len() > NAMED {
        named.push(format!("and {} more groups", untold.len() - NAMED));
    }
    (!named.is_empty()).then(|| named.join("; "))
}

/// Every partition of the topics a group has a commit on, with the commit.
fn on_topics_of(
    commits: &BTreeMap<TopicPartition, i64>,
    told: &[Topic],
) -> Vec<(TopicPartition, Option<i64>)> {
    let topics: BTreeSet<&str> = commits.keys().map(|partition| partition.topic.as_str()).collect();
    let read = told.iter().filter(|topic| topics.contains(topic.name.as_str()));
    let mut at: Vec<_> = read
        .flat_map(|topic| {
            topic.partitions.iter().map(|found| TopicPartition::new(&topic.name, found.partition))
        })
        .map(|partition| {
            let committed = commits.get(&partition).copied();
            (partition, committed)
        })
        .collect();
    at.sort();
    at.dedup();
    at
}

/// The commits of a group, all of them told and decided.
fn decided_commits(
    cluster: &Cluster,
    group: &str,
    told: Option<Result<Commits, crate::Code>>,
) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
    let told = told.ok_or_else(|| untold(cluster, group))?;
    let told = told
        .map_err(|code| NotObserved::code(cluster.name(), &format!("the commits of group {group}"), code))?;
    let each = told.into_iter().map(|(partition, commit)| match commit {
        Ok(commit) => Ok((partition, commit.offset)),
        Err(code) => {
            let what = format!("the commit of group {group} on {partition}");
            Err(NotObserved::code(cluster.name(), &what, code))
        }
    });
    each.collect()
}

fn untold(cluster: &Cluster, group: &str) -> NotObserved {
    let message = format!("{} cluster: the answer does not speak of group {group}", cluster.name());
    NotObserved::new(runbook::world::Reason::Failed, message)
}

/// The lag of groups that stand there. The commits were measured before: what is written since is lag, and no commit lies
/// above an end because it is younger.
fn lags(
    with: With<'_>,
    told: &[Topic],
    standings: Vec<Standing<'_>>,
) -> Result<BTreeMap<String, Result<LagSeen, NotObserved>>, NotObserved> {
    let With { cluster, patience, .. } = with;
    let looked: BTreeSet<&TopicPartition> =
        standings.iter().flat_map(|standing| standing.at.iter().map(|(partition, _)| partition)).collect();
    let looked: Vec<TopicPartition> = looked.into_iter().cloned().collect();
    let bounds = decided(cluster, named::ends(cluster, &looked, patience)?, patience)?;
    let spans: BTreeSet<Span> = standings
        .iter()
        .flat_map(|standing| {
            let of = |(partition, committed): &(TopicPartition, Option<i64>)| {
                span(partition, *committed, standing.visible, &bounds)
            };
            standing.at.iter().filter_map(of)
        })
        .collect();
    let newest = newest(cluster, &spans, patience)?;
    let ahead = ahead::of(with, told, &spans, &newest, &bounds);

    let of_group = |standing: Standing<'_>| {
        let mut partitions = Vec::with_capacity(standing.at.len());
        for (partition, committed) in standing.at {
            let span = span(&partition, committed, standing.visible, &bounds);
            let ahead = match span.as_ref().map(|span| (ahead.get(span), newest.get(span))) {
                None => None,
                Some((Some(Ok(ahead)), newest)) => Some((*ahead, newest.copied().or(ahead.newest))),
                Some((Some(Err(why)), _)) => return Err(why.clone()),
                Some((None, _)) => return Err(untold(cluster, standing.group)),
            };
            let Some((ends, open)) = bounds.get(&partition) else {
                return Err(untold(cluster, standing.group));
            };
            partitions.push(lag(partition, committed, standing.visible, *ends, *open, ahead));
        }
        Ok(LagSeen { group: standing.group.to_owned(), partitions })
    };
    Ok(standings.into_iter().map(|standing| (standing.group.to_owned(), of_group(standing))).collect())
}

/// What a group has before it on a partition; `None`: nothing.
fn span(
    partition: &TopicPartition,
    committed: Option<i64>,
    visible: Isolation,
    bounds: &Bounds,
) -> Option<Span> {
    let (ends, _) = bounds.get(partition)?;
    let isolation = isolation(visible);
    let (from, end) = (committed.unwrap_or(ends.log_start).max(ends.log_start), ends.end(isolation));
    (from < end).then(|| Span { partition: partition.clone(), isolation, from, end })
}

/// One partition of a group. `ahead`: what is before it, and the newest timestamp; `None`: nothing.
fn lag(
    partition: TopicPartition,
    committed: Option<i64>,
    visible: Isolation,
    ends: Ends,
    open: bool,
    ahead: Option<(Ahead, Option<i64>)>,
) -> PartitionLag {
    let (mut records, mut counted, mut age) = (0, true, Ok(0));
    // Markers, aborted records and holes are no lag, however many offsets they take.
    if let Some((ahead, newest)) = ahead
        && let Some(first) = ahead.first
    {
        (records, counted, age) = (ahead.records, ahead.counted, aged(first, newest));
    }
    PartitionLag {
        topic: partition.topic,
        partition: partition.partition,
        committed,
        log_start: ends.log_start,
        end: ends.end(isolation(visible)),
        records,
        counted,
        high_watermark: Some(ends.high_watermark),
        // Nothing is hidden from a group that reads what is not committed.
        open_transaction: Some(open && visible == Isolation::ReadCommitted),
        event_time_ms: age.as_ref().ok().copied(),
        age_untold: age.err().map(str::to_owned),
    }
}

/// How much older the first record is than the newest, in milliseconds, or why that cannot be told.
fn aged(first: i64, newest: Option<i64>) -> Result<i64, &'static str> {
    match newest {
        _ if first < 0 => Err("the first record not yet read has no timestamp"),
        Some(newest) if newest >= 0 => Ok(newest.saturating_sub(first).max(0)),
        _ => Err("no record near the end of the partition has a timestamp that can be read"),
    }
}

/// The ends, and whether a transaction is open. The last stable offset is measured before the high watermark, so under
/// steady writes it lies below without any: where it does it is measured once more, and a transaction is open if it is
/// still below the high watermark of before.
pub(super) fn decided(
    cluster: &Cluster,
    first: BTreeMap<TopicPartition, Ends>,
    patience: &Patience,
) -> Result<Bounds, NotObserved> {
    let apart = |ends: &Ends| ends.last_stable < ends.high_watermark;
    let doubtful: Vec<TopicPartition> =
        first.iter().filter(|(_, ends)| apart(ends)).map(|(partition, _)| partition.clone()).collect();
    let again =
        if doubtful.is_empty() { BTreeMap::new() } else { named::ends(cluster, &doubtful, patience)? };
    let both = first.into_iter().map(|(partition, ends)| {
        let later = again.get(&partition).copied();
        let open = later.is_some_and(|later| later.last_stable < ends.high_watermark);
        (partition, (later.unwrap_or(ends), open))
    });
    Ok(both.collect())
}

/// The newest timestamp of the partition of each span, where its leader tells it. It does not while the record that has it
/// is not visible yet: just being written, or of an open transaction.
fn newest(
    cluster: &Cluster,
    spans: &BTreeSet<Span>,
    patience: &Patience,
) -> Result<BTreeMap<Span, i64>, NotObserved> {
    let mut all = BTreeMap::new();
    for isolation in [crate::Isolation::ReadCommitted, crate::Isolation::ReadUncommitted] {
        let of = || spans.iter().filter(|span| span.isolation == isolation);
        let wanted: BTreeMap<TopicPartition, OffsetSpec> =
            of().map(|span| (span.partition.clone(), OffsetSpec::MaxTimestamp)).collect();
        if wanted.is_empty() {
            continue;
        }
        let told = cluster.list_offsets(&wanted, isolation, patience)?;
        all.extend(of().filter_map(|span| {
            let newest = told.get(&span.partition)?.as_ref().ok()?.timestamp?;
            Some((span.clone(), newest))
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::aged;

    #[test]
    fn an_age_is_told_or_it_is_said_why_not() {
        assert_eq!(aged(1_000, Some(61_000)), Ok(60_000));
        assert_eq!(aged(61_000, Some(1_000)), Ok(0), "timestamps are the producers'");
        assert_eq!(aged(-1, Some(1_000)), Err("the first record not yet read has no timestamp"));
        assert!(aged(1_000, None).is_err() && aged(1_000, Some(-1)).is_err());
    }
}
