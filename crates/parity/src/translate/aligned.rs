use std::ops::Range;
use std::sync::OnceLock;

use super::compaction::Compaction;
use super::elsewhere::{Elsewhere, Parts};
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
    late_copies: Vec<Run>,
    /// Copies that equal an older source record besides the one they were taken for. They bring one of the two:
    /// where that is finished it counts as repeated, but it makes up for no second one that is lost.
    double_copies: Vec<Run>,
    /// Whether the records of the target alone, and the copies, have been compared with everything older.
    pub(super) extras_compared: bool,
    pub(super) copies_compared: bool,
    /// Whether what counts as pending has been looked for on the target before the comparison began.
    pub(super) pending_compared: bool,
    /// What compaction may have removed; `None`: the topic is not compacted.
    pub(super) compaction: Option<Compaction>,
    /// The last source record that has arrived.
    frontier: Option<i64>,
    /// The timestamp of the first record the source still has, where it was needed.
    oldest_timestamp: Option<i64>,
    /// Per run of the map: how many records are in the runs before it.
    before_run: Vec<i64>,
    /// Per span of absent records: how many are in the spans before it.
    before_absent: Vec<i64>,
    /// Made when a point is first asked for, and anew when more is known.
    index: OnceLock<Elsewhere>,
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
        let before_run = sums_before(alignment.map.runs().iter().map(|run| run.length));
        let before_absent = sums_before(alignment.differences.absent.iter().map(|span| span.1 + 1 - span.0));
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
            before_absent,
            index: OnceLock::new(),
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

    /// The same, put in order.
    pub(super) fn index(&self) -> &Elsewhere {
        let differences = &self.alignment.differences;
        self.index.get_or_init(|| {
            Elsewhere::of(&Parts {
                map: &self.alignment.map,
                source_from: self.source_from,
                frontier: self.frontier,
                absent: &differences.absent,
                strays: &differences.strays,
                copies: &differences.copies,
                late_copies: &self.late_copies,
                double_copies: &self.double_copies,
                extras: &differences.extras,
                oldest_timestamp: self.oldest_timestamp,
            })
        })
    }

    pub(super) fn add_late_copies(&mut self, runs: Vec<Run>) {
        self.late_copies.extend(runs);
        self.index.take();
    }

    pub(super) fn add_double_copies(&mut self, runs: Vec<Run>) {
        self.double_copies.extend(runs);
        self.index.take();
    }

    pub(super) fn set_frontier(&mut self, frontier: Option<i64>) {
        self.frontier = frontier;
        self.index.take();
    }

    pub(super) fn set_oldest_timestamp(&mut self, oldest: Option<i64>) {
        self.oldest_timestamp = oldest;
        self.index.take();
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

    /// How many records are in `replayed`, without putting them together.
    pub(super) fn replays(&self, committed: i64, from: i64) -> u64 {
        let index = self.index();
        let (counted, absent) = (&index.counted_with_doubles, &index.absent_with_doubles);
        let in_order = match (self.alignment.map.at_or_after_target(from), self.frontier()) {
            (Some((first, _)), Some(frontier)) => first..committed.min(frontier + 1),
            _ => committed..committed,
        };
        if in_order.is_empty() {
            return counted.standing(0..committed, from) as u64;
        }
        let twins = self.in_order_before(in_order.end) - self.in_order_before(in_order.start);
        let again = counted.standing(0..in_order.start, from)
            + absent.standing(in_order.clone(), from)
            + counted.standing(in_order.end..committed, from);
        (twins + again) as u64
    }

    /// How many records are in `skipped`, without putting them together.
    pub(super) fn skips(&self, committed: i64, from: i64) -> u64 {
        let Some(frontier) = self.frontier() else { return 0 };
        let lacking = committed.max(self.source_from)..frontier + 1;
        if lacking.is_empty() {
            return 0;
        }
        let first = self.alignment.map.at_or_after_target(from).map_or(lacking.end, |pair| pair.0);
        let first = first.clamp(lacking.start, lacking.end);
        let before = self.count_in(lacking.start..first);
        let behind = self.absent_before(lacking.end) - self.absent_before(first);
        if before + behind == 0 {
            return 0;
        }
        let index = self.index();
        let skips = before + behind
            - index.counted.standing(lacking.start..first, from)
            - index.absent.standing(first..lacking.end, from);
        match &self.compaction {
            Some(_) if skips > 0 => self.count(&self.skipped(committed, from)),
            _ => skips as u64,
        }
    }

    /// Whether something at or behind this commit is lost to a reader at any target offset: it has arrived nowhere.
    pub(super) fn loses_anywhere(&self, committed: i64) -> bool {
        match &self.compaction {
            Some(_) => self.skips(committed, 0) > 0,
            None => self.index().lost_from(committed),
        }
    }

    /// How many visible records these offsets hold.
    pub(super) fn count(&self, spans: &Spans) -> u64 {
        spans.ranges().iter().map(|range| self.count_in(range.clone())).sum::<i64>() as u64
    }

    fn count_in(&self, range: Range<i64>) -> i64 {
        if range.is_empty() {
            return 0;
        }
        // Before the comparison began only records found again are in any set.
        let before = (range.end.min(self.source_from) - range.start).max(0);
        let (start, end) = (range.start.max(self.source_from), range.end.max(self.source_from));
        let in_order = self.in_order_before(end) - self.in_order_before(start);
        before + in_order + self.absent_before(end) - self.absent_before(start)
    }

    /// Twins in order before this source offset.
    fn in_order_before(&self, offset: i64) -> i64 {
        let runs = self.alignment.map.runs();
        match runs.partition_point(|run| run.source < offset).checked_sub(1) {
            Some(last) => self.before_run[last] + (offset - runs[last].source).min(runs[last].length),
            None => 0,
        }
    }

    /// Records without a twin in order before this source offset.
    fn absent_before(&self, offset: i64) -> i64 {
        let absent = &self.alignment.differences.absent;
        match absent.partition_point(|span| span.0 < offset).checked_sub(1) {
            Some(at) => self.before_absent[at] + (offset - absent[at].0).min(absent[at].1 + 1 - absent[at].0),
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
        match self.frontier() {
            Some(frontier) if offset <= frontier => self.index().pending,
            _ => self.count_in(offset..i64::MAX) as u64,
        }
    }

    /// Records of the target alone at or behind this offset, apart from those known to be copies.
    pub(super) fn extras_from(&self, offset: i64) -> &[crate::ordered::Extra] {
        let extras = &self.alignment.differences.extras;
        &extras[extras.partition_point(|extra| extra.offset < offset)..]
    }

    /// Whether the target has any visible record at or behind this offset.
    pub(super) fn target_has_from(&self, offset: i64) -> bool {
        self.alignment.map.at_or_after_target(offset).is_some()
            || self.index().reaches(offset)
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

/// Per length the sum of those before it.
fn sums_before(lengths: impl Iterator<Item = i64>) -> Vec<i64> {
    let sums = lengths.scan(0, |sum, length| {
        *sum += length;
        Some(*sum - length)
    });
    sums.collect()
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
