use std::ops::Range;

use super::compaction::Compaction;
use super::spans::Spans;
use crate::ordered::{Alignment, Run};
use crate::source::{Bounds, PartitionLog, Pull, ReadError};
use crate::{Isolation, Tally};

/// Two partitions put together from some pair of offsets to their ends: answers every position in them
/// without reading the records again.
#[derive(Debug, Clone)]
pub struct Aligned {
    pub(super) alignment: Alignment,
    pub(super) source: Cut,
    pub(super) target: Cut,
    /// Where the comparison began on either side.
    pub(super) source_from: i64,
    pub(super) target_from: i64,
    /// Target records, at first of the target alone, that turned out to equal older source records.
    pub(super) late_copies: Vec<Run>,
    /// Copies that equal an older source record besides the one they were taken for. They bring one of the two:
    /// where that is finished it counts as repeated, but it makes up for no second one that is lost.
    pub(super) double_copies: Vec<Run>,
    /// Whether the records of the target alone, and the copies, have been compared with everything older.
    pub(super) extras_compared: bool,
    pub(super) copies_compared: bool,
    /// Whether what counts as pending has been looked for on the target before the comparison began.
    pub(super) pending_compared: bool,
    /// What compaction may have removed; `None`: the topic is not compacted.
    pub(super) compaction: Option<Compaction>,
    /// The last source record that has arrived.
    pub(super) frontier: Option<i64>,
    /// The timestamp of the first record the source still has, where it was needed.
    pub(super) oldest_timestamp: Option<i64>,
    /// Per run of the map: how many records are in the runs before it.
    before_run: Vec<i64>,
}

/// One side's cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub bounds: Bounds,
    pub isolation: Isolation,
}

impl Cut {
    /// # Errors
    /// The partition cannot be measured.
    pub fn of(log: &mut dyn PartitionLog) -> Result<Cut, ReadError> {
        Ok(Cut { bounds: log.bounds()?, isolation: log.isolation() })
    }

    pub fn log_start(&self) -> i64 {
        self.bounds.log_start
    }

    pub fn end(&self) -> i64 {
        self.bounds.end(self.isolation)
    }
}

impl Aligned {
    /// From a comparison that began at these offsets and went to the ends of the cuts.
    pub fn new(alignment: Alignment, source: Cut, source_from: i64, target: Cut, target_from: i64) -> Self {
        let mut records = 0;
        let before_run = alignment.map.runs().iter().map(|run| {
            records += run.length;
            records - run.length
        });
        let before_run = before_run.collect();
        let frontier = alignment.differences.frontier;
        Aligned {
            alignment,
            source,
            target,
            source_from,
            target_from,
            late_copies: Vec::new(),
            double_copies: Vec::new(),
            extras_compared: false,
            copies_compared: false,
            pending_compared: target_from == target.log_start(),
            compaction: None,
            frontier,
            oldest_timestamp: None,
            before_run,
        }
    }

    /// The last source record that has arrived.
    pub fn frontier(&self) -> Option<i64> {
        self.frontier
    }

    /// Whatever stands on the target besides the twins in order, and is known on the source: out of order, or
    /// again.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &Run> {
        let differences = &self.alignment.differences;
        differences.strays.iter().chain(&differences.copies).chain(&self.late_copies)
    }

    /// The source records that stand at or behind this target offset.
    pub(super) fn delivered(&self, from: i64) -> Spans {
        let in_order = match (self.alignment.map.at_or_after_target(from), self.frontier()) {
            (Some((first, _)), Some(frontier)) => Spans::one(first..frontier + 1).minus(&self.absent()),
            _ => Spans::default(),
        };
        in_order.union(&sources_from(self.elsewhere(), from))
    }

    pub(super) fn absent(&self) -> Spans {
        Spans::of(self.alignment.differences.absent.iter().map(|&(first, last)| first..last + 1))
    }

    /// Finished records that a reader at this target offset is given.
    pub(super) fn replayed(&self, committed: i64, from: i64) -> Spans {
        let double = sources_from(self.double_copies.iter(), from);
        self.delivered(from).union(&double).within(i64::MIN..committed)
    }

    /// Arrived records that a reader at this target offset is not given, though it has not finished them.
    pub(super) fn skipped(&self, committed: i64, from: i64) -> Spans {
        let Some(frontier) = self.frontier() else { return Spans::default() };
        // Between a commit and a comparison that begins behind it there is nothing visible.
        let lacking = Spans::one(committed.max(self.source_from)..frontier + 1).minus(&self.delivered(from));
        match &self.compaction {
            Some(compaction) if !lacking.ranges().is_empty() => lacking.minus(&compaction.covered(from)),
            _ => lacking,
        }
    }

    /// How many visible records these offsets hold.
    pub(super) fn count(&self, spans: &Spans) -> u64 {
        let mut count = 0;
        for range in spans.ranges() {
            // Before the comparison began only records found again are in any set.
            count += (range.end.min(self.source_from) - range.start).max(0);
            let inside = range.start.max(self.source_from)..range.end.max(self.source_from);
            count += self.in_order_before(inside.end) - self.in_order_before(inside.start);
            let absent = &self.alignment.differences.absent;
            let first = absent.partition_point(|span| span.1 < inside.start);
            let spans = absent[first..].iter().take_while(|span| span.0 < inside.end);
            count += spans.map(|span| (span.1 + 1).min(inside.end) - span.0.max(inside.start)).sum::<i64>();
        }
        count as u64
    }

    /// Twins in order before this source offset.
    fn in_order_before(&self, offset: i64) -> i64 {
        let runs = self.alignment.map.runs();
        match runs.partition_point(|run| run.source < offset).checked_sub(1) {
            Some(last) => self.before_run[last] + (offset - runs[last].source).min(runs[last].length),
            None => 0,
        }
    }

    /// The last visible source record before this offset, as far back as the comparison goes.
    pub(super) fn visible_before(&self, offset: i64) -> Option<i64> {
        let absent = &self.alignment.differences.absent;
        let absent = absent[..absent.partition_point(|span| span.0 < offset)].last();
        let absent = absent.map(|span| span.1.min(offset - 1));
        let in_order = self.alignment.map.before_source(offset).map(|pair| pair.0);
        absent.max(in_order)
    }

    /// Whether there are visible source records in `range`.
    pub(super) fn has_visible(&self, range: Range<i64>) -> bool {
        self.visible_before(range.end).is_some_and(|last| last >= range.start)
    }

    /// Visible source records at or behind `offset` that have not arrived.
    pub(super) fn pending(&self, offset: i64) -> u64 {
        let from = self.frontier().map_or(offset, |frontier| offset.max(frontier + 1));
        self.count(&Spans::one(from..i64::MAX))
    }

    /// Records of the target alone at or behind this offset, apart from those known to be copies.
    pub(super) fn extras_from(&self, offset: i64) -> &[crate::ordered::Extra] {
        let extras = &self.alignment.differences.extras;
        &extras[extras.partition_point(|extra| extra.offset < offset)..]
    }

    /// Whether the target has any visible record at or behind this offset.
    pub(super) fn target_has_from(&self, offset: i64) -> bool {
        self.alignment.map.at_or_after_target(offset).is_some()
            || self.elsewhere().any(|run| run.target + run.length > offset)
            || !self.extras_from(offset).is_empty()
    }

    /// Both sides are equal, record by record, from where the comparison began to their ends.
    pub(super) fn is_equal_throughout(&self) -> bool {
        let counts = &self.alignment.counts;
        counts.matched == counts.source_records
            && counts.matched == counts.target_records
            && counts.reordered == 0
    }

    /// How much these source records are; `log` is asked only for what the comparison did not sum up.
    ///
    /// # Errors
    /// The source could not be read.
    pub(super) fn size(&self, spans: &Spans, log: &mut dyn PartitionLog) -> Result<Tally, ReadError> {
        let mut sum = Tally::NOTHING;
        for range in spans.ranges() {
            let before = range.start..range.end.min(self.source_from);
            add_all(log, before, &mut sum)?;
            let (inside, open) = self.alignment.sizes.sum(range.start.max(self.source_from)..range.end);
            sum.merge(&inside);
            for part in open {
                add_all(log, part, &mut sum)?;
            }
        }
        Ok(sum)
    }

    /// First and last visible record among these offsets.
    pub(super) fn ends_of(&self, spans: &Spans) -> Option<(i64, i64)> {
        let visible = |range: &Range<i64>| {
            if range.start < self.source_from {
                return Some((range.start, range.end - 1));
            }
            let last = self.visible_before(range.end).filter(|last| *last >= range.start)?;
            let absent = &self.alignment.differences.absent;
            let absent = absent.get(absent.partition_point(|span| span.1 < range.start));
            let absent = absent.map(|span| span.0.max(range.start));
            let in_order = self.alignment.map.at_or_after_source(range.start).map(|pair| pair.0);
            let first = absent.into_iter().chain(in_order).min()?;
            Some((first, last))
        };
        let first = spans.ranges().iter().find_map(visible)?;
        let last = spans.ranges().iter().rev().find_map(visible)?;
        Some((first.0, last.1))
    }
}

/// The source records of which these runs hold copies at or behind a target offset.
fn sources_from<'a>(runs: impl Iterator<Item = &'a Run>, from: i64) -> Spans {
    Spans::of(runs.map(|run| {
        let passed = (from - run.target).clamp(0, run.length);
        run.source + passed..run.source + run.length
    }))
}

/// Adds every visible record of a range.
pub(super) fn add_all(
    log: &mut dyn PartitionLog,
    range: Range<i64>,
    sum: &mut Tally,
) -> Result<(), ReadError> {
    if range.is_empty() {
        return Ok(());
    }
    let mut stream = log.open(range.start, range.end)?;
    while stream.pull(&mut |image| sum.add_image(&image))? != Pull::End {}
    Ok(())
}
