use super::{Bounds, Fetches, Isolation, Limit, ReadError, RecordSource, Window};
use crate::Records;

/// Stepping back reads at most this many offsets in one go, so that a long stretch without visible records
/// is crossed in few reads and no single one grows without end.
const LONGEST_STEP_BACK: i64 = 1 << 20;

/// One partition of one cluster, readable anywhere: bound to one topic id, one isolation and one cut.
///
/// **Cuts and their order.** [`PartitionLog::bounds`] is measured once, before the first read, and answers
/// the same ever after; no record at or above its end is handed out. Translation needs the cuts of a pair of
/// partitions taken in this order: commits on the target, commits on the source, *target bounds, then source
/// bounds*. Then every record the target shows was on the source when the source was measured, and a record
/// on the target alone is really one the source does not have.
pub trait PartitionLog: Send {
    /// At which isolation records are visible here.
    fn isolation(&self) -> Isolation;

    /// Log start, last stable offset and high watermark of the cut.
    ///
    /// # Errors
    /// The partition cannot be measured; nothing is known about it.
    fn bounds(&mut self) -> Result<Bounds, ReadError>;

    /// The visible records from `from` on, as far as one read brings them and `limit` allows. `from` may be a
    /// hole. Makes progress (`next > from`) unless `from` is the end. One call should cost one data fetch.
    ///
    /// # Errors
    /// [`OutOfRange`](super::ReadErrorKind::OutOfRange) when `from` is below the log start or above the end.
    fn read(&mut self, from: i64, limit: Limit) -> Result<Window, ReadError>;

    /// The first offset whose record has this timestamp (milliseconds) or a later one; `None` when there is no
    /// such record. May name a marker or a hole: every visible record with this timestamp or a later one lies
    /// at or behind the answer, which is all that is relied upon.
    ///
    /// # Errors
    /// The question could not be answered; the answer is not "none".
    fn offset_for_timestamp(&mut self, timestamp: i64) -> Result<Option<i64>, ReadError>;

    /// A stream of the visible records in `from..to`, on its own: several streams of one partition and reads
    /// beside them do not disturb each other. `to` above the end of the cut means the end.
    ///
    /// # Errors
    /// As [`PartitionLog::read`].
    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError>;

    /// What reads, lookups and streams of this partition have cost so far.
    fn fetches(&self) -> Fetches;

    /// The last `count` visible records below `offset` (fewer when the log start comes first), in offset order,
    /// stepping back over any number of markers and holes. `next` of the window is `offset`.
    ///
    /// # Errors
    /// As [`PartitionLog::read`].
    fn before(&mut self, offset: i64, count: usize) -> Result<Window, ReadError> {
        let log_start = self.bounds()?.log_start;
        let mut found = Records::new();
        let mut known_from = offset;
        let mut step = i64::try_from(count).unwrap_or(LONGEST_STEP_BACK).clamp(1, LONGEST_STEP_BACK);
        while known_from > log_start && found.len() < count {
            let from = known_from.saturating_sub(step).max(log_start);
            let mut earlier = last_of_range(self, from, known_from, count)?;
            earlier.extend(found.iter());
            found = last(&earlier, count);
            known_from = from;
            step = (step * 4).min(LONGEST_STEP_BACK);
        }
        let from = match found.first() {
            Some(first) if found.len() == count => first.offset,
            _ => known_from,
        };
        Ok(Window { records: found, from, next: offset })
    }
}

/// The last `count` visible records in `from..to`.
fn last_of_range<L: PartitionLog + ?Sized>(
    log: &mut L,
    from: i64,
    to: i64,
    count: usize,
) -> Result<Records, ReadError> {
    let mut found = Records::new();
    let mut at = from;
    while at < to {
        let limit = Limit::records(usize::try_from(to - at).unwrap_or(usize::MAX));
        let window = log.read(at, limit)?;
        found.extend(window.records.iter().filter(|image| image.offset < to));
        if found.len() > 4 * count {
            found = last(&found, count);
        }
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(last(&found, count))
}

fn last(records: &Records, count: usize) -> Records {
    records.iter().skip(records.len().saturating_sub(count)).collect()
}
