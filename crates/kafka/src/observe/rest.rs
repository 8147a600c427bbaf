use std::collections::BTreeMap;
use std::time::Duration;

use runbook::world::{OpenTransaction, PartitionRest, Reason, RestSeen};

use super::{NotObserved, named};
use crate::{Cluster, Ends, ErrorKind, Patience, TopicId, TopicPartition, WritingTransaction};

/// The ends of every partition at two looks, and what is open at the second.
pub(super) fn observe(
    cluster: &Cluster,
    topics: &[String],
    over_ms: u64,
    patience: &Patience,
) -> Result<RestSeen, NotObserved> {
    let over = Duration::from_millis(over_ms);
    if over >= patience.remaining() {
        let message = format!("two looks {over_ms} ms apart do not fit into the time that is left");
        return Err(NotObserved::new(Reason::TimedOut, message));
    }
    let ids = ids(cluster, topics, patience)?;
    let partitions = named::partitions(cluster, topics, patience)?;
    let first = named::ends(cluster, &partitions, patience)?;
    patience.pause(over);
    // A shorter pause would show less than it says.
    if patience.is_stopped() {
        return Err(NotObserved::new(Reason::Stopped, "stopped between the two looks at the log ends"));
    }
    if patience.is_over() {
        return Err(NotObserved::new(
            Reason::TimedOut,
            "the time was over between the two looks at the log ends",
        ));
    }
    let second = named::ends(cluster, &partitions, patience)?;
    if self::ids(cluster, topics, patience)? != ids
        || named::partitions(cluster, topics, patience)? != partitions
    {
        let message = format!(
            "{} cluster: a topic was made anew or got more partitions between the two looks",
            cluster.name()
        );
        return Err(NotObserved::new(Reason::Changed, message));
    }
    let open = open(cluster, &second, patience)?;
    let rests = first.into_iter().zip(second).zip(open).map(|(((partition, first), (_, second)), open)| {
        PartitionRest {
            topic: partition.topic,
            partition: partition.partition,
            log_start: second.log_start,
            lso: [first.last_stable, second.last_stable],
            high_watermark: [first.high_watermark, second.high_watermark],
            open,
        }
    });
    Ok(RestSeen { partitions: rests.collect() })
}

fn ids(
    cluster: &Cluster,
    topics: &[String],
    patience: &Patience,
) -> Result<Vec<Option<TopicId>>, NotObserved> {
    Ok(cluster.topics(topics, patience)?.into_iter().map(|topic| topic.id).collect())
}

/// Open transactions in the order of `ends`. Only where the last stable offset lags behind can one have records; of the
/// others it is known without asking that none has.
fn open(
    cluster: &Cluster,
    ends: &BTreeMap<TopicPartition, Ends>,
    patience: &Patience,
) -> Result<Vec<Option<Vec<OpenTransaction>>>, NotObserved> {
    let held: Vec<TopicPartition> = ends
        .iter()
        .filter(|(_, ends)| ends.last_stable < ends.high_watermark)
        .map(|(partition, _)| partition.clone())
        .collect();
    let told = if held.is_empty() {
        None
    } else {
        match cluster.open_transactions(&held, patience) {
            Ok(told) => Some(told),
            Err(error) if error.kind == ErrorKind::Unsupported => None,
            Err(error) => return Err(error.into()),
        }
    };
    let of = |(partition, ends): (&TopicPartition, &Ends)| {
        if ends.last_stable >= ends.high_watermark {
            return Some(Vec::new());
        }
        // Not to be told (no READ on the topic) is not the same as none.
        let open = told.as_ref()?.get(partition)?.as_ref().ok()?;
        // One that began after the look does not explain what was seen.
        let began_before = open.iter().filter(|it| it.first_offset < ends.high_watermark);
        Some(began_before.map(seen).collect())
    };
    Ok(ends.iter().map(of).collect())
}

fn seen(open: &WritingTransaction) -> OpenTransaction {
    OpenTransaction {
        producer_id: open.producer_id,
        first_offset: open.first_offset,
        last_write_ms: open.last_write_ms,
    }
}
