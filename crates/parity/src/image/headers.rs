use std::fmt;

/// The headers of one record: ordered, names may repeat, values may be null.
///
/// Borrowed in the canonical byte form `(name length, name, value length or -1, value)*`, lengths as
/// 32-bit big-endian: equality is one comparison of bytes. Readers fill a [`HeaderBuf`].
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Headers<'a>(&'a [u8]);

impl<'a> Headers<'a> {
    /// A record without headers.
    pub const NONE: Headers<'static> = Headers(&[]);

    /// Bytes that came out of [`Headers::bytes`] before.
    pub(super) fn from_canonical(bytes: &'a [u8]) -> Self {
        Headers(bytes)
    }

    /// The canonical bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// `(name, value)` in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let name = take(&mut rest).unwrap_or_default();
            Some((name, take(&mut rest)))
        })
    }

    /// Bytes of all names and values.
    pub fn size(self) -> u64 {
        self.iter().map(|(name, value)| (name.len() + value.map_or(0, <[u8]>::len)) as u64).sum()
    }
}

/// Takes one length-prefixed field off the front; `None` for a null one.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>().expect("headers are built by HeaderBuf alone");
    let length = i32::from_be_bytes(*length);
    let (field, tail) = tail.split_at(length.max(0) as usize);
    *rest = tail;
    (length >= 0).then_some(field)
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        f.debug_list().entries(self.iter().map(|(name, value)| (text(name), value.map(text)))).finish()
    }
}

/// Where a reader puts a record's headers together; reuse one for all records.
#[derive(Debug, Clone, Default)]
pub struct HeaderBuf(Vec<u8>);

impl HeaderBuf {
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds one header behind those already there.
    pub fn push(&mut self, name: &[u8], value: Option<&[u8]>) {
        put(&mut self.0, Some(name));
        put(&mut self.0, value);
    }

    pub fn headers(&self) -> Headers<'_> {
        Headers(&self.0)
    }
}

/// Appends one length-prefixed field. Kafka's own limit on any field is 2^31 - 1 bytes.
pub(super) fn put(out: &mut Vec<u8>, field: Option<&[u8]>) {
    let length = field.map_or(-1, |field| i32::try_from(field.len()).expect("Kafka fields are below 2 GiB"));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field.unwrap_or_default());
}

/// Takes `prefix` off the front, if it is there.
pub(super) fn strip(rest: &mut &[u8], prefix: &[u8]) -> bool {
    match rest.split_at_checked(prefix.len()) {
        Some((front, behind)) if front == prefix => {
            *rest = behind;
            true
        }
        _ => false,
    }
}

/// Takes what [`put`] writes for `field` off the front, if it is there.
pub(super) fn strip_field(rest: &mut &[u8], field: Option<&[u8]>) -> bool {
    let length = match field.map(|field| i32::try_from(field.len())) {
        None => -1,
        Some(Ok(length)) => length,
        Some(Err(_)) => return false,
    };
    strip(rest, &length.to_be_bytes()) && strip(rest, field.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_repeats_nulls_and_empties_are_kept() {
        let mut buf = HeaderBuf::new();
        buf.push(b"trace", Some(b"1"));
        buf.push(b"trace", None);
        buf.push(b"", Some(b""));
        let read: Vec<_> = buf.headers().iter().collect();
        assert_eq!(read, [(&b"trace"[..], Some(&b"1"[..])), (b"trace", None), (b"", Some(b""))]);
        assert_eq!(buf.headers().size(), 11);
        let mut other = HeaderBuf::new();
        other.push(b"trace", Some(b"1"));
        other.push(b"trace", Some(b""));
        other.push(b"", Some(b""));
        assert_ne!(buf.headers(), other.headers());
    }
}
