use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parity::{Image, Pull, ReadError, ReadErrorKind, RecordSource};

use super::TopicOptions;
use crate::{Cluster, Isolation, PartitionReader, Patience, ReadOptions, Topic};

/// How far a comparison is, all partitions together.
#[derive(Debug, Clone, Copy, Default)]
pub struct TopicProgress {
    /// Visible records taken from both sides.
    pub records: u64,
    pub bytes: u64,
    /// Offsets of both sides that are to be passed in all; markers and holes count.
    pub offsets: u64,
    pub offsets_done: u64,
    /// Records found different so far; not final.
    pub differences: u64,
}

/// What one more beat of a comparison adds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beat {
    pub records: u64,
    pub bytes: u64,
    pub offsets: u64,
    pub differences: u64,
}

/// Adds up what the partitions do, and says when to stop.
pub(super) struct TopicMeter<'a> {
    pub options: &'a TopicOptions,
    pub patience: &'a Patience,
    hear: &'a (dyn Fn(TopicProgress) + Sync),
    records: AtomicU64,
    bytes: AtomicU64,
    offsets: AtomicU64,
    offsets_done: AtomicU64,
    differences: AtomicU64,
}

impl<'a> TopicMeter<'a> {
    pub fn new(
        options: &'a TopicOptions,
        patience: &'a Patience,
        hear: &'a (dyn Fn(TopicProgress) + Sync),
    ) -> TopicMeter<'a> {
        let zero = || AtomicU64::new(0);
        TopicMeter {
            options,
            patience,
            hear,
            records: zero(),
            bytes: zero(),
            offsets: zero(),
            offsets_done: zero(),
            differences: zero(),
        }
    }

    /// One partition, to be read as these options say.
    pub fn open(&self, cluster: &Arc<Cluster>, topic: &Topic, partition: i32) -> PartitionReader {
        self.open_at(self.options.isolation, cluster, topic, partition)
    }

    /// One partition, to be read at another isolation.
    pub fn open_at(
        &self,
        isolation: Isolation,
        cluster: &Arc<Cluster>,
        topic: &Topic,
        partition: i32,
    ) -> PartitionReader {
        let options = ReadOptions::new(isolation, self.patience.clone());
        PartitionReader::new(Arc::clone(cluster), topic, partition, None, options)
    }

    /// These offsets will be passed.
    pub fn expect(&self, ranges: [&Range<i64>; 2]) {
        let length = |range: &Range<i64>| u64::try_from(range.end - range.start).unwrap_or(0);
        self.offsets.fetch_add(ranges.into_iter().map(length).sum(), Ordering::Relaxed);
    }

    pub fn beat(&self, beat: Beat) -> ControlFlow<()> {
        let add = |sum: &AtomicU64, more: u64| sum.fetch_add(more, Ordering::Relaxed) + more;
        let progress = TopicProgress {
            records: add(&self.records, beat.records),
            bytes: add(&self.bytes, beat.bytes),
            offsets: self.offsets.load(Ordering::Relaxed),
            offsets_done: add(&self.offsets_done, beat.offsets),
            differences: add(&self.differences, beat.differences),
        };
        (self.hear)(progress);
        let over = self.options.max_read.is_some_and(|most| progress.bytes > most);
        if over || self.patience.is_stopped() || self.patience.is_over() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// The same stream, heard by this meter and stopped by it.
    pub fn heard<S: RecordSource>(&self, stream: S, range: Range<i64>) -> impl RecordSource {
        Heard { meter: self, stream, at: range.start, end: range.end }
    }
}

struct Heard<'a, S> {
    meter: &'a TopicMeter<'a>,
    stream: S,
    at: i64,
    end: i64,
}

impl<S: RecordSource> RecordSource for Heard<'_, S> {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        let (mut beat, mut next) = (Beat::default(), self.at);
        let pull = self.stream.pull(&mut |image| {
            beat.records += 1;
            beat.bytes += image.size();
            next = image.offset + 1;
            each(image);
        })?;
        match pull {
            Pull::Some => {}
            Pull::UpTo(offset) => next = next.max(offset),
            Pull::End => next = self.end,
        }
        beat.offsets = u64::try_from(next - self.at).unwrap_or(0);
        self.at = next;
        if self.meter.beat(beat).is_break() && pull != Pull::End {
            return Err(ReadError::new(ReadErrorKind::Stopped, STOPPED));
        }
        Ok(pull)
    }
}

/// Why a comparison that was stopped covers only a part.
pub(super) const STOPPED: &str =
    "stopped before everything was read: interrupted, or out of time or read budget";
