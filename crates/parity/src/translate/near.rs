use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::aligned::Aligned;
use super::search::{self, Found};
use super::translator::{Open, Translator, on};
use super::{Anchor, Outcome, Translation, Why, limits};
use crate::ordered::{self, Alignment, Breakpoints, Ending, Progress, Side, align, print};
use crate::source::Limit;
use crate::{Fingerprint, Records};

impl Translator<'_> {
    /// A pair of offsets from which these points can be compared to the ends within the budget: not behind any
    /// of their commits, nor behind any target commit for which there is room. How many of the first points have
    /// no place on the target where one would expect it, and the pair for the others.
    pub fn start_of(&mut self, near: &[Open]) -> Result<(usize, Option<(i64, i64)>), Why> {
        let mut lost = 0;
        let (mut source, mut target) = loop {
            let Some(first) = near.get(lost) else { return Ok((lost, None)) };
            if let Some(start) = self.start_at(first.committed)? {
                break start;
            }
            let (source, target) = (self.source_cut.log_start(), self.target_cut.log_start());
            if self.estimate(source, target) <= self.left {
                return Ok((lost, Some((source, target))));
            }
            lost += near[lost..].partition_point(|open| open.committed == first.committed);
        };
        let near = &near[lost..];
        let mut commits: Vec<i64> = near.iter().filter_map(|open| open.usable(&self.target_cut)).collect();
        commits.sort_unstable();
        for at in commits {
            let further = (target - at).max(0);
            if further == 0 || self.estimate(source, target) + 2 * self.bytes_of(further) > self.left {
                continue;
            }
            let shift = target - source;
            let found = self.source_of(at, shift)?;
            // Not found: as far back on the source as on the target, and the comparison will tell.
            let from = found.map_or(at - shift, |found| found.0);
            source = source.min(from).max(self.source_cut.log_start());
            target = target.min(at);
            break;
        }
        Ok((lost, Some((source, target))))
    }

    /// The earliest pair around a commit.
    fn start_at(&mut self, committed: i64) -> Result<Option<(i64, i64)>, Why> {
        let boundary = self.boundary(committed)?;
        let (mut records, mut pivot) = (boundary.records, boundary.before);
        let mut prints = self.prints(&records);
        let mut found = self.find_on_target(&records, &prints, pivot)?;
        if found.as_ref().is_some_and(|found| !found.alone) || has_repeats(&prints) {
            // Identical neighbours: their order numbers count, from the nearest record that is like no other.
            if let Some((earlier, at)) = self.distinct_before(&records)? {
                (records, pivot) = (earlier, at);
                prints = self.prints(&records);
                found = self.find_on_target(&records, &prints, pivot)?;
            }
        }
        let Some(found) = found else { return Ok(None) };
        let &(index, mut target) = found.pairs.first().expect("a stretch has records");
        // The comparison begins at the first of these records, whether or not it was found.
        let earliest = records.first().expect("something was found").offset;
        let matched = records.get(index).expect("found among these");
        // The same records may stand there earlier, if a block is repeated.
        let ignore = &self.options.ignore;
        let again = search::by_timestamp(self.target, ignore, &prints, pivot, matched.timestamp);
        if let Some(again) = again.map_err(on(Side::Target))? {
            let first = again.pairs[0].1;
            if first < target && self.estimate(earliest, first) <= self.left {
                target = first;
            }
        }
        Ok(Some((earliest, target)))
    }

    /// The last record before these that is unlike all that follow it up to their end, with its neighbours, and
    /// its index among them.
    fn distinct_before(&mut self, records: &Records) -> Result<Option<(Records, usize)>, Why> {
        let Some(first) = records.first().map(|image| image.offset) else { return Ok(None) };
        for count in [limits::PROBE_RECORDS, limits::SEARCH_RECORDS] {
            let before = self.source.before(first, count).map_err(on(Side::Source))?.records;
            let all: Records = before.iter().chain(records.iter()).collect();
            let prints = self.prints(&all);
            let mut times: HashMap<Fingerprint, u32> = HashMap::new();
            prints.iter().for_each(|print| *times.entry(*print).or_default() += 1);
            if let Some(at) = (0..before.len()).rev().find(|&at| times[&prints[at]] == 1) {
                let from = at.saturating_sub(limits::CONTEXT);
                let around = all.iter().skip(from).take(at - from + limits::CONTEXT).collect();
                return Ok(Some((around, at - from)));
            }
        }
        Ok(None)
    }

    /// Where these source records stand on the target.
    pub fn find_on_target(
        &mut self,
        records: &Records,
        prints: &[Fingerprint],
        pivot: usize,
    ) -> Result<Option<Found>, Why> {
        let edge = pivot.min(records.len().saturating_sub(1));
        let Some(image) = records.get(edge) else { return Ok(None) };
        let (offset, timestamp) = (image.offset, image.timestamp);
        let guesses = self.guesses(offset);
        let ignore = &self.options.ignore;
        let around = search::around(self.target, ignore, prints, pivot, guesses);
        let mut found = around.map_err(on(Side::Target))?;
        if found.is_none() {
            let by_time = search::by_timestamp(self.target, ignore, prints, pivot, timestamp);
            found = by_time.map_err(on(Side::Target))?;
        }
        if let Some(found) = &found {
            let &(index, target) = &found.pairs[0];
            let source = records.get(index).expect("found among these").offset;
            self.anchors.push(Anchor { source, target });
        }
        Ok(found)
    }

    /// Target offsets at which the twin of a source offset may be, likeliest first.
    fn guesses(&self, source: i64) -> Vec<i64> {
        let before = self.anchors.iter().filter(|anchor| anchor.source <= source).max_by_key(|a| a.source);
        let behind = self.anchors.iter().filter(|anchor| anchor.source > source).min_by_key(|a| a.source);
        let mut nearest: Vec<&Anchor> = before.into_iter().chain(behind).collect();
        nearest.sort_by_key(|anchor| anchor.source.abs_diff(source));
        let ends = Anchor { source: self.source_cut.end(), target: self.target_cut.end() };
        let starts = Anchor { source: self.source_cut.log_start(), target: self.target_cut.log_start() };
        let same = Anchor { source: 0, target: 0 };
        let all = nearest.into_iter().chain([&ends, &same, &starts]);
        all.map(|anchor| anchor.target + (source - anchor.source)).collect()
    }

    /// The source record that a target record is a twin of, as `(source, target)`: the first visible one at or
    /// behind `at` that is found where offsets have this distance, or by timestamp.
    pub fn source_of(&mut self, at: i64, shift: i64) -> Result<Option<(i64, i64)>, Why> {
        let window = self.target.read(at, Limit::records(limits::CONTEXT)).map_err(on(Side::Target))?;
        let Some(first) = window.records.first() else { return Ok(None) };
        let (offset, timestamp) = (first.offset, first.timestamp);
        let ignore = &self.options.ignore;
        let mut bytes = Vec::new();
        let prints: Vec<_> = window.records.iter().map(|image| print(&image, ignore, &mut bytes)).collect();
        let near = search::around(self.source, ignore, &prints, 0, [offset - shift]);
        let mut found = near.map_err(on(Side::Source))?;
        if found.is_none() {
            let by_time = search::by_timestamp(self.source, ignore, &prints, 0, timestamp);
            found = by_time.map_err(on(Side::Source))?;
        }
        Ok(found.map(|found| (found.pairs[0].1, offset)))
    }

    /// Compares both sides from these offsets to their ends, for these points.
    pub fn align_near(&mut self, near: &[Open], source: i64, target: i64) -> Result<Aligned, Why> {
        let mut aligned = self.align_to_ends(near, source, target)?;
        let (first, first_target) = (self.source_cut.log_start(), self.target_cut.log_start());
        let more = source > first || target > first_target;
        if !aligned.is_anchored() && more && self.estimate(first, first_target) <= self.left {
            // Identical records all the way: only the beginnings tell which is which.
            aligned = self.align_to_ends(near, first, first_target)?;
        }
        self.compare_surplus(&mut aligned, near)?;
        if self.options.compacted {
            self.compare_compaction(&mut aligned, near)?;
        }
        Ok(aligned)
    }

    fn align_to_ends(&mut self, near: &[Open], source: i64, target: i64) -> Result<Aligned, Why> {
        let (source_end, target_end) = (self.source_cut.end(), self.target_cut.end());
        let alignment = self.align(near, source..source_end, target..target_end)?;
        let mut aligned = Aligned::new(alignment, self.source_cut, source, self.target_cut, target);
        if self.options.compacted {
            // What looks altered there may be another version of the key: only a twin shows that a record has arrived.
            let twins = aligned.alignment.map.last().map(|pair| pair.0);
            let elsewhere = aligned.elsewhere().map(|run| run.source + run.length - 1).max();
            aligned.set_frontier(twins.max(elsewhere));
        }
        Ok(aligned)
    }

    /// Compares two ranges, with sums for these points.
    pub fn align(
        &mut self,
        points: &[Open],
        source: std::ops::Range<i64>,
        target: std::ops::Range<i64>,
    ) -> Result<Alignment, Why> {
        let estimate = self.bytes_of(source.end - source.start) + self.bytes_of(target.end - target.start);
        let most = (estimate * limits::OVERRUN).max(self.options.whole_bytes);
        let options = ordered::Options {
            ignore: self.options.ignore.clone(),
            window_records: self.options.window_records,
            window_bytes: self.options.window_bytes,
            findings: 0,
            map_runs: limits::MAP_RUNS,
            evidence: false,
            breakpoints: Some(Breakpoints {
                source: points.iter().map(|open| open.committed).collect(),
                target: points.iter().filter_map(|open| open.target_committed).collect(),
            }),
            ..ordered::Options::default()
        };
        let mut read = 0;
        let mut pulse = |progress: &Progress| {
            read = progress.bytes;
            if progress.bytes > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let alignment = align(self.source, source, self.target, target, &options, &mut pulse);
        self.left = self.left.saturating_sub(estimate.max(read));
        let unproved = |detail: String| Err(Why::TailUnproved { detail });
        match &alignment.ending {
            Ending::Complete => Ok(alignment),
            Ending::Failed { side, error } => Err(on(*side)(error.clone())),
            Ending::Stopped => Err(Why::OverBudget { needed: most, budget: self.options.read_bytes }),
            Ending::Diverged { source, target } => {
                unproved(format!("nothing in common behind source offset {source}, target offset {target}"))
            }
        }
    }

    /// A target commit further back than the comparison went: what lies between is measured on its own.
    pub fn judge_outside(&mut self, aligned: &Aligned, point: &Open, at: i64) -> Translation {
        let from = aligned.target_from;
        let answer = aligned.judge(point.committed, Some(from), Some(self.source));
        if !matches!(answer.outcome, Outcome::Exact | Outcome::Replay) {
            return answer;
        }
        let Some(place) = answer.exact_target else { return answer };
        let known = (aligned, aligned.replayed(point.committed, from));
        let measured = self.measure_before(point, at, from, from - aligned.source_from, place, Some(known));
        match measured.why {
            // Nothing finished is known to come again behind, and what lies between was not read.
            Some(why) if answer.outcome == Outcome::Exact => {
                Translation::because(Outcome::Ambiguous, Some(place), why)
            }
            _ => measured,
        }
    }
}

fn has_repeats(prints: &[Fingerprint]) -> bool {
    let mut seen = HashSet::new();
    !prints.iter().all(|print| seen.insert(*print))
}
