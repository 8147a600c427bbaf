/// Bytes of one entry on disk.
pub(super) const BYTES: usize = 40;

/// One record, as far as the comparison of latest records needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Keyed xxh3-128 of the key: means nothing outside this process. In two halves, high and low: a whole one would
    /// leave a gap of 8 bytes in every entry.
    key: [u64; 2],
    pub latest: Latest,
}

/// What is known of the latest record of a key on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latest {
    /// Keyed xxh3-64 of the whole image, without what is ignored: of records of one key it tells whether they are equal.
    pub content: u64,
    /// The offset; its complement when the record is a tombstone, so that both fit in one number.
    place: i64,
    pub timestamp: i64,
}

impl Latest {
    pub fn new(offset: i64, is_tombstone: bool, timestamp: i64, content: u64) -> Self {
        Latest { content, place: if is_tombstone { !offset } else { offset }, timestamp }
    }

    pub fn offset(&self) -> i64 {
        if self.place < 0 { !self.place } else { self.place }
    }

    pub fn is_alive(&self) -> bool {
        self.place >= 0
    }

    /// Whether the two are the same record of their key: alive with equal content, or tombstones with equal
    /// content.
    pub fn equals(&self, other: &Latest) -> bool {
        self.content == other.content && self.is_alive() == other.is_alive()
    }
}

impl Entry {
    pub fn new(key: u128, latest: Latest) -> Self {
        Entry { key: [(key >> 64) as u64, key as u64], latest }
    }

    pub fn key(&self) -> u128 {
        let [high, low] = self.key.map(u128::from);
        high << 64 | low
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key().to_le_bytes());
        out.extend_from_slice(&self.latest.content.to_le_bytes());
        out.extend_from_slice(&self.latest.place.to_le_bytes());
        out.extend_from_slice(&self.latest.timestamp.to_le_bytes());
    }

    /// What [`Entry::write`] wrote.
    pub fn read(bytes: &[u8; BYTES]) -> Entry {
        let (key, rest) = bytes.split_first_chunk::<16>().expect("an entry has 40 bytes");
        let (content, rest) = rest.split_first_chunk::<8>().expect("an entry has 40 bytes");
        let (place, rest) = rest.split_first_chunk::<8>().expect("an entry has 40 bytes");
        let timestamp = rest.first_chunk::<8>().expect("an entry has 40 bytes");
        let latest = Latest {
            content: u64::from_le_bytes(*content),
            place: i64::from_le_bytes(*place),
            timestamp: i64::from_le_bytes(*timestamp),
        };
        Entry::new(u128::from_le_bytes(*key), latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_forty_bytes_and_comes_back_whole() {
        for (offset, is_tombstone) in [(0, false), (0, true), (5_000_000_000, true), (7, false)] {
            let entry = Entry::new(u128::MAX - 5, Latest::new(offset, is_tombstone, -1, 9));
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            let read = Entry::read(bytes[..].try_into().unwrap());
            assert_eq!((read, read.key()), (entry, u128::MAX - 5));
            assert_eq!((bytes.len(), size_of::<Entry>()), (BYTES, BYTES));
            assert_eq!((read.latest.offset(), read.latest.is_alive()), (offset, !is_tombstone));
        }
    }
}
