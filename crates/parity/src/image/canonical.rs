use super::{Fingerprint, Headers, Ignore, Image, headers, secret};

/// Stands where an ignored timestamp would stand; no record can carry it.
const IGNORED_TIMESTAMP: i64 = i64::MIN;

/// Which part of an image differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Key,
    Value,
    Headers,
    Timestamp,
}

impl Field {
    pub const ALL: [Field; 4] = [Field::Key, Field::Value, Field::Headers, Field::Timestamp];

    pub fn name(self) -> &'static str {
        match self {
            Field::Key => "key",
            Field::Value => "value",
            Field::Headers => "headers",
            Field::Timestamp => "timestamp",
        }
    }
}

/// The length-prefixed bytes of one image: what is compared, fingerprinted and digested.
///
/// All integers big-endian:
///
/// ```text
/// timestamp     i64   milliseconds; -2^63 where timestamps are ignored
/// key           i32   length, -1 for null; then the bytes
/// value         i32   length, -1 for null; then the bytes
/// headers       i32   length in bytes of what follows, 0 for none; then, per header in order:
///   name        i32   length; then the bytes
///   value       i32   length, -1 for null; then the bytes
/// ```
///
/// Headers that are ignored are left out. The offset is not part of it. Two images are equal exactly when
/// these bytes are, and no concatenation of images reads as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical<'a>(&'a [u8]);

impl<'a> Canonical<'a> {
    /// Appends the canonical bytes of `image` to `out`.
    pub fn write(image: &Image<'_>, ignore: &Ignore, out: &mut Vec<u8>) {
        let timestamp = if ignore.timestamp { IGNORED_TIMESTAMP } else { image.timestamp };
        out.extend_from_slice(&timestamp.to_be_bytes());
        headers::put(out, image.key);
        headers::put(out, image.value);
        if ignore.headers.is_empty() || image.headers.is_empty() {
            headers::put(out, Some(image.headers.bytes()));
            return;
        }
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        for (name, value) in image.headers.iter().filter(|(name, _)| !ignore.header(name)) {
            headers::put(out, Some(name));
            headers::put(out, value);
        }
        let length = i32::try_from(out.len() - at - 4).expect("Kafka records are below 2 GiB");
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// Whether these are the bytes that [`Canonical::write`] would write for `image`; writes nothing unless
    /// headers are ignored.
    pub fn is_of(self, image: &Image<'_>, ignore: &Ignore) -> bool {
        if !ignore.headers.is_empty() && !image.headers.is_empty() {
            let mut bytes = Vec::with_capacity(self.0.len());
            Canonical::write(image, ignore, &mut bytes);
            return bytes == self.0;
        }
        let timestamp = if ignore.timestamp { IGNORED_TIMESTAMP } else { image.timestamp };
        let mut rest = self.0;
        headers::strip(&mut rest, &timestamp.to_be_bytes())
            && headers::strip_field(&mut rest, image.key)
            && headers::strip_field(&mut rest, image.value)
            && headers::strip_field(&mut rest, Some(image.headers.bytes()))
            && rest.is_empty()
    }

    /// Bytes that [`Canonical::write`] wrote for one image.
    pub fn of(bytes: &'a [u8]) -> Self {
        Canonical(bytes)
    }

    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    pub fn fingerprint(self) -> Fingerprint {
        Fingerprint::of(self.0)
    }

    /// The bytes of timestamp, key, value and headers, each with its length prefix.
    fn fields(self) -> [(Field, &'a [u8]); 4] {
        let (timestamp, rest) = self.0.split_at(8);
        let (key, rest) = split_field(rest);
        let (value, headers) = split_field(rest);
        [(Field::Key, key), (Field::Value, value), (Field::Headers, headers), (Field::Timestamp, timestamp)]
    }

    /// One short hash per field, to find later which of them differ. Another one in every process, so that nobody can
    /// write records that collide.
    pub fn field_hashes(self) -> [u64; 4] {
        self.fields().map(|(_, bytes)| secret::hash(bytes))
    }

    /// The one field in which two images differ; `None` when they differ in none or in several.
    pub fn only_difference(ours: &[u64; 4], theirs: &[u64; 4]) -> Option<Field> {
        let mut different = (0..4).filter(|&i| ours[i] != theirs[i]);
        let first = different.next()?;
        different.next().is_none().then_some(Field::ALL[first])
    }

    /// The image these bytes stand for, as far as nothing was ignored.
    pub(super) fn image(self, offset: i64) -> Image<'a> {
        let (timestamp, rest) = self.0.split_first_chunk::<8>().expect("an image starts with a timestamp");
        let (key, rest) = split_field(rest);
        let (value, headers) = split_field(rest);
        Image {
            offset,
            timestamp: i64::from_be_bytes(*timestamp),
            key: content(key),
            value: content(value),
            headers: Headers::from_canonical(&headers[4..]),
        }
    }
}

/// Splits behind the first length-prefixed field.
fn split_field(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.first_chunk::<4>().map_or(-1, |length| i32::from_be_bytes(*length));
    bytes.split_at(4 + length.max(0) as usize)
}

/// The field behind its length prefix; `None` for null.
fn content(field: &[u8]) -> Option<&[u8]> {
    (field[..4] != (-1i32).to_be_bytes()).then_some(&field[4..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HeaderBuf;

    fn bytes(image: &Image<'_>, ignore: &Ignore) -> Vec<u8> {
        let mut out = Vec::new();
        Canonical::write(image, ignore, &mut out);
        out
    }

    fn plain<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Image<'a> {
        Image { offset: 7, timestamp: 1_000, key, value, headers: Headers::NONE }
    }

    #[test]
    fn the_layout_is_what_the_documentation_says() {
        let mut headers = HeaderBuf::new();
        headers.push(b"h", None);
        let image = Image { headers: headers.headers(), ..plain(Some(b"k"), None) };
        let mut expected = 1_000i64.to_be_bytes().to_vec();
        expected.extend([0, 0, 0, 1, b'k', 255, 255, 255, 255]);
        expected.extend([0, 0, 0, 9, 0, 0, 0, 1, b'h', 255, 255, 255, 255]);
        assert_eq!(bytes(&image, &Ignore::NOTHING), expected);
        assert_eq!(Canonical::of(&expected).image(7), image);
    }

    #[test]
    fn null_differs_from_empty_and_fields_do_not_run_into_each_other() {
        let all = [
            plain(None, None),
            plain(Some(b""), None),
            plain(None, Some(b"")),
            plain(Some(b"ab"), Some(b"c")),
            plain(Some(b"a"), Some(b"bc")),
        ];
        for (i, one) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                let (one, written) = (bytes(one, &Ignore::NOTHING), bytes(other, &Ignore::NOTHING));
                assert_eq!(one == written, i == j, "{i} {j}");
                assert_eq!(Canonical::of(&one).is_of(other, &Ignore::NOTHING), i == j, "{i} {j}");
            }
        }
    }

    #[test]
    fn what_is_ignored_does_not_differ_and_what_is_not_does() {
        let mut with = HeaderBuf::new();
        with.push(b"origin", Some(b"a"));
        with.push(b"trace", Some(b"1"));
        let mut without = HeaderBuf::new();
        without.push(b"trace", Some(b"1"));
        let one = Image { headers: with.headers(), ..plain(None, None) };
        let other = Image { headers: without.headers(), timestamp: 5, ..plain(None, None) };
        let ignore = Ignore { timestamp: true, headers: vec![b"origin".to_vec()] };
        assert_eq!(bytes(&one, &ignore), bytes(&other, &ignore));
        let only_time = Ignore { timestamp: true, headers: vec![] };
        assert_ne!(bytes(&one, &only_time), bytes(&other, &only_time));
        let only_header = Ignore { timestamp: false, ..ignore.clone() };
        assert_ne!(bytes(&one, &only_header), bytes(&other, &only_header));
        for ignored in [ignore, only_time, only_header, Ignore::NOTHING] {
            for (one, other) in [(&one, &other), (&other, &one), (&one, &one)] {
                let written = bytes(one, &ignored);
                let is_of = Canonical::of(&written).is_of(other, &ignored);
                assert_eq!(is_of, written == bytes(other, &ignored), "{ignored:?}");
            }
        }
    }

    #[test]
    fn the_only_field_that_differs_is_named() {
        let hashes = |image: &Image<'_>| Canonical::of(&bytes(image, &Ignore::NOTHING)).field_hashes();
        let base = plain(Some(b"k"), Some(b"v"));
        let mut headers = HeaderBuf::new();
        headers.push(b"h", None);
        let cases = [
            (Image { timestamp: 2, ..base }, Some(Field::Timestamp)),
            (Image { key: None, ..base }, Some(Field::Key)),
            (Image { value: Some(b""), ..base }, Some(Field::Value)),
            (Image { headers: headers.headers(), ..base }, Some(Field::Headers)),
            (Image { key: None, value: None, ..base }, None),
            (base, None),
        ];
        for (other, field) in cases {
            assert_eq!(Canonical::only_difference(&hashes(&base), &hashes(&other)), field);
        }
    }
}
