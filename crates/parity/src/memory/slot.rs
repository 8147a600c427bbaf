use crate::{HeaderBuf, Image};

/// A record on its own.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: HeaderBuf,
}

impl Entry {
    /// A record with a key, a value and no headers.
    pub fn new(timestamp: i64, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        let (key, value) = (Some(key.into()), Some(value.into()));
        Entry { timestamp, key, value, headers: HeaderBuf::new() }
    }

    /// The record as it stands at `offset`.
    pub fn image(&self, offset: i64) -> Image<'_> {
        Image {
            offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: self.headers.headers(),
        }
    }

    /// Copies a lent record.
    pub fn of(image: &Image<'_>) -> Self {
        let mut headers = HeaderBuf::new();
        image.headers.iter().for_each(|(name, value)| headers.push(name, value));
        Entry {
            timestamp: image.timestamp,
            key: image.key.map(<[u8]>::to_vec),
            value: image.value.map(<[u8]>::to_vec),
            headers,
        }
    }
}

/// What occupies one offset.
#[derive(Debug, Clone)]
pub enum Slot {
    /// A record outside transactions or of a committed one.
    Record(Entry),
    /// A record of an aborted transaction: data under `read_uncommitted`, nothing under `read_committed`.
    Aborted(Entry),
    /// A transaction marker, stamped by the broker's clock. Never visible.
    Marker { timestamp: i64 },
    /// Removed by compaction.
    Hole,
}

impl Slot {
    /// The timestamp the log's time index knows.
    pub(super) fn timestamp(&self) -> Option<i64> {
        match self {
            Slot::Record(entry) | Slot::Aborted(entry) => Some(entry.timestamp),
            Slot::Marker { timestamp } => Some(*timestamp),
            Slot::Hole => None,
        }
    }
}
