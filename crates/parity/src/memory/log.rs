use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::stream::Stream;
use super::{Entry, Slot};
use crate::source::{
    Bounds, Fetches, Isolation, Limit, PartitionLog, ReadError, ReadErrorKind, RecordSource, Window,
};
use crate::{Image, Records};

/// A partition in memory. Cloning gives a second handle on the same records with the same counters.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    slots: Arc<Vec<Slot>>,
    /// The offset of the first slot.
    base: i64,
    log_start: i64,
    /// `None`: no transaction is open.
    last_stable: Option<i64>,
    isolation: Isolation,
    /// The most records one fetch brings, as a broker's answer is limited.
    fetch_records: usize,
    failure: Option<(i64, ReadErrorKind)>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub data: AtomicU64,
    pub lookups: AtomicU64,
    pub bytes: AtomicU64,
}

impl MemoryLog {
    /// A log whose first slot has offset 0, read at `read_committed`.
    pub fn new(slots: Vec<Slot>) -> Self {
        MemoryLog {
            slots: Arc::new(slots),
            base: 0,
            log_start: 0,
            last_stable: None,
            isolation: Isolation::ReadCommitted,
            fetch_records: 500,
            failure: None,
            counters: Arc::default(),
        }
    }

    /// A log of ordinary records at offsets 0, 1, 2, …
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::new(entries.into_iter().map(Slot::Record).collect())
    }

    /// The same log with its first slot at this offset.
    #[must_use]
    pub fn starting_at(mut self, base: i64) -> Self {
        self.log_start += base - self.base;
        self.last_stable = self.last_stable.map(|offset| offset + base - self.base);
        self.base = base;
        self
    }

    /// The same log after retention or `DeleteRecords` removed everything below this offset.
    #[must_use]
    pub fn trimmed(mut self, log_start: i64) -> Self {
        self.log_start = log_start.clamp(self.base, self.high_watermark());
        self
    }

    /// The same log with a transaction open from this offset on.
    #[must_use]
    pub fn open_from(mut self, last_stable: i64) -> Self {
        self.last_stable = Some(last_stable.clamp(self.base, self.high_watermark()));
        self
    }

    #[must_use]
    pub fn at(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// The same log handing out at most this many records a fetch.
    #[must_use]
    pub fn fetching(mut self, records: usize) -> Self {
        self.fetch_records = records.max(1);
        self
    }

    /// The same log failing each read that reaches this offset.
    #[must_use]
    pub fn failing_at(mut self, offset: i64, kind: ReadErrorKind) -> Self {
        self.failure = Some((offset, kind));
        self
    }

    pub fn high_watermark(&self) -> i64 {
        self.base + self.slots.len() as i64
    }

    pub(super) fn end(&self) -> i64 {
        self.cut().end(self.isolation)
    }

    fn cut(&self) -> Bounds {
        let high_watermark = self.high_watermark();
        let last_stable = self.last_stable.unwrap_or(high_watermark);
        Bounds { log_start: self.log_start, last_stable, high_watermark }
    }

    /// Every visible record, obviously right: the oracles of the tests use nothing else.
    pub fn visible(&self) -> impl Iterator<Item = Image<'_>> {
        (self.log_start..self.end()).filter_map(|offset| self.visible_at(offset))
    }

    pub(super) fn visible_at(&self, offset: i64) -> Option<Image<'_>> {
        match &self.slots[usize::try_from(offset - self.base).ok()?] {
            Slot::Record(entry) => Some(entry.image(offset)),
            Slot::Aborted(entry) if self.isolation == Isolation::ReadUncommitted => Some(entry.image(offset)),
            _ => None,
        }
    }

    pub(super) fn fetch_records(&self) -> usize {
        self.fetch_records
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The failure this test asked for, when reading `offset`.
    pub(super) fn failure(&self, offset: i64) -> Result<(), ReadError> {
        match self.failure {
            Some((at, kind)) if offset >= at => Err(ReadError::new(kind, format!("at offset {offset}"))),
            _ => Ok(()),
        }
    }

    fn in_range(&self, offset: i64) -> Result<(), ReadError> {
        if (self.log_start..=self.end()).contains(&offset) {
            return Ok(());
        }
        let what = format!("offset {offset} is not in {}..={}", self.log_start, self.end());
        Err(ReadError::new(ReadErrorKind::OutOfRange, what))
    }
}

impl PartitionLog for MemoryLog {
    fn isolation(&self) -> Isolation {
        self.isolation
    }

    fn bounds(&mut self) -> Result<Bounds, ReadError> {
        Ok(self.cut())
    }

    fn read(&mut self, from: i64, limit: Limit) -> Result<Window, ReadError> {
        self.in_range(from)?;
        self.counters.data.fetch_add(1, Ordering::Relaxed);
        let mut records = Records::new();
        let mut bytes = 0;
        let mut next = from;
        while next < self.end() && records.len() < self.fetch_records {
            self.failure(next)?;
            if let Some(image) = self.visible_at(next) {
                records.push(&image);
                bytes += image.size();
            }
            next += 1;
            if !records.is_empty() && limit.reached(records.len(), bytes) {
                break;
            }
        }
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(Window { records, from, next })
    }

    fn offset_for_timestamp(&mut self, timestamp: i64) -> Result<Option<i64>, ReadError> {
        self.counters.lookups.fetch_add(1, Ordering::Relaxed);
        let found = (self.log_start..self.end()).find(|offset| {
            let slot = &self.slots[(offset - self.base) as usize];
            slot.timestamp().is_some_and(|stamp| stamp >= timestamp)
        });
        Ok(found)
    }

    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError> {
        self.in_range(from)?;
        Ok(Box::new(Stream::new(self.clone(), from, to.min(self.end()))))
    }

    fn fetches(&self) -> Fetches {
        Fetches {
            data: self.counters.data.load(Ordering::Relaxed),
            lookups: self.counters.lookups.load(Ordering::Relaxed),
            bytes: self.counters.bytes.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: i64) -> Entry {
        Entry::new(n, format!("k{n}"), format!("v{n}"))
    }

    fn with_everything() -> MemoryLog {
        let mut slots = vec![Slot::Record(entry(0)), Slot::Aborted(entry(1)), Slot::Marker { timestamp: 1 }];
        slots.extend([
            Slot::Hole,
            Slot::Record(entry(4)),
            Slot::Record(entry(5)),
            Slot::Marker { timestamp: 6 },
        ]);
        MemoryLog::new(slots)
    }

    fn offsets(records: &Records) -> Vec<i64> {
        records.iter().map(|image| image.offset).collect()
    }

    #[test]
    fn isolation_decides_what_is_visible_and_where_the_end_is() {
        let committed: Vec<_> = with_everything().visible().map(|image| image.offset).collect();
        assert_eq!(committed, [0, 4, 5]);
        let mut open = with_everything().open_from(5);
        assert_eq!(open.visible().count(), 2);
        assert_eq!(open.read(5, Limit::records(9)).unwrap().next, 5);
        let uncommitted = with_everything().open_from(5).at(Isolation::ReadUncommitted);
        assert_eq!(uncommitted.visible().count(), 4);
    }

    #[test]
    fn a_window_knows_holes_and_counts_its_fetch() {
        let mut log = with_everything();
        let window = log.read(1, Limit::records(1)).unwrap();
        assert_eq!((offsets(&window.records), window.next), (vec![4], 5));
        let window = log.read(5, Limit::records(9)).unwrap();
        assert_eq!((offsets(&window.records), window.next), (vec![5], 7));
        assert_eq!(log.fetches().data, 2);
        assert_eq!(log.trimmed(4).read(3, Limit::records(1)).unwrap_err().kind, ReadErrorKind::OutOfRange);
    }

    #[test]
    fn before_steps_back_through_holes_as_far_as_the_log_start() {
        let mut slots = vec![Slot::Record(entry(0)), Slot::Record(entry(1))];
        slots.extend(std::iter::repeat_n(Slot::Hole, 1000));
        slots.push(Slot::Record(entry(1002)));
        let mut log = MemoryLog::new(slots).fetching(50);
        assert_eq!(offsets(&log.before(1002, 2).unwrap().records), [0, 1]);
        assert_eq!(offsets(&log.before(1003, 2).unwrap().records), [1, 1002]);
        let window = log.before(1003, 9).unwrap();
        assert_eq!((offsets(&window.records), window.from), (vec![0, 1, 1002], 0));
        let mut trimmed = log.trimmed(1);
        let window = trimmed.before(1002, 2).unwrap();
        assert_eq!((offsets(&window.records), window.from), (vec![1], 1));
    }

    #[test]
    fn a_stream_hands_out_each_visible_record_once_and_ends() {
        let mut log = with_everything().fetching(1);
        let mut stream = log.open(1, 5).unwrap();
        let mut seen = Vec::new();
        while stream.pull(&mut |image| seen.push(image.offset)).unwrap() != crate::Pull::End {}
        assert_eq!(seen, [4]);
    }
}
