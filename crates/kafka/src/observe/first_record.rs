use std::sync::Arc;

use parity::{Limit, PartitionLog};

use super::NotObserved;
use crate::{Cluster, Isolation, PartitionReader, Patience, ReadOptions, Topic};

/// Up to so many offsets, records are counted one by one; beyond, the difference of offsets must do.
pub(super) const COUNTED: i64 = 10_000;
/// Records read at once.
const WINDOW: usize = 2_000;

/// One partition, ready to be read at any place.
pub(super) fn log(
    cluster: &Arc<Cluster>,
    topic: &Topic,
    partition: i32,
    isolation: Isolation,
    patience: &Patience,
) -> PartitionReader {
    let options = ReadOptions::new(isolation, patience.clone());
    PartitionReader::new(Arc::clone(cluster), topic, partition, None, options)
}

/// Timestamp of the first visible record at or behind `from`, -1 where it has none; `None`: there is no record.
pub(super) fn timestamp(log: &mut PartitionReader, from: i64) -> Result<Option<i64>, NotObserved> {
    let isolation = log.isolation();
    let bounds = log.bounds()?;
    let mut at = from.max(bounds.log_start);
    while at < bounds.end(isolation) {
        let window = log.read(at, Limit::records(1))?;
        if let Some(first) = window.records.first() {
            return Ok(Some(first.timestamp));
        }
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(None)
}

/// The newest timestamp of the visible records in `from..to`, of the last [`COUNTED`] offsets at most.
pub(super) fn newest(log: &mut PartitionReader, from: i64, to: i64) -> Result<Option<i64>, NotObserved> {
    let mut newest = None;
    each(log, from.max(to.saturating_sub(COUNTED)), to, |timestamp| newest = newest.max(Some(timestamp)))?;
    Ok(newest)
}

/// Visible records in `from..to`, and whether they were counted (else the difference of offsets).
pub(super) fn count(log: &mut PartitionReader, from: i64, to: i64) -> Result<(u64, bool), NotObserved> {
    let from = from.max(log.bounds()?.log_start);
    if to - from > COUNTED {
        return Ok((u64::try_from(to - from).unwrap_or(0), false));
    }
    let mut records = 0;
    each(log, from, to, |_| records += 1)?;
    Ok((records, true))
}

/// Hands out the timestamp of every visible record in `from..to`, in order; -1 where it has none.
pub(super) fn each(
    log: &mut PartitionReader,
    from: i64,
    to: i64,
    mut take: impl FnMut(i64),
) -> Result<(), NotObserved> {
    let mut at = from.max(log.bounds()?.log_start);
    while at < to {
        let window = log.read(at, Limit::records(WINDOW))?;
        window.records.iter().filter(|image| image.offset < to).for_each(|image| take(image.timestamp));
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(())
}
