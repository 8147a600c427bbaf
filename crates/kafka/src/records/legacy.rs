//! Message formats 0 and 1, written by clients and topics older than Kafka 0.11.

use super::Corrupt;
use super::codec;
use super::cursor::Cursor;

const CODEC: i8 = 0b111;
const LOG_APPEND_TIME: i8 = 1 << 3;

/// A message without headers, which these formats do not have.
pub(super) struct Message<'a> {
    pub offset: i64,
    /// −1 in format 0, which has none.
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
}

struct Parsed<'a> {
    offset: i64,
    magic: i8,
    attributes: i8,
    timestamp: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
}

fn parse(whole: &[u8]) -> Result<Parsed<'_>, Corrupt> {
    let mut cursor = Cursor(whole);
    let offset = cursor.i64()?;
    cursor.i32()?;
    let checksum = cursor.u32()?;
    let mut crc = flate2::Crc::new();
    crc.update(cursor.0);
    if crc.sum() != checksum {
        return Err(Corrupt::new(format!("the checksum of the message at offset {offset} is wrong")));
    }
    let magic = cursor.i8()?;
    let attributes = cursor.i8()?;
    let timestamp = if magic == 0 { -1 } else { cursor.i64()? };
    let key = cursor.nullable_fixed()?;
    let value = cursor.nullable_fixed()?;
    Ok(Parsed { offset, magic, attributes, timestamp, key, value })
}

/// Hands out a message, or those it wraps, in offset order. Returns the offset of the last.
pub(super) fn messages(
    whole: &[u8],
    buffer: &mut Vec<u8>,
    each: &mut dyn FnMut(Message<'_>),
) -> Result<i64, Corrupt> {
    let outer = parse(whole)?;
    let codec = i16::from(outer.attributes & CODEC);
    if codec == 0 {
        let Parsed { offset, timestamp, key, value, .. } = outer;
        each(Message { offset, timestamp, key, value });
        return Ok(offset);
    }
    codec::decompress(codec, outer.value.unwrap_or_default(), buffer)?;
    let mut inner = Vec::new();
    let mut rest = &buffer[..];
    while !rest.is_empty() {
        let length = rest.get(8..12).map(|mut bytes| Cursor(std::mem::take(&mut bytes)).i32()).transpose()?;
        let length = length.and_then(|length| usize::try_from(length).ok()).map(|length| length + 12);
        let Some(length) = length.filter(|length| *length <= rest.len()) else {
            return Err(Corrupt::new("a compressed message ends in the middle of another"));
        };
        let (one, tail) = rest.split_at(length);
        let message = parse(one)?;
        if message.attributes & CODEC != 0 {
            return Err(Corrupt::new("a compressed message wraps another compressed one"));
        }
        inner.push(message);
        rest = tail;
    }
    // Format 1 numbers wrapped messages from 0, and the wrapper carries the offset of the last.
    let shift = match inner.last() {
        Some(last) if outer.magic == 1 => outer.offset - last.offset,
        _ => 0,
    };
    let appended = outer.attributes & LOG_APPEND_TIME != 0;
    for message in inner {
        let timestamp = if appended { outer.timestamp } else { message.timestamp };
        let Parsed { offset, key, value, .. } = message;
        each(Message { offset: offset + shift, timestamp, key, value });
    }
    Ok(outer.offset)
}
