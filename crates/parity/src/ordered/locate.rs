use std::collections::HashMap;
use std::ops::Range;

use super::limits;
use crate::image::Canonical;
use crate::source::{Limit, PartitionLog, Pull, ReadError};
use crate::{Fingerprint, Ignore, Image};

/// Finds a record in a log by its timestamp, then by its image: the first equal one within reach behind the
/// offset its timestamp leads to or, when that lies before `present`, within reach behind `present`.
///
/// A record it does not find may still be there: a rogue timestamp further ahead hides it.
pub(crate) fn locate(
    log: &mut dyn PartitionLog,
    ignore: &Ignore,
    fingerprint: Fingerprint,
    timestamp: i64,
    present: Option<i64>,
) -> Result<Option<i64>, ReadError> {
    // Where timestamps are not compared they are not equal either, and lead nowhere.
    if ignore.timestamp {
        return Ok(None);
    }
    let Some(start) = log.offset_for_timestamp(timestamp)? else { return Ok(None) };
    let bounds = log.bounds()?;
    let start = start.max(bounds.log_start);
    let end = bounds.end(log.isolation());
    let first = search(log, ignore, fingerprint, start..end)?;
    match present {
        Some(present) if first.is_none() && start < present => {
            search(log, ignore, fingerprint, present.max(bounds.log_start)..end)
        }
        _ => Ok(first),
    }
}

/// The first record with this image among those within reach of the start of `range`.
fn search(
    log: &mut dyn PartitionLog,
    ignore: &Ignore,
    fingerprint: Fingerprint,
    range: Range<i64>,
) -> Result<Option<i64>, ReadError> {
    let mut at = range.start;
    let mut searched = 0;
    let mut bytes = Vec::new();
    while at < range.end && searched < limits::LOCATE_RECORDS {
        let window = log.read(at, Limit::records(limits::LOCATE_FETCH))?;
        for image in window.records.iter() {
            if print(&image, ignore, &mut bytes) == fingerprint {
                return Ok(Some(image.offset));
            }
        }
        searched += window.records.len();
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(None)
}

/// Reads a whole range for the first record that equals any of these, and says which: the value of its
/// image, and its offset.
pub(super) fn scan(
    log: &mut dyn PartitionLog,
    ignore: &Ignore,
    wanted: &HashMap<Fingerprint, usize>,
    range: Range<i64>,
) -> Result<Option<(usize, i64)>, ReadError> {
    if range.is_empty() || wanted.is_empty() {
        return Ok(None);
    }
    let mut stream = log.open(range.start, range.end)?;
    let mut found = None;
    let mut bytes = Vec::new();
    loop {
        let pull = stream.pull(&mut |image| {
            if found.is_none()
                && let Some(&at) = wanted.get(&print(&image, ignore, &mut bytes))
            {
                found = Some((at, image.offset));
            }
        })?;
        if found.is_some() || pull == Pull::End {
            return Ok(found);
        }
    }
}

/// The fingerprint of an image; `bytes` is memory to reuse.
pub(crate) fn print(image: &Image<'_>, ignore: &Ignore, bytes: &mut Vec<u8>) -> Fingerprint {
    bytes.clear();
    Canonical::write(image, ignore, bytes);
    Canonical::of(bytes).fingerprint()
}
