/// How much one read may bring. Whichever is reached first ends it; one record is always allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub records: usize,
    /// Of key, value and headers, uncompressed.
    pub bytes: u64,
}

impl Limit {
    /// At most this many records, whatever their size.
    pub fn records(records: usize) -> Self {
        Limit { records, bytes: u64::MAX }
    }

    pub fn reached(&self, records: usize, bytes: u64) -> bool {
        records >= self.records || bytes >= self.bytes
    }
}
