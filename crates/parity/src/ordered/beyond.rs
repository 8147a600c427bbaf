use std::collections::HashMap;

use super::aligner::{Aligner, Halt, on};
use super::alignment::Side;
use super::finding::{Finding, FindingKind};
use super::lane::Lane;
use super::options::OnDivergence;
use super::{limits, locate};

impl Aligner<'_> {
    /// Nothing within the look-ahead is equal. Finds where a block belongs by asking the logs themselves, and
    /// takes everything up to there.
    pub fn look_beyond(&mut self) -> Result<(), Halt> {
        // Records further and further ahead, of either side in turn: the first ones may be altered or foreign.
        let mut asked = [None, None];
        for at in steps(self.target.len().max(self.source.len())) {
            for side in [Side::Target, Side::Source] {
                let before = asked[side as usize].replace(at);
                let Some(found) = self.find(side, at)? else { continue };
                let (at, found) = self.nearer(side, before, found)?;
                if self.meet(side, at, found)? {
                    return Ok(());
                }
            }
        }
        match self.scan_for_any()? {
            Some((side, at, found)) if self.meet(side, at, found)? => Ok(()),
            _ => self.diverge(),
        }
    }

    /// Reads on, on either side, for any record of the other side's look-ahead; then the source from its
    /// beginning. Timestamps were of no use, so this is the last way before the two sides count as diverged.
    fn scan_for_any(&mut self) -> Result<Option<(Side, usize, i64)>, Halt> {
        let ends =
            |lane: &Lane| (lane.head().map(|head| head.offset), lane.last().map(|last| last.offset + 1));
        let (source_head, source_on) = ends(&self.source);
        let (_, target_on) = ends(&self.target);
        let bounds = self.source_log.bounds().map_err(on(Side::Source))?;
        let log_start = bounds.log_start;
        let behind = source_head.unwrap_or(bounds.end(self.source_log.isolation()));
        let tries = [
            (Side::Target, source_on.map(|from| from..i64::MAX)),
            (Side::Source, target_on.map(|from| from..i64::MAX)),
            (Side::Target, Some(log_start..behind)),
        ];
        for (side, range) in tries {
            let (lane, log, asked) = match side {
                Side::Target => (&self.target, &mut *self.source_log, Side::Source),
                Side::Source => (&self.source, &mut *self.target_log, Side::Target),
            };
            let Some(range) = range else { continue };
            if self.scans == 0 || lane.len() == 0 {
                continue;
            }
            self.scans -= 1;
            let mut wanted = HashMap::new();
            for at in (0..lane.len()).rev() {
                wanted.insert(lane.fingerprint(at), at);
            }
            let found = locate::scan(log, &self.options.ignore, &wanted, range).map_err(on(asked))?;
            if let Some((at, offset)) = found {
                let (at, offset) = self.step_back(side, at, offset)?;
                return Ok(Some((side, at, offset)));
            }
        }
        Ok(None)
    }

    /// Goes to where the record at this place of a side's look-ahead stands on the other side. False when that
    /// is no way forward: nothing was taken.
    fn meet(&mut self, side: Side, at: usize, found: i64) -> Result<bool, Halt> {
        let heads = |aligner: &Self| {
            [&aligner.source, &aligner.target].map(|lane| lane.head().map(|head| head.offset))
        };
        let before = heads(self);
        // What was found by its fingerprint need not be equal: then going there may lead nowhere.
        Ok(self.go_to(side, at, found)? && heads(self) != before)
    }

    fn go_to(&mut self, side: Side, at: usize, found: i64) -> Result<bool, Halt> {
        if side == Side::Target {
            for _ in 0..at {
                self.take_target();
            }
            self.make_room()?;
            let ahead = self.source.head().is_some_and(|head| head.offset <= found);
            if ahead {
                self.take_source_up_to(found)?
            } else {
                self.take_repeated(found)?
            }
            return Ok(true);
        }
        // A source record that stands further back on the target has come too early; it leads nowhere.
        if self.target.head().is_none_or(|head| head.offset > found) {
            return Ok(false);
        }
        for _ in 0..at {
            self.take_source()?;
        }
        self.take_target_up_to(found)?;
        Ok(true)
    }

    /// Between a place that was not found on the other side and one that was: the first that is found, as far
    /// as halving tells.
    fn nearer(&mut self, side: Side, lost: Option<usize>, found: (usize, i64)) -> Result<(usize, i64), Halt> {
        let Some(mut lost) = lost else { return Ok(found) };
        let mut found = found;
        while found.0 > lost + 1 {
            let middle = lost + (found.0 - lost) / 2;
            match self.find(side, middle)? {
                Some(nearer) => found = nearer,
                None => lost = middle,
            }
        }
        Ok(found)
    }

    /// Where on the other side the record at this place of a side's look-ahead stands: that place, or an
    /// earlier one from which on both sides are equal up to it, and the offset on the other side.
    fn find(&mut self, side: Side, at: usize) -> Result<Option<(usize, i64)>, Halt> {
        let (lane, log, asked) = match side {
            Side::Target => (&self.target, &mut *self.source_log, Side::Source),
            Side::Source => (&self.source, &mut *self.target_log, Side::Target),
        };
        let Some(entry) = lane.get(at) else { return Ok(None) };
        let other = if side == Side::Target { &self.source } else { &self.target };
        let present = other.head().map(|head| head.offset);
        let ignore = &self.options.ignore;
        let found = locate::locate(log, ignore, entry.fingerprint, entry.timestamp, present);
        match found.map_err(on(asked))? {
            Some(offset) => self.step_back(side, at, offset).map(Some),
            None => Ok(None),
        }
    }

    /// From a record of a side's look-ahead and its equal on the other side, back to where their equality
    /// begins.
    fn step_back(&mut self, side: Side, mut at: usize, mut offset: i64) -> Result<(usize, i64), Halt> {
        let (lane, log, asked) = match side {
            Side::Target => (&self.target, &mut *self.source_log, Side::Source),
            Side::Source => (&self.source, &mut *self.target_log, Side::Target),
        };
        let mut bytes = Vec::new();
        while at > 0 {
            let count = at.min(limits::LOCATE_FETCH);
            let before = log.before(offset, count).map_err(on(asked))?.records;
            let mut equal = 0;
            for image in before.iter().rev() {
                if locate::print(&image, &self.options.ignore, &mut bytes) != lane.fingerprint(at - 1) {
                    break;
                }
                (at, offset) = (at - 1, image.offset);
                equal += 1;
            }
            if equal < count {
                break;
            }
        }
        Ok((at, offset))
    }

    /// A stretch of the source that is not on the target, larger than the look-ahead.
    fn take_source_up_to(&mut self, offset: i64) -> Result<(), Halt> {
        loop {
            self.source.fill(1, self.options.window_bytes).map_err(on(Side::Source))?;
            match self.source.head() {
                Some(head) if head.offset < offset => self.take_source()?,
                _ => return Ok(()),
            }
        }
    }

    /// A stretch of the target that is not on the source here, larger than the look-ahead.
    fn take_target_up_to(&mut self, offset: i64) -> Result<(), Halt> {
        loop {
            self.target.fill(1, self.options.window_bytes).map_err(on(Side::Target))?;
            match self.target.head() {
                Some(head) if head.offset < offset => self.take_target(),
                _ => return Ok(()),
            }
            self.make_room()?;
        }
    }

    /// The target repeats the source from this offset on: goes along both for as long as they are equal.
    fn take_repeated(&mut self, from: i64) -> Result<(), Halt> {
        let to = self.source.head().map_or(i64::MAX, |head| head.offset);
        let stream = self.source_log.open(from, to).map_err(on(Side::Source))?;
        let mut again = Lane::new(stream, &self.options.ignore);
        loop {
            again.fill(1, self.options.window_bytes).map_err(on(Side::Source))?;
            self.target.fill(1, self.options.window_bytes).map_err(on(Side::Target))?;
            let (Some(original), Some(copy)) = (again.head(), self.target.head()) else { return Ok(()) };
            if again.image(original) != self.target.image(copy) {
                return Ok(());
            }
            let (source, copy) = (original.offset, *copy);
            let at = self.count_target(&copy);
            self.record.copy(at, source);
            self.target.pop();
            again.pop();
            self.beat()?;
        }
    }

    /// All of the target that is at hand lies before the source's first record and is gone there by its retention.
    fn is_older_than_source(&self) -> bool {
        let head = &self.options.source_head;
        let mut entries = (0..self.target.len()).filter_map(|at| self.target.get(at));
        self.gap() == 0 && self.source_head_explained && entries.all(|entry| head.explains(entry.timestamp))
    }

    /// Takes both look-aheads as different; but a target of which the source has removed everything by age, and that has
    /// nothing newer yet, only lags.
    fn diverge(&mut self) -> Result<(), Halt> {
        if self.is_older_than_source() {
            (0..self.target.len()).for_each(|_| self.take_target());
            return self.make_room();
        }
        let span =
            |lane: &Lane| lane.head().zip(lane.last()).map(|(first, last)| (first.offset, last.offset));
        let (source, target) = (span(&self.source), span(&self.target));
        let (ours, theirs) = (self.source.len(), self.target.len());
        self.take_gap(ours, theirs)?;
        self.make_room()?;
        // One side alone has only records the other lacks: that is not two ways parting.
        let (Some(source), Some(target)) = (source, target) else { return Ok(()) };
        self.record.findings.push(Finding {
            kind: FindingKind::Diverged,
            count: ours.max(theirs) as u64,
            source: Some(source),
            target: Some(target),
            field: None,
        });
        match self.options.on_divergence {
            OnDivergence::Stop => Err(Halt::Diverged { source: source.0, target: target.0 }),
            OnDivergence::GoOn => Ok(()),
        }
    }
}

/// 0, 1, 2, 4, 8, … below `length`.
fn steps(length: usize) -> impl Iterator<Item = usize> {
    let powers = std::iter::successors(Some(1usize), |step| step.checked_mul(2));
    std::iter::once(0).chain(powers).take_while(move |&step| step < length)
}
