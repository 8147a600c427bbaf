use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parity::ordered::Side;
use parity::{PartitionLog, ReadError, WithUndecided};

use super::pair::Pair;
use super::topic_meter::TopicMeter;
use crate::{Cluster, Ends, Isolation, LeftOut, PartitionReader, Topic, TopicPartition};

/// Ends are measured anew for a partition whose turn comes later than this: what was written meanwhile belongs to what is
/// compared, and a target that is being copied to has come further.
const NOT_LONG: Duration = Duration::from_secs(1);

/// One partition to be compared.
pub(super) struct Job<'a> {
    pub source: &'a Arc<Cluster>,
    pub target: &'a Arc<Cluster>,
    pub pair: &'a Pair,
    pub partition: i32,
    /// The source's ends when everything began: the cut of the comparison.
    pub cut: Ends,
    /// The target's ends, measured before these.
    pub theirs: Ends,
    /// When both were measured.
    pub measured: Instant,
    /// Offsets of both sides to be passed, as measured then.
    pub offsets: u64,
    /// And those passed already.
    pub passed: AtomicU64,
}

impl Job<'_> {
    pub fn topic_partition(&self) -> TopicPartition {
        TopicPartition::new(&self.pair.name, self.partition)
    }

    fn source(&self) -> (&Arc<Cluster>, &Topic) {
        (self.source, &self.pair.source)
    }

    /// The source as it was when everything began.
    pub fn at_cut(&self, meter: &TopicMeter<'_>) -> PartitionReader {
        let isolation = meter.options.isolation;
        meter.open_at(isolation, Some(self.cut), Side::Source, self.source(), self.partition)
    }

    pub fn on_source(&self, meter: &TopicMeter<'_>) -> PartitionReader {
        meter.open(Side::Source, self.source(), self.partition)
    }

    pub fn on_target(&self, meter: &TopicMeter<'_>) -> PartitionReader {
        meter
            .open(Side::Target, (self.target, &self.pair.target), self.partition)
            .without(self.left_out(meter))
    }

    /// Both sides as they were when everything began, if that is not long ago: to be used together, the target then holds
    /// nothing that the source did not have.
    pub fn as_begun(&self, meter: &TopicMeter<'_>) -> Option<PartitionReader> {
        let side = (self.target, &self.pair.target);
        let isolation = meter.options.isolation;
        (self.measured.elapsed() < NOT_LONG)
            .then(|| meter.open_at(isolation, Some(self.theirs), Side::Target, side, self.partition))
            .map(|reader| reader.without(self.left_out(meter)))
    }

    /// What of the target is no part of the copy.
    pub fn left_out(&self, meter: &TopicMeter<'_>) -> LeftOut {
        if self.pair.is_compacted() {
            return LeftOut::default();
        }
        LeftOut::of(&meter.options.without, &self.topic_partition())
    }

    /// The source as it was when everything began, with what open transactions had written.
    pub fn all_of_cut(&self, meter: &TopicMeter<'_>) -> Result<Box<dyn PartitionLog>, ReadError> {
        self.with_undecided(self.at_cut(meter), Some(self.cut), meter)
    }

    /// The source as it is now, with what open transactions have written: the target may have copies of it.
    pub fn all_of_source(&self, meter: &TopicMeter<'_>) -> Result<Box<dyn PartitionLog>, ReadError> {
        self.with_undecided(self.on_source(meter), None, meter)
    }

    fn with_undecided(
        &self,
        mut decided: PartitionReader,
        cut: Option<Ends>,
        meter: &TopicMeter<'_>,
    ) -> Result<Box<dyn PartitionLog>, ReadError> {
        let bounds = decided.bounds()?;
        if bounds.end(decided.isolation()) == bounds.high_watermark {
            return Ok(Box::new(decided));
        }
        let uncommitted = Isolation::ReadUncommitted;
        let everything = meter.open_at(uncommitted, cut, Side::Source, self.source(), self.partition);
        Ok(Box::new(WithUndecided::new(decided, everything)?))
    }

    /// Offsets passed of those to be passed. What was written since is not among the latter.
    pub fn passed(&self, is_whole: bool) -> (u64, u64) {
        let passed = self.passed.load(Ordering::Relaxed).min(self.offsets);
        (if is_whole { self.offsets } else { passed }, self.offsets)
    }
}
