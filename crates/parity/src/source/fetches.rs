use std::ops::{Add, Sub};

/// What reading has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fetches {
    /// Requests for records: the number the translation is measured by.
    pub data: u64,
    /// Requests for an offset by timestamp.
    pub lookups: u64,
    /// Bytes of key, value and headers handed out, uncompressed.
    pub bytes: u64,
}

impl Add for Fetches {
    type Output = Fetches;

    fn add(self, other: Fetches) -> Fetches {
        Fetches {
            data: self.data + other.data,
            lookups: self.lookups + other.lookups,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl Sub for Fetches {
    type Output = Fetches;

    fn sub(self, before: Fetches) -> Fetches {
        Fetches {
            data: self.data - before.data,
            lookups: self.lookups - before.lookups,
            bytes: self.bytes - before.bytes,
        }
    }
}
