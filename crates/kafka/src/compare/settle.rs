use std::time::{Duration, Instant};

use parity::image::Canonical;
use parity::{Ignore, Image, Limit, PartitionLog, ReadError};

use crate::Patience;

/// How often the target is looked at again.
const PAUSE: Duration = Duration::from_millis(500);
/// Records read at once while looking for the last one.
const WINDOW: usize = 4_096;
/// How many records behind the place its timestamp leads to the record is looked for. A flow that is not that far from
/// order has it there; for another one the whole time is waited out, which is as right, and slower.
const REACH: usize = 65_536;

/// What was waited for.
pub(super) struct Settled<L> {
    /// The target as it was looked at last.
    pub target: L,
    /// It was as `first` shows it.
    pub at_first: bool,
}

/// Waits until the target has the last source record before the cut, or `settle` is over; `first` is looked at before any
/// that is opened. Only how long is waited depends on the answer, never what counts as pending.
pub(super) fn wait_for_last<L: PartitionLog>(
    source: &mut dyn PartitionLog,
    ignore: &Ignore,
    settle: Duration,
    patience: &Patience,
    first: Option<L>,
    mut open_target: impl FnMut() -> L,
) -> Result<Settled<L>, ReadError> {
    let end = source.bounds()?.end(source.isolation());
    let last = source.before(end, 1)?;
    let Some(last) = last.records.iter().last() else {
        return Ok(Settled { target: open_target(), at_first: false });
    };
    let wanted = canonical(&last, ignore);
    let until = Instant::now() + settle;
    if let Some(mut target) = first
        && has(&mut target, &wanted, last.timestamp, ignore)?
    {
        return Ok(Settled { target, at_first: true });
    }
    loop {
        let mut target = open_target();
        if has(&mut target, &wanted, last.timestamp, ignore)? {
            return Ok(Settled { target, at_first: false });
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || patience.is_stopped() || patience.is_over() {
            return Ok(Settled { target, at_first: false });
        }
        patience.pause(PAUSE.min(left));
    }
}

fn has(
    target: &mut dyn PartitionLog,
    wanted: &[u8],
    timestamp: i64,
    ignore: &Ignore,
) -> Result<bool, ReadError> {
    let bounds = target.bounds()?;
    let end = bounds.end(target.isolation());
    // Of a copy that is complete it is the last one, which is found without a look for its timestamp.
    if target.before(end, 1)?.records.iter().any(|image| canonical(&image, ignore) == wanted) {
        return Ok(true);
    }
    // With its own timestamps the target cannot be asked by time; the record is then near the end.
    let by_time = if ignore.timestamp { None } else { target.offset_for_timestamp(timestamp)? };
    let mut at = match by_time {
        Some(offset) => offset.max(bounds.log_start),
        None if ignore.timestamp => (end - i64::try_from(REACH).unwrap_or(i64::MAX)).max(bounds.log_start),
        None => return Ok(false),
    };
    let mut read = 0;
    while at < end && read < REACH {
        let window = target.read(at, Limit::records(WINDOW))?;
        if window.records.iter().any(|image| canonical(&image, ignore) == wanted) {
            return Ok(true);
        }
        read += window.records.len();
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(false)
}

fn canonical(image: &Image<'_>, ignore: &Ignore) -> Vec<u8> {
    let mut bytes = Vec::new();
    Canonical::write(image, ignore, &mut bytes);
    bytes
}
