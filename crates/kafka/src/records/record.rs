//! One record of format 2.

use super::Corrupt;
use super::cursor::Cursor;
use super::limits;
use parity::HeaderBuf;

/// A record as it lies in its batch.
pub(super) struct Raw<'a> {
    pub offset_delta: i32,
    pub timestamp_delta: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
}

/// Takes the next record off the front; its headers go to `headers`, which is emptied first.
#[inline]
pub(super) fn next<'a>(rest: &mut Cursor<'a>, headers: &mut HeaderBuf) -> Result<Raw<'a>, Corrupt> {
    let length =
        usize::try_from(rest.varint()?).map_err(|_| Corrupt::new("a record has a negative length"))?;
    let mut record = Cursor(rest.take(length)?);
    record.i8()?;
    let timestamp_delta = record.varlong()?;
    let offset_delta = record.varint()?;
    let key = record.nullable()?;
    let value = record.nullable()?;
    let count = record.varint()?;
    headers.clear();
    if !(0..=limits::HEADERS).contains(&count) {
        return Err(Corrupt::new(format!("a record claims {count} headers")));
    }
    for _ in 0..count {
        let name = record.nullable()?.ok_or_else(|| Corrupt::new("a header has no name"))?;
        let value = record.nullable()?;
        headers.push(name, value);
    }
    if !record.0.is_empty() {
        return Err(Corrupt::new("a record is longer than its fields"));
    }
    Ok(Raw { offset_delta, timestamp_delta, key, value })
}
