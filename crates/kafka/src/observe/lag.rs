use std::collections::BTreeMap;
use std::sync::Arc;

use runbook::world::{Isolation, LagSeen, PartitionLag};

use super::{NotObserved, first_record, isolation, named};
use crate::{Cluster, Ends, OffsetSpec, Patience, TopicPartition};

/// Lag of a group on one side, in records and event time, on every partition of these topics.
pub(super) fn observe(
    cluster: &Arc<Cluster>,
    group: &str,
    topics: &[String],
    visible: Isolation,
    patience: &Patience,
) -> Result<LagSeen, NotObserved> {
    let isolation = isolation(visible);
    let told = cluster.topics(topics, patience)?;
    let partitions = named::partitions(cluster, topics, patience)?;
    let commits = cluster
        .commits_on(group, &partitions, patience)?
        .map_err(|code| NotObserved::code(cluster.name(), &format!("the commits of group {group}"), code))?;
    let ends = decided(cluster, named::ends(cluster, &partitions, patience)?, patience)?;
    let newest = newest(cluster, &partitions, isolation, patience)?;

    let mut seen = Vec::with_capacity(partitions.len());
    for (partition, (Ends { log_start, last_stable, high_watermark }, open)) in ends {
        let committed = match commits.get(&partition) {
            Some(Ok(commit)) => Some(commit.offset),
            Some(Err(code)) => {
                return Err(NotObserved::code(
                    cluster.name(),
                    &format!("the commit of group {group} on {partition}"),
                    *code,
                ));
            }
            None => None,
        };
        let (end, open_transaction) = match visible {
            Isolation::ReadCommitted => (last_stable, open),
            // Nothing is hidden from this group.
            Isolation::ReadUncommitted => (high_watermark, false),
        };
        let from = committed.unwrap_or(log_start).max(log_start);
        let (mut records, mut counted, mut age) = (0, true, Ok(0));
        if from < end
            && let Some(topic) = told.iter().find(|topic| topic.name == partition.topic)
        {
            let mut log = first_record::log(cluster, topic, partition.partition, isolation, patience);
            match first_record::timestamp(&mut log, from)? {
                // Markers, aborted records and holes are no lag, however many offsets they take.
                None => {}
                Some(first) => {
                    (records, counted) = first_record::count(&mut log, from, end)?;
                    let last = match newest.get(&partition) {
                        Some(last) => Some(*last),
                        None => first_record::newest(&mut log, from, end)?,
                    };
                    age = aged(first, last);
                }
            }
        }
        seen.push(PartitionLag {
            topic: partition.topic,
            partition: partition.partition,
            committed,
            log_start,
            end,
            records,
            counted,
            high_watermark: Some(high_watermark),
            open_transaction: Some(open_transaction),
            event_time_ms: age.as_ref().ok().copied(),
            age_untold: age.err().map(str::to_owned),
        });
    }
    Ok(LagSeen { group: group.to_owned(), partitions: seen })
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
) -> Result<BTreeMap<TopicPartition, (Ends, bool)>, NotObserved> {
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

/// The newest timestamp of each partition that has records, where its leader tells it. It does not while the record that
/// has it is not visible yet: just being written, or of an open transaction.
fn newest(
    cluster: &Cluster,
    partitions: &[TopicPartition],
    isolation: crate::Isolation,
    patience: &Patience,
) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
    let wanted = partitions.iter().map(|partition| (partition.clone(), OffsetSpec::MaxTimestamp)).collect();
    let told = cluster.list_offsets(&wanted, isolation, patience)?;
    Ok(told.into_iter().filter_map(|(partition, told)| Some((partition, told.ok()?.timestamp?))).collect())
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
