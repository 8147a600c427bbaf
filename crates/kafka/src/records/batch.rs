//! The headers of record batches.

use super::Corrupt;
use super::cursor::Cursor;

/// Offset, length, leader epoch and magic: what every format begins with.
const COMMON: usize = 17;
/// Offset and length, which the length itself does not count.
const UNCOUNTED: usize = 12;
/// Bytes of the header of format 2, up to the records.
const HEADER: usize = 61;
/// From here on the checksum holds.
const CHECKED_FROM: usize = 21;

const CODEC: i16 = 0b111;
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// One whole batch, or one old message.
pub(super) enum Frame<'a> {
    /// Format 2 (since Kafka 0.11).
    Batch(Batch<'a>),
    /// Formats 0 and 1.
    Legacy(&'a [u8]),
}

/// A batch of format 2.
pub(super) struct Batch<'a> {
    pub base_offset: i64,
    pub last_offset: i64,
    attributes: i16,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub count: i32,
    /// Records as stored, maybe compressed.
    pub stored: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Kafka's number of the compression.
    pub fn codec(&self) -> i16 {
        self.attributes & CODEC
    }

    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// The broker set all timestamps when it appended the batch.
    pub fn has_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    fn parse(whole: &'a [u8]) -> Result<Self, Corrupt> {
        if whole.len() < HEADER {
            return Err(Corrupt::new("a batch is shorter than its header"));
        }
        let mut cursor = Cursor(whole);
        let base_offset = cursor.i64()?;
        cursor.take(4 + 4 + 1)?;
        let checksum = cursor.u32()?;
        if crc32c::crc32c(&whole[CHECKED_FROM..]) != checksum {
            return Err(Corrupt::new(format!("the checksum of the batch at offset {base_offset} is wrong")));
        }
        let attributes = cursor.i16()?;
        let last_delta = cursor.i32()?;
        let base_timestamp = cursor.i64()?;
        let max_timestamp = cursor.i64()?;
        let producer_id = cursor.i64()?;
        cursor.take(2 + 4)?;
        let count = cursor.i32()?;
        if base_offset < 0 || last_delta < 0 || count < 0 {
            return Err(Corrupt::new("a batch has negative offsets"));
        }
        let last_offset = base_offset
            .checked_add(i64::from(last_delta))
            .ok_or_else(|| Corrupt::new("an offset is too large"))?;
        Ok(Batch {
            base_offset,
            last_offset,
            attributes,
            base_timestamp,
            max_timestamp,
            producer_id,
            count,
            stored: cursor.0,
        })
    }
}

/// Takes the next whole frame off the front; None if only a part of one, or nothing, is left: answers are cut at their size.
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Frame<'a>>, Corrupt> {
    let Some(length) = length(rest)? else { return Ok(None) };
    let (whole, tail) = rest.split_at(length);
    *rest = tail;
    match whole[COMMON - 1] {
        2 => Batch::parse(whole).map(|batch| Some(Frame::Batch(batch))),
        0 | 1 => Ok(Some(Frame::Legacy(whole))),
        magic => Err(Corrupt::new(format!("message format {magic} is not known"))),
    }
}

/// Length of the frame at the front, if all of it is there.
fn length(rest: &[u8]) -> Result<Option<usize>, Corrupt> {
    if rest.len() < COMMON {
        return Ok(None);
    }
    let counted = Cursor(&rest[8..12]).i32()?;
    let length =
        usize::try_from(counted).map_err(|_| Corrupt::new("a batch has a negative length"))? + UNCOUNTED;
    if length < COMMON {
        return Err(Corrupt::new("a batch is shorter than its header"));
    }
    Ok((length <= rest.len()).then_some(length))
}

/// Whether a whole frame stands at the front.
pub(crate) fn starts_whole(rest: &[u8]) -> bool {
    matches!(length(rest), Ok(Some(_)))
}

/// The offset behind the last whole frame, from headers alone; None if there is no whole frame. Says where the next fetch
/// begins before anything is decoded.
pub(crate) fn last_complete(mut rest: &[u8]) -> Option<i64> {
    let mut next = None;
    while let Ok(Some(length)) = length(rest) {
        let base = Cursor(rest).i64().ok()?;
        // In the old formats the offset of a frame is that of its last message.
        let delta = if rest[COMMON - 1] == 2 && length >= HEADER {
            i64::from(Cursor(&rest[23..27]).i32().ok()?)
        } else {
            0
        };
        next = base.checked_add(delta)?.checked_add(1);
        rest = &rest[length..];
    }
    next
}
