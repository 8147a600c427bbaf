//! From the bytes of one fetch answer to the records a reader sees.

use super::aborted::Aborted;
use super::batch::{self, Batch, Frame};
use super::cursor::Cursor;
use super::{Corrupt, codec, legacy, record};
use crate::Isolation;
use parity::{HeaderBuf, Headers, Image};
use std::ops::ControlFlow;

/// Buffers used again from batch to batch.
#[derive(Default)]
pub(crate) struct Scratch {
    plain: Vec<u8>,
    headers: HeaderBuf,
}

/// What a walk is to hand out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub isolation: Isolation,
    /// The visible records in `from..to`.
    pub from: i64,
    pub to: i64,
    /// The walk ends behind the batch with which so many bytes, decompressed, have been walked over.
    pub bytes: usize,
}

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Everything below is decided: handed out, hidden, or not there.
    pub up_to: i64,
    /// The caller broke off.
    pub broken_off: bool,
}

/// An abort marker's type, second field of a control record's key.
const ABORT: i16 = 0;

/// Hands out visible records, and takes the frames it has walked over off the front of `rest`. `aborted` belongs to
/// the answer the bytes are of, and goes along with them from walk to walk.
pub(crate) fn walk(
    rest: &mut &[u8],
    aborted: &mut Aborted,
    wanted: Wanted,
    scratch: &mut Scratch,
    each: &mut impl FnMut(Image<'_>) -> ControlFlow<()>,
) -> Result<Walk, Corrupt> {
    let Wanted { from, to, .. } = wanted;
    let mut walk = Walk { up_to: from, broken_off: false };
    let mut bytes = 0;
    while walk.up_to < to && !walk.broken_off && bytes < wanted.bytes {
        let Some(frame) = batch::next(rest)? else { break };
        match frame {
            Frame::Batch(batch) => {
                if batch.last_offset < walk.up_to {
                    // The broker begins with the batch that holds the offset; one wholly below is none of ours,
                    // but its markers count.
                    follow(&batch, aborted)?;
                    continue;
                }
                bytes += one(&batch, aborted, wanted, scratch, each, &mut walk)?;
            }
            Frame::Legacy(whole) => {
                let mut at = walk;
                let last = legacy::messages(whole, &mut scratch.plain, &mut |message| {
                    if message.offset >= at.up_to && message.offset < to && !at.broken_off {
                        let image = Image {
                            offset: message.offset,
                            timestamp: message.timestamp,
                            key: message.key,
                            value: message.value,
                            headers: Headers::NONE,
                        };
                        at.broken_off = each(image).is_break();
                        at.up_to = message.offset + 1;
                    }
                })?;
                if !at.broken_off {
                    at.up_to = at.up_to.max(last + 1).min(to.max(at.up_to));
                }
                bytes += whole.len();
                walk = at;
            }
        }
    }
    Ok(walk)
}

fn follow(batch: &Batch<'_>, aborted: &mut Aborted) -> Result<(), Corrupt> {
    if batch.is_control() {
        aborted.marker(batch.producer_id, batch.last_offset, is_abort(batch)?);
    }
    Ok(())
}

/// Control batches are never compressed and hold one record.
fn is_abort(batch: &Batch<'_>) -> Result<bool, Corrupt> {
    if batch.count == 0 {
        return Ok(false);
    }
    let marker = record::next(&mut Cursor(batch.stored), &mut HeaderBuf::new())?;
    let mut key = Cursor(marker.key.ok_or_else(|| Corrupt::new("a control record has no key"))?);
    key.i16()?;
    Ok(key.i16()? == ABORT)
}

/// Says how many bytes the batch has.
fn one(
    batch: &Batch<'_>,
    aborted: &mut Aborted,
    wanted: Wanted,
    scratch: &mut Scratch,
    each: &mut impl FnMut(Image<'_>) -> ControlFlow<()>,
    walk: &mut Walk,
) -> Result<usize, Corrupt> {
    let Wanted { isolation, to, .. } = wanted;
    let behind = (batch.last_offset + 1).min(to);
    if batch.is_control() {
        follow(batch, aborted)?;
        walk.up_to = behind;
        return Ok(batch.stored.len());
    }
    let hidden = isolation == Isolation::ReadCommitted
        && batch.is_transactional()
        && aborted.hides(batch.producer_id, batch.last_offset);
    if hidden || batch.base_offset >= to {
        walk.up_to = behind;
        return Ok(batch.stored.len());
    }
    let Scratch { plain, headers } = scratch;
    let records = match batch.codec() {
        0 => batch.stored,
        codec => {
            codec::decompress(codec, batch.stored, plain)?;
            &plain[..]
        }
    };
    let mut cursor = Cursor(records);
    let mut previous = i64::MIN;
    for _ in 0..batch.count {
        let raw = record::next(&mut cursor, headers)?;
        let offset = batch.base_offset.saturating_add(i64::from(raw.offset_delta));
        if offset <= previous || offset > batch.last_offset {
            return Err(Corrupt::new(format!(
                "the batch at offset {} does not count upwards",
                batch.base_offset
            )));
        }
        previous = offset;
        if offset < walk.up_to {
            continue;
        }
        if offset >= to {
            break;
        }
        let timestamp = if batch.has_append_time() {
            batch.max_timestamp
        } else {
            batch.base_timestamp.saturating_add(raw.timestamp_delta)
        };
        let image = Image { offset, timestamp, key: raw.key, value: raw.value, headers: headers.headers() };
        walk.up_to = offset + 1;
        if each(image).is_break() {
            walk.broken_off = true;
            return Ok(records.len());
        }
    }
    walk.up_to = behind;
    Ok(records.len())
}

#[cfg(test)]
mod tests;
