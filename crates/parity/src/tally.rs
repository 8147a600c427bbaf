use crate::Image;

/// How much some records are: what a replay or a loss costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub records: u64,
    /// Of key, value and headers, uncompressed.
    pub bytes: u64,
    /// Earliest and latest timestamp in milliseconds; `None` of no records.
    pub timestamps: Option<(i64, i64)>,
}

impl Tally {
    pub const NOTHING: Tally = Tally { records: 0, bytes: 0, timestamps: None };

    /// Adds one record.
    pub fn add(&mut self, timestamp: i64, bytes: u64) {
        self.merge(&Tally { records: 1, bytes, timestamps: Some((timestamp, timestamp)) });
    }

    pub fn add_image(&mut self, image: &Image<'_>) {
        self.add(image.timestamp, image.size());
    }

    /// Adds other records; none of them may be counted in both.
    pub fn merge(&mut self, other: &Tally) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.timestamps = match (self.timestamps, other.timestamps) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// Latest minus earliest timestamp, in milliseconds; 0 of no records.
    pub fn event_time_ms(&self) -> i64 {
        self.timestamps.map_or(0, |(earliest, latest)| latest.saturating_sub(earliest))
    }
}
