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
    let ends = named::ends(cluster, &partitions, patience)?;
    let newest = newest(cluster, &partitions, isolation, patience)?;

    let mut seen = Vec::with_capacity(partitions.len());
    for (partition, Ends { log_start, last_stable, high_watermark }) in ends {
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
        let end = match visible {
            Isolation::ReadCommitted => last_stable,
            Isolation::ReadUncommitted => high_watermark,
        };
        let from = committed.unwrap_or(log_start).max(log_start);
        let (mut records, mut counted, mut event_time_ms) = (0, true, Some(0));
        if from < end
            && let Some(topic) = told.iter().find(|topic| topic.name == partition.topic)
        {
            let mut log = first_record::log(cluster, topic, partition.partition, isolation, patience);
            (records, counted) = first_record::count(&mut log, from, end)?;
            if records > 0 {
                let first = first_record::timestamp(&mut log, from)?;
                let last = newest.get(&partition).copied();
                event_time_ms = first.zip(last).map(|(first, last)| (last - first).max(0));
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
            event_time_ms,
        });
    }
    Ok(LagSeen { group: group.to_owned(), partitions: seen })
}

/// The newest timestamp of each partition that has records, where the cluster can tell.
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
