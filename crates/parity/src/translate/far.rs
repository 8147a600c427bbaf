use std::collections::HashMap;

use super::aligned::Aligned;
use super::boundary::Boundary;
use super::search::Found;
use super::spans::Spans;
use super::translator::{Open, Translator, on};
use super::{Outcome, Proof, Translation, Why, limits};
use crate::ordered::{Side, print};
use crate::source::{Limit, PartitionLog, ReadError};
use crate::{Ignore, Records, Tally};

/// Distances of offsets checked across a tail, shared by all points of a partition: `(source offset, distance)`
/// and whether it holds there.
#[derive(Debug, Default)]
pub(super) struct Samples(HashMap<(i64, i64), bool>);

impl Translator<'_> {
    /// A point whose tail is too long to be compared, or whose place was not found by comparing.
    pub fn judge_far(&mut self, aligned: Option<&Aligned>, point: &Open) -> Translation {
        let answer = self.judge_by_place(aligned, point);
        answer.unwrap_or_else(|why| Translation::because(Outcome::Unprovable, None, why))
    }

    fn judge_by_place(&mut self, aligned: Option<&Aligned>, point: &Open) -> Result<Translation, Why> {
        let (boundary, found) = match self.last_place.take() {
            Some((committed, boundary, found)) if committed == point.committed => (boundary, found),
            _ => {
                let boundary = self.boundary(point.committed)?;
                let prints = self.prints(&boundary.records);
                let found = self.find_on_target(&boundary.records, &prints, boundary.before)?;
                (boundary, found)
            }
        };
        self.last_place = Some((point.committed, boundary.clone(), found.clone()));
        let Some(found) = found else {
            let why = self.why_not_found(&boundary)?;
            let untranslated = point.usable(&self.target_cut).is_none();
            let outcome = if untranslated { Outcome::Untranslated } else { Outcome::Unprovable };
            return Ok(Translation::because(outcome, None, why));
        };
        let place = place(&boundary, &found);
        let (log_start, end) = (self.target_cut.log_start(), self.target_cut.end());
        let because = |outcome, why| Ok(Translation::because(outcome, Some(place.exact), why));
        let around = if !found.alone {
            Some(Why::Identical)
        } else if found.pairs.len() < boundary.records.len() {
            let detail = "the records around the boundary are not the same on both sides".to_owned();
            Some(Why::TailUnproved { detail })
        } else {
            None
        };
        // Where the group does not stand, the way from the place to the end is not looked at.
        let nowhere = |why| {
            let needed = self.tail_estimate(point.committed);
            let detail =
                format!("about {needed} bytes lie between the position and the end, more than may be read");
            let unproved = around.clone().unwrap_or(Why::TailUnproved { detail });
            let answer = Translation::because(Outcome::Untranslated, Some(place.exact), why);
            Ok(Translation { unproved: Some(unproved), ..answer })
        };
        let at = match point.target_committed {
            None => return nowhere(Why::NotCommitted),
            Some(at) if at < log_start || at > end => {
                return nowhere(Why::OutsideTarget { target_committed: at, log_start, end });
            }
            Some(at) => at,
        };
        if let Some(why) = around {
            return because(Outcome::Ambiguous, why);
        }
        let first = boundary.first_behind().unwrap_or(self.source_cut.end());
        if at > place.exact {
            return self.measure_behind(point, first, place.exact, at);
        }
        if place.after.is_some_and(|after| at <= after) {
            let shift = place.exact - first;
            return Ok(self.measure_before(point, at, place.exact, shift, place.exact, None));
        }
        if at < place.exact && self.has_records(at, place.exact)? {
            // They are not on the source: removed there, they may be finished.
            let detail = "target records lie between the commit and the exact position".to_owned();
            return because(Outcome::Ambiguous, Why::TailUnproved { detail });
        }
        match self.tail_by_samples(aligned, first, place.exact)? {
            Ok(samples) => Ok(Translation::exact(place.exact, Proof::Sampled(samples))),
            Err(detail) => because(Outcome::Ambiguous, Why::TailUnproved { detail }),
        }
    }

    /// Whether the target has a visible record among these offsets.
    fn has_records(&mut self, from: i64, to: i64) -> Result<bool, Why> {
        let mut at = from;
        while at < to {
            let window = self.target.read(at, Limit::records(1)).map_err(on(Side::Target))?;
            if let Some(first) = window.records.first() {
                return Ok(first.offset < to);
            }
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        Ok(false)
    }

    /// The boundary is not where offsets and timestamps lead: the target may not be that far yet.
    fn why_not_found(&mut self, boundary: &Boundary) -> Result<Why, Why> {
        let end = self.target_cut.end();
        let last = self.target.before(end, 1).map_err(on(Side::Target))?.records;
        if let (Some(last), Some(finished)) = (last.first(), boundary.last_before()) {
            let shift = end - self.source_cut.end();
            let frontier = self.source_of(last.offset, shift)?.map(|found| found.0);
            if let Some(frontier) = frontier.filter(|frontier| *frontier < finished) {
                return Ok(Why::NotReplicated { last: finished, frontier: Some(frontier) });
            }
        }
        let budget = self.options.read_bytes;
        let detail =
            format!("neither where offsets or timestamps lead, nor within a read budget of {budget} bytes");
        Ok(Why::BoundaryNotFound { detail })
    }

    /// Shows a tail free of loss and repetition by arithmetic: offsets have the same distance at the boundary,
    /// at samples across the tail, in the part that was compared, and at the end of the target. Gives the
    /// number of samples, or what speaks against it.
    fn tail_by_samples(
        &mut self,
        aligned: Option<&Aligned>,
        source: i64,
        target: i64,
    ) -> Result<Result<usize, String>, Why> {
        let shift = target - source;
        let over = format!(
            "about {} bytes on both sides, over the read budget of {}",
            self.estimate(source, target),
            self.options.read_bytes
        );
        if let Some(fault) = &self.tail_fault {
            return Ok(Err(fault.to_string()));
        }
        if !self.source_cut.bounds.is_decided() || !self.target_cut.bounds.is_decided() {
            return Ok(Err(format!("{over}; and a transaction is open")));
        }
        if self.options.samples == 0 {
            return Ok(Err(over));
        }
        let end = match aligned {
            Some(aligned) if !is_plain(aligned, shift) => {
                return Ok(Err(format!("{over}; and the last part of it is not a plain copy")));
            }
            Some(aligned) => aligned.source_from,
            None => self.target_cut.end() - shift,
        };
        if end > self.source_cut.end() {
            return Ok(Err(format!("{over}; and the target is longer than the source")));
        }
        // The same places for all points, so that they are read once: fractions of the whole log.
        let log_start = self.source_cut.log_start();
        let step = ((end - log_start) / (self.options.samples as i64 + 1)).max(1);
        let mut places: Vec<i64> = (1..=self.options.samples as i64)
            .map(|n| log_start + n * step)
            .filter(|&at| at > source)
            .collect();
        if places.is_empty() {
            places.push(source + (end - source) / 2);
        }
        if aligned.is_none() {
            places.push((end - limits::CONTEXT as i64).max(source));
        }
        for &at in &places {
            if !self.sample(at, shift)? {
                let detail = format!("{over}; and offsets change their distance before source offset {at}");
                return Ok(Err(detail));
            }
        }
        Ok(Ok(places.len()))
    }

    fn sample(&mut self, at: i64, shift: i64) -> Result<bool, Why> {
        if let Some(&known) = self.samples.0.get(&(at, shift)) {
            return Ok(known);
        }
        let ignore = &self.options.ignore;
        let ours = dense(self.source, at).map_err(on(Side::Source))?;
        let theirs = dense(self.target, at + shift).map_err(on(Side::Target))?;
        let holds = match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let count = ours.len().min(theirs.len());
                count > 0 && prints(&ours, count, ignore) == prints(&theirs, count, ignore)
            }
            _ => false,
        };
        self.samples.0.insert((at, shift), holds);
        Ok(holds)
    }

    /// A commit before the exact position: how many finished records lie from it up to target offset `to`,
    /// and how many more are known to come again behind that.
    pub fn measure_before(
        &mut self,
        point: &Open,
        at: i64,
        to: i64,
        shift: i64,
        exact: i64,
        known: Option<(&Aligned, Spans)>,
    ) -> Translation {
        let needed = 2 * self.bytes_of(to - at);
        let measured = if needed > self.left {
            Err(Why::OverBudget { needed, budget: self.options.read_bytes })
        } else {
            self.source_of(at, shift).and_then(|found| {
                let from = found.map_or(at - shift, |found| found.0).max(self.source_cut.log_start());
                let up_to = point.committed.max(from);
                let alignment = self.align(&[*point], from..up_to, at..to)?;
                let part = Aligned::new(alignment, self.source_cut, from, self.target_cut, at);
                let mut replayed = part.replayed(point.committed, at);
                let mut size = Tally::NOTHING;
                let mut ends = None;
                let mut all = replayed.clone();
                if let Some((aligned, again)) = known {
                    all = all.union(&again);
                    size = aligned.size(&again, self.source).map_err(on(Side::Source))?;
                    ends = aligned.ends_of(&again);
                    replayed = replayed.minus(&again);
                }
                size.merge(&part.size(&replayed, self.source).map_err(on(Side::Source))?);
                let both = ends.into_iter().chain(part.ends_of(&replayed));
                let ends = both.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
                Ok((size, ends, all))
            })
        };
        self.sized(Outcome::Replay, exact, measured)
    }

    /// A commit behind the exact position: how many records lie between the two.
    fn measure_behind(&mut self, point: &Open, source: i64, exact: i64, at: i64) -> Result<Translation, Why> {
        let needed = 2 * self.bytes_of(at - exact);
        let measured = if needed > self.left {
            Err(Why::OverBudget { needed, budget: self.options.read_bytes })
        } else {
            let to = (source + (at - exact)).min(self.source_cut.end());
            self.align(&[*point], source..to, exact..at).and_then(|alignment| {
                let part = Aligned::new(alignment, self.source_cut, source, self.target_cut, exact);
                let passed = part.delivered(exact).within(point.committed..i64::MAX);
                let size = part.size(&passed, self.source).map_err(on(Side::Source))?;
                Ok((size, part.ends_of(&passed), passed))
            })
        };
        Ok(self.sized(Outcome::Skip, exact, measured))
    }

    fn sized(&self, outcome: Outcome, exact: i64, measured: Result<Measured, Why>) -> Translation {
        match measured {
            Ok((size, ..)) if size.records == 0 => {
                let detail = "only records of the target alone lie between the commit and the exact position";
                let why = Why::TailUnproved { detail: detail.to_owned() };
                Translation::because(Outcome::Ambiguous, Some(exact), why)
            }
            Ok((size, span, spans)) => Translation {
                outcome,
                size: Some(size),
                span,
                ranges: spans.ranges().to_vec(),
                proof: None,
                ..Translation::exact(exact, Proof::Aligned)
            },
            Err(why) => Translation::because(outcome, Some(exact), why),
        }
    }
}

/// How much, first and last, and where.
type Measured = (Tally, Option<(i64, i64)>, Spans);

/// A position found by its neighbourhood.
struct Place {
    /// The twin of the first record at or behind the commit, or behind the twin of the last one before it.
    exact: i64,
    /// The twin of the last record before the commit.
    after: Option<i64>,
}

fn place(boundary: &Boundary, found: &Found) -> Place {
    let twin = |index: usize| found.pairs.iter().find(|pair| pair.0 == index).map(|pair| pair.1);
    let after = boundary.before.checked_sub(1).and_then(twin);
    let exact = twin(boundary.before).or(after.map(|after| after + 1));
    Place { exact: exact.expect("a stretch holds a record next to the boundary"), after }
}

/// What was compared has the same distance of offsets throughout, and nothing but a pending end differs.
fn is_plain(aligned: &Aligned, shift: i64) -> bool {
    let counts = &aligned.alignment.counts;
    let only_pending = counts.matched == counts.target_records
        && counts.matched + counts.pending == counts.source_records
        && counts.reordered == 0;
    only_pending
        && aligned.alignment.differences.anchored
        && matches!(aligned.alignment.map.runs(), [run] if run.target - run.source == shift)
        && aligned.target_from - aligned.source_from == shift
}

/// The records from an offset on, if there is no hole among them.
fn dense(log: &mut dyn PartitionLog, at: i64) -> Result<Option<Records>, ReadError> {
    let bounds = log.bounds()?;
    if at < bounds.log_start || at >= bounds.end(log.isolation()) {
        return Ok(None);
    }
    let records = log.read(at, Limit::records(limits::CONTEXT))?.records;
    let is_dense = (at..).zip(records.iter()).all(|(offset, image)| image.offset == offset);
    Ok((is_dense && !records.is_empty()).then_some(records))
}

fn prints(records: &Records, count: usize, ignore: &Ignore) -> Vec<crate::Fingerprint> {
    let mut bytes = Vec::new();
    records.iter().take(count).map(|image| print(&image, ignore, &mut bytes)).collect()
}
