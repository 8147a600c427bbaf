use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runbook::world::{PartitionProgress, Reason, ReplicationSeen, Replicator, TaskSeen};

use super::{Clusters, NotObserved, first_record, named};
use crate::mm2::{ConnectOffsets, Heartbeats, Names};
use crate::{Cluster, Ends, Isolation, Patience, ReadOptions, TopicPartition};

/// What a Connect cluster tells of a flow at one look.
#[derive(Debug, Clone, Default)]
pub struct ConnectLook {
    /// Last copied source offset by topic and partition.
    pub copied: BTreeMap<(String, i32), i64>,
    pub tasks: Vec<TaskSeen>,
}

/// Whoever speaks to the Connect cluster of a replicator.
pub trait ConnectRest: Sync {
    /// # Errors
    /// Why nothing is known of the flow.
    fn look(&self, replicator: &Replicator, patience: &Patience) -> Result<ConnectLook, NotObserved>;
}

/// How far the replicator is, at one moment.
struct Look {
    /// Next source offset to copy.
    positions: BTreeMap<TopicPartition, i64>,
    tasks: Vec<TaskSeen>,
    source: BTreeMap<TopicPartition, Ends>,
    target: BTreeMap<TopicPartition, i64>,
    from: &'static str,
}

/// How far the replicator has copied these topics, at two looks.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    replicator: &Replicator,
    topics: &[String],
    over_ms: u64,
    patience: &Patience,
) -> Result<ReplicationSeen, NotObserved> {
    let partitions = named::partitions(clusters.source, topics, patience)?;
    let first = look(clusters, replicator, &partitions, patience)?;
    patience.pause(Duration::from_millis(over_ms));
    if patience.is_stopped() || patience.is_over() {
        return Err(NotObserved::new(Reason::Stopped, "stopped between the two looks at the replicator"));
    }
    let later = look(clusters, replicator, &partitions, patience)?;
    let told = clusters.source.topics(topics, patience)?;

    let mut seen = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let (Some(ends), Some(ends_later)) = (first.source.get(&partition), later.source.get(&partition))
        else {
            let message =
                format!("{} cluster: the ends of {partition} were not told", clusters.source.name());
            return Err(NotObserved::new(Reason::Failed, message));
        };
        let position_later = later.positions.get(&partition).copied();
        let from = position_later.unwrap_or(ends_later.log_start).max(ends_later.log_start);
        let mut behind = 0;
        if from < ends_later.last_stable
            && let Some(topic) = told.iter().find(|topic| topic.name == partition.topic)
        {
            let mut log = first_record::log(
                clusters.source,
                topic,
                partition.partition,
                Isolation::ReadCommitted,
                patience,
            );
            (behind, _) = first_record::count(&mut log, from, ends_later.last_stable)?;
        }
        seen.push(PartitionProgress {
            source_log_start: ends.log_start,
            source_lso: ends.last_stable,
            source_high_watermark: ends.high_watermark,
            position: first.positions.get(&partition).copied(),
            position_later,
            source_lso_later: ends_later.last_stable,
            behind,
            target_end: first.target.get(&partition).copied(),
            target_end_later: later.target.get(&partition).copied(),
            topic: partition.topic,
            partition: partition.partition,
        });
    }
    Ok(ReplicationSeen {
        partitions: seen,
        heartbeat_age_ms: heartbeat_age(clusters.target, replicator, patience)?,
        tasks: later.tasks,
        position_from: later.from.to_owned(),
    })
}

fn look(
    clusters: &Clusters<'_>,
    replicator: &Replicator,
    partitions: &[TopicPartition],
    patience: &Patience,
) -> Result<Look, NotObserved> {
    let source = named::ends(clusters.source, partitions, patience)?;
    let target = target_ends(clusters.target, partitions, patience)?;
    let (positions, tasks, from) = match (&replicator.connect, clusters.connect) {
        (Some(_), Some(rest)) => {
            let look = rest.look(replicator, patience)?;
            let next = look
                .copied
                .into_iter()
                .map(|((topic, partition), last)| (TopicPartition::new(topic, partition), last + 1));
            (next.collect(), look.tasks, "connect-rest")
        }
        (Some(url), None) => {
            return Err(NotObserved::new(Reason::Refused, format!("nobody here may ask Connect at {url}")));
        }
        (None, _) if replicator.tool == "mirrormaker2" => {
            (dedicated(clusters.target, replicator, patience)?, Vec::new(), "offsets-topic")
        }
        // Without a place where the replicator notes its position, what lies on the target must do.
        (None, _) => (target.clone(), Vec::new(), "target-ends"),
    };
    Ok(Look { positions, tasks, source, target, from })
}

/// MirrorMaker 2 without Connect REST notes its position in a topic of its own on the target.
fn dedicated(
    target: &Arc<Cluster>,
    replicator: &Replicator,
    patience: &Patience,
) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
    let topic = Names::default().connect_offsets(&replicator.source_alias);
    let options = ReadOptions::new(Isolation::ReadCommitted, patience.clone());
    let Some(offsets) = ConnectOffsets::read(target, &topic, &options)? else {
        let message = format!(
            "{} cluster: topic {topic} is not there, in which a dedicated MirrorMaker 2 notes how far it has copied from {}",
            target.name(),
            replicator.source_alias
        );
        return Err(NotObserved {
            hint: Some("name its Connect cluster (`connect:` of the site's replication), or check the flow's aliases".to_owned()),
            ..NotObserved::new(Reason::Failed, message)
        });
    };
    let of_flow = offsets.last_copied.into_iter().filter(|(key, _)| key.cluster == replicator.source_alias);
    Ok(of_flow.map(|(key, last)| (key.partition, last + 1)).collect())
}

/// Ends of those partitions that are on the target already.
fn target_ends(
    target: &Cluster,
    partitions: &[TopicPartition],
    patience: &Patience,
) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
    let ends = target.ends(partitions, patience)?;
    Ok(ends
        .into_iter()
        .filter_map(|(partition, told)| Some((partition, told.ok()?.high_watermark)))
        .collect())
}

/// Age of the newest heartbeat of the flow that lies on the target.
fn heartbeat_age(
    target: &Arc<Cluster>,
    replicator: &Replicator,
    patience: &Patience,
) -> Result<Option<i64>, NotObserved> {
    let names = Names::default();
    let options = ReadOptions::new(Isolation::ReadCommitted, patience.clone());
    let mut newest: Option<i64> = None;
    for topic in [names.copied_heartbeats(&replicator.source_alias), names.heartbeats()] {
        let Some(heartbeats) = Heartbeats::read(target, &topic, &options)? else { continue };
        let of_flow = (replicator.source_alias.clone(), replicator.target_alias.clone());
        newest = newest.max(heartbeats.newest.get(&of_flow).copied());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Ok(newest.map(|newest| i64::try_from(now).unwrap_or(i64::MAX) - newest))
}
