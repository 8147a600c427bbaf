use runbook::world::{EndsSeen, PartitionEnds};

use super::{NotObserved, named};
use crate::{Cluster, Patience};

/// Log start, last stable offset and high watermark of every partition.
pub(super) fn observe(
    cluster: &Cluster,
    topics: &[String],
    patience: &Patience,
) -> Result<EndsSeen, NotObserved> {
    let partitions = named::partitions(cluster, topics, patience)?;
    let ends = named::ends(cluster, &partitions, patience)?;
    let partitions = ends.into_iter().map(|(partition, ends)| PartitionEnds {
        topic: partition.topic,
        partition: partition.partition,
        log_start: ends.log_start,
        lso: ends.last_stable,
        high_watermark: ends.high_watermark,
    });
    Ok(EndsSeen { partitions: partitions.collect() })
}
