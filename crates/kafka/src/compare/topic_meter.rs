use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parity::ordered::Side;
use parity::{Image, Pull, ReadError, ReadErrorKind, RecordSource};

use super::{TopicFinding, TopicOptions};
use crate::{Cluster, Ends, Isolation, PartitionReader, Patience, ReadBudget, ReadOptions, Topic};

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

/// Reads of a limited rate are split at least so far, so that the rate holds over short times as well.
const FETCHES_PER_SECOND: u64 = 8;
/// Findings kept of all partitions together, so that many partitions that differ everywhere do not hold more memory than
/// a few: about 20 MB.
const FINDINGS: usize = 200_000;
/// Smaller fetches cost more than they spare.
const LEAST_FETCH: u64 = 16 * 1024;

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
    /// Of the source, then of the target.
    budgets: [Arc<ReadBudget>; 2],
    hear: &'a (dyn Fn(TopicProgress) + Sync),
    records: AtomicU64,
    bytes: AtomicU64,
    offsets: AtomicU64,
    offsets_done: AtomicU64,
    differences: AtomicU64,
    /// Findings there is still room for.
    room: AtomicUsize,
}

impl<'a> TopicMeter<'a> {
    pub fn new(
        options: &'a TopicOptions,
        patience: &'a Patience,
        offsets: u64,
        hear: &'a (dyn Fn(TopicProgress) + Sync),
    ) -> TopicMeter<'a> {
        let zero = || AtomicU64::new(0);
        TopicMeter {
            options,
            patience,
            budgets: [(); 2].map(|()| Arc::new(ReadBudget::new(options.rate, None))),
            hear,
            records: zero(),
            bytes: zero(),
            offsets: AtomicU64::new(offsets),
            offsets_done: zero(),
            differences: zero(),
            room: AtomicUsize::new(FINDINGS),
        }
    }

    /// One partition, to be read as these options say.
    pub fn open(&self, side: Side, of: (&Arc<Cluster>, &Topic), partition: i32) -> PartitionReader {
        self.open_at(self.options.isolation, None, side, of, partition)
    }

    /// One partition, to be read at another isolation, or at a cut that was measured before.
    pub fn open_at(
        &self,
        isolation: Isolation,
        cut: Option<Ends>,
        side: Side,
        (cluster, topic): (&Arc<Cluster>, &Topic),
        partition: i32,
    ) -> PartitionReader {
        let usual = ReadOptions::new(isolation, self.patience.clone());
        // A part of a second's worth at a time: a slow reading is not one of bursts.
        let slow = self.options.rate.map_or(u64::MAX, |rate| rate / FETCHES_PER_SECOND).max(LEAST_FETCH);
        let options = ReadOptions {
            budget: Arc::clone(&self.budgets[side as usize]),
            stream_bytes: usual.stream_bytes.min(u32::try_from(slow).unwrap_or(u32::MAX)),
            ..usual
        };
        PartitionReader::new(Arc::clone(cluster), topic, partition, cut, options)
    }

    /// Why nothing more may be read, if so.
    pub fn over(&self) -> Option<String> {
        let used: u64 = self.budgets.iter().map(|budget| budget.used()).sum();
        match self.options.max_read {
            _ if self.patience.is_stopped() => Some("interrupted".to_owned()),
            _ if self.patience.is_over() => Some("out of time".to_owned()),
            Some(most) if used >= most => Some(format!("the read budget of {most} bytes is spent")),
            _ => None,
        }
    }

    /// Keeps as many findings of a partition as there is room for, and says how many were left out.
    pub fn keep(&self, findings: &mut Vec<TopicFinding>) -> u64 {
        let found = findings.len();
        let take = |room: usize| Some(room - room.min(found));
        let room = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(0);
        findings.truncate(room);
        findings.shrink_to_fit();
        (found - findings.len()) as u64
    }

    /// So many offsets more than was thought at first will be passed.
    pub fn expect_more(&self, offsets: u64) {
        self.offsets.fetch_add(offsets, Ordering::Relaxed);
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
        if self.over().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The same stream, heard by this meter and stopped by it.
    pub fn heard<'b, S: RecordSource>(
        &'b self,
        stream: S,
        range: Range<i64>,
        passed: &'b AtomicU64,
    ) -> Heard<'b, S> {
        Heard { meter: self, stream, at: range.start, end: range.end, passed }
    }
}

/// A stream that a meter hears, and stops.
pub(super) struct Heard<'a, S> {
    meter: &'a TopicMeter<'a>,
    stream: S,
    at: i64,
    end: i64,
    passed: &'a AtomicU64,
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
        self.passed.fetch_add(beat.offsets, Ordering::Relaxed);
        self.at = next;
        if self.meter.beat(beat).is_break() && pull != Pull::End {
            let why = self.meter.over().unwrap_or_default();
            return Err(ReadError::new(ReadErrorKind::Stopped, why));
        }
        Ok(pull)
    }
}

/// The length of a range of offsets.
pub(super) fn length(range: &Range<i64>) -> u64 {
    u64::try_from(range.end - range.start).unwrap_or(0)
}
