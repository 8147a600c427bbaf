//! What two records must have in common to be the same record.

mod by_fingerprint;
mod canonical;
pub(crate) mod fingerprint;
mod headers;
mod ignore;
mod records;
mod running_sha256;
pub(crate) mod secret;

pub(crate) use by_fingerprint::{ByFingerprint, Folded};
pub use canonical::{Canonical, Field};
pub use fingerprint::{Fingerprint, Sha256Hex};
pub use headers::{HeaderBuf, Headers};
pub use ignore::Ignore;
pub use records::Records;
pub use running_sha256::RunningSha256;

/// One record as its reader lends it: everything that must be equal on both sides, and its offset, which
/// must not.
///
/// Not here, because two equal records may differ in them: batch, codec, checksum, producer id, leader
/// epoch, timestamp type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// Position in its own partition.
    pub offset: i64,
    /// Milliseconds since the epoch, as the broker hands it out; -1 when the record has none.
    pub timestamp: i64,
    /// `None` is Kafka's null; it differs from the empty key.
    pub key: Option<&'a [u8]>,
    /// `None` is Kafka's null (on compacted topics a tombstone); it differs from the empty value.
    pub value: Option<&'a [u8]>,
    /// In the producer's order, duplicates kept.
    pub headers: Headers<'a>,
}

impl Image<'_> {
    /// Bytes of key, value and headers (names and values), uncompressed, without any framing.
    pub fn size(&self) -> u64 {
        let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len) as u64;
        length(self.key) + length(self.value) + self.headers.size()
    }
}
