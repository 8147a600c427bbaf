use std::collections::HashMap;
use std::ops::Range;

use super::Why;
use super::aligned::Aligned;
use super::limits;
use super::spans::Spans;
use super::translator::{Open, Translator, on};
use crate::Fingerprint;
use crate::ordered::{Run, Side, print};
use crate::source::{PartitionLog, Pull, ReadError};

impl Translator<'_> {
    /// Finds out whether target records that are no twins equal finished records older than the ones they were
    /// taken for, or older than what was compared; as far as the budget goes. The points are sorted by commit.
    pub(super) fn compare_surplus(&mut self, aligned: &mut Aligned, near: &[Open]) -> Result<(), Why> {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { return Ok(()) };
        // From the first offset any of these groups will read.
        let commits = near.iter().filter_map(|open| open.usable(&self.target_cut));
        let from = aligned.place(first.committed).ok().into_iter().chain(commits).min();
        let from = from.unwrap_or(aligned.target_from);
        self.compare_extras(aligned, from, last.committed)?;
        self.compare_copies(aligned, first.committed, last.committed)?;
        self.compare_pending(aligned)
    }

    /// What counts as pending may have arrived early, before the place on the target where the comparison began:
    /// then it has arrived, and everything pending before it is lost.
    fn compare_pending(&mut self, aligned: &mut Aligned) -> Result<(), Why> {
        let pending = aligned.frontier().map_or(aligned.source_from, |frontier| frontier + 1);
        let pending = Spans::one(pending..self.source_cut.end());
        let size = aligned.size(&pending, self.source).map_err(on(Side::Source))?;
        let Some((earliest, _)) = size.timestamps.filter(|_| !aligned.pending_compared) else {
            aligned.pending_compared = true;
            return Ok(());
        };
        let mut before = self.target_cut.log_start()..aligned.target_from;
        if !self.options.ignore.timestamp {
            let found = self.target.offset_for_timestamp(earliest).map_err(on(Side::Target))?;
            before.start = found.unwrap_or(before.end).clamp(before.start, before.end);
        }
        if before.is_empty() {
            aligned.pending_compared = true;
            return Ok(());
        }
        let too_many = before.end - before.start > limits::FINISHED_KEPT;
        if too_many || !self.afford(&before) || !pending.ranges().iter().all(|range| self.afford(range)) {
            return Ok(());
        }
        let mut early: HashMap<Fingerprint, i64> = HashMap::new();
        let ignore = &self.options.ignore;
        let mut bytes = Vec::new();
        let mut each = |image: crate::Image<'_>| {
            early.insert(print(&image, ignore, &mut bytes), image.offset);
        };
        read_all(self.target, before, &mut each).map_err(on(Side::Target))?;
        let mut arrived: Vec<Run> = Vec::new();
        for range in pending.ranges() {
            self.each_print(range.clone(), &mut |offset, fingerprint| {
                if let Some(&target) = early.get(&fingerprint) {
                    arrived.push(Run { source: offset, target, length: 1 });
                }
            })?;
        }
        aligned.set_frontier(arrived.last().map(|run| run.source).max(aligned.frontier()));
        aligned.add_late_copies(arrived);
        aligned.pending_compared = true;
        Ok(())
    }

    /// The records of the target alone, with every source record before `committed`.
    fn compare_extras(&mut self, aligned: &mut Aligned, from: i64, committed: i64) -> Result<(), Why> {
        let extras = aligned.extras_from(from);
        let Some(earliest) = extras.iter().map(|extra| extra.timestamp).min() else {
            aligned.extras_compared = true;
            return Ok(());
        };
        let mut wanted: HashMap<Fingerprint, Vec<i64>> = HashMap::new();
        for extra in extras {
            wanted.entry(extra.fingerprint).or_default().push(extra.offset);
        }
        let range = self.source_log_from(earliest, committed)?;
        let Some(range) = range.filter(|range| self.afford(range)) else { return Ok(()) };
        let mut late = Vec::new();
        self.each_print(range, &mut |offset, fingerprint| {
            // The first equal one counts: it is finished for most points.
            for target in wanted.remove(&fingerprint).unwrap_or_default() {
                late.push(Run { source: offset, target, length: 1 });
            }
        })?;
        aligned.add_late_copies(late);
        if self.source_cut.log_start() > 0 {
            aligned.set_oldest_timestamp(self.oldest_timestamp()?);
        }
        aligned.extras_compared = true;
        Ok(())
    }

    /// Copies of records that are not finished: the same image may stand among the finished ones as well.
    fn compare_copies(&mut self, aligned: &mut Aligned, first: i64, last: i64) -> Result<(), Why> {
        let runs = || aligned.alignment.differences.copies.iter();
        let copied = Spans::of(runs().map(|run| run.source..run.source + run.length)).within(first..i64::MAX);
        if copied.ranges().is_empty() {
            aligned.copies_compared = true;
            return Ok(());
        }
        let size = aligned.size(&copied, self.source).map_err(on(Side::Source))?;
        let earliest = size.timestamps.map_or(i64::MAX, |(earliest, _)| earliest);
        let Some(finished) = self.source_log_from(earliest, last)? else { return Ok(()) };
        if finished.is_empty() {
            // All that is finished is older than all that is repeated.
            aligned.copies_compared = true;
            return Ok(());
        }
        let too_many = finished.end - finished.start > limits::FINISHED_KEPT;
        if too_many || !self.afford(&finished) || !copied.ranges().iter().all(|range| self.afford(range)) {
            return Ok(());
        }
        let mut stands_first: HashMap<Fingerprint, i64> = HashMap::new();
        self.each_print(finished, &mut |offset, fingerprint| {
            stands_first.entry(fingerprint).or_insert(offset);
        })?;
        let mut late = Vec::new();
        for range in copied.ranges() {
            self.each_print(range.clone(), &mut |offset, fingerprint| {
                let Some(&source) = stands_first.get(&fingerprint).filter(|first| **first < offset) else {
                    return;
                };
                let copies = runs().filter(|run| (run.source..run.source + run.length).contains(&offset));
                late.extend(copies.map(|run| Run {
                    source,
                    target: run.target + offset - run.source,
                    length: 1,
                }));
            })?;
        }
        aligned.add_double_copies(late);
        aligned.copies_compared = true;
        Ok(())
    }

    /// The part of the source before `committed` in which records with this timestamp or a later one can stand.
    fn source_log_from(&mut self, timestamp: i64, committed: i64) -> Result<Option<Range<i64>>, Why> {
        let log_start = self.source_cut.log_start();
        if self.options.ignore.timestamp {
            return Ok(Some(log_start..committed));
        }
        let found = self.source.offset_for_timestamp(timestamp).map_err(on(Side::Source))?;
        Ok(Some(found.unwrap_or(committed).clamp(log_start, committed)..committed))
    }

    /// The timestamp of the first record the source still has; `None` where timestamps say nothing.
    fn oldest_timestamp(&mut self) -> Result<Option<i64>, Why> {
        let mut at = self.source_cut.log_start();
        while at < self.source_cut.end() && !self.options.ignore.timestamp {
            let window = self.source.read(at, crate::Limit::records(1)).map_err(on(Side::Source))?;
            if let Some(first) = window.records.first() {
                return Ok(Some(first.timestamp));
            }
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        Ok(None)
    }

    /// Takes the reading of a range out of the budget, if it is in it.
    pub(super) fn afford(&mut self, range: &Range<i64>) -> bool {
        let cost = self.bytes_of(range.end - range.start);
        let affordable = cost <= self.left;
        if affordable {
            self.left -= cost;
        }
        affordable
    }

    fn each_print(&mut self, range: Range<i64>, each: &mut dyn FnMut(i64, Fingerprint)) -> Result<(), Why> {
        let ignore = &self.options.ignore;
        let mut bytes = Vec::new();
        read_all(self.source, range, &mut |image| each(image.offset, print(&image, ignore, &mut bytes)))
            .map_err(on(Side::Source))
    }
}

pub(super) fn read_all(
    log: &mut dyn PartitionLog,
    range: Range<i64>,
    each: &mut dyn FnMut(crate::Image<'_>),
) -> Result<(), ReadError> {
    if range.is_empty() {
        return Ok(());
    }
    let mut stream = log.open(range.start, range.end)?;
    while stream.pull(each)? != Pull::End {}
    Ok(())
}
