use super::aligner::{Aligner, Halt, on};
use super::alignment::Side;
use super::finding::FindingKind;
use super::pool::Left;
use super::record::At;
use super::{limits, locate};
use crate::image::Canonical;
use crate::source::Limit;

impl Aligner<'_> {
    /// Classifies the leftovers of gaps that lie more than one look-ahead back.
    pub fn resolve_old_gaps(&mut self) -> Result<(), Halt> {
        let horizon = self.options.window_records as u64;
        while let Some(gap) = self.oldest_gap().filter(|gap| gap + horizon < self.gap()) {
            self.resolve(gap)?;
        }
        Ok(())
    }

    /// Classifies the oldest leftovers when there are too many.
    pub fn make_room(&mut self) -> Result<(), Halt> {
        while self.ours.len().max(self.theirs.len()) > 2 * self.options.window_records + 2 {
            match self.oldest_gap() {
                Some(gap) => self.resolve(gap)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Classifies all leftovers; nothing more will come. `reached_cut`: the target went past the source's cut,
    /// so that nothing is pending.
    pub fn resolve_all(&mut self, reached_cut: bool) -> Result<(), Halt> {
        let mut result = Ok(());
        while let Some(gap) = self.oldest_gap() {
            result = result.and(self.resolve(gap));
        }
        self.decide(reached_cut);
        result
    }

    pub fn oldest_gap(&mut self) -> Option<u64> {
        match (self.ours.oldest_gap(), self.theirs.oldest_gap()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Classifies the leftovers of the oldest gap. On an error the counts still hold: what could not be looked
    /// up is `extra`.
    fn resolve(&mut self, gap: u64) -> Result<(), Halt> {
        let ours = if self.ours.oldest_gap() == Some(gap) { self.ours.drain(gap) } else { Vec::new() };
        let theirs = if self.theirs.oldest_gap() == Some(gap) { self.theirs.drain(gap) } else { Vec::new() };
        let mut surplus = Vec::new();
        for left in theirs {
            // Its source record may have been matched after it came.
            match left.copy_of.or_else(|| self.ring.source_of(left.fingerprint)) {
                Some(source) => self.record.copy(At::from(&left), source),
                None => surplus.push(left),
            }
        }
        let mut ours = ours.iter();
        let mut foreign = Vec::new();
        for theirs in surplus {
            let Some(left) = ours.next() else {
                foreign.push(theirs);
                continue;
            };
            match Canonical::only_difference(&left.fields, &theirs.fields) {
                Some(field) => {
                    self.record.altered(left, &theirs, field);
                }
                None => {
                    self.lack(left);
                    foreign.push(theirs);
                }
            }
        }
        ours.for_each(|left| self.lack(left));
        if self.is_cut_short {
            // Whether these are copies cannot be looked up any more, and a copy is not a foreign record.
            self.record.counts.target_records -= foreign.len() as u64;
            return Ok(());
        }
        self.resolve_foreign(gap, &foreign)
    }

    /// A source record that has not arrived: trimmed at the head, missing in the middle, undecided in the gap
    /// that may turn out to be the last.
    fn lack(&mut self, left: &Left) {
        self.ring.note(left.fingerprint, left.offset);
        if left.gap == 0 && self.target_head_explained {
            if self.options.target_head.explains(left.timestamp) {
                self.record.lacks(FindingKind::TrimmedTarget, At::from(left), At::from(left));
                return;
            }
            // Retention removes from the front: nothing behind a record it does not explain is its work.
            self.target_head_explained = false;
        }
        let at = At::from(left);
        if left.gap != self.gap() {
            self.record.lacks(FindingKind::Missing, at, at);
            return;
        }
        match self.undecided.last_mut() {
            Some((_, last)) if last.number + 1 == at.number => *last = at,
            _ => self.undecided.push((at, at)),
        }
    }

    /// Decides about the source records lacking at the present end: missing when something behind them has
    /// arrived (`passed`: everything has), pending otherwise.
    pub fn decide(&mut self, passed: bool) {
        if self.undecided.is_empty() {
            return;
        }
        let frontier = self.record.frontier();
        for (first, last) in std::mem::take(&mut self.undecided) {
            // What has arrived is not undecided, so the frontier lies inside no stretch.
            let missing = passed || frontier.is_some_and(|frontier| first.number < frontier);
            let kind = if missing { FindingKind::Missing } else { FindingKind::Pending };
            self.record.lacks(kind, first, last);
        }
    }

    /// Target records without a source record within the look-ahead: copies of older ones, older than the
    /// source's log, or foreign.
    fn resolve_foreign(&mut self, gap: u64, foreign: &[Left]) -> Result<(), Halt> {
        let mut failure = Ok(());
        let mut rest = foreign;
        let mut in_vain = 0;
        while let Some((left, behind)) = rest.split_first() {
            if gap == 0 && self.source_head_explained {
                if self.options.source_head.explains(left.timestamp) {
                    self.record.extra(left, true);
                    rest = behind;
                    continue;
                }
                self.source_head_explained = false;
            }
            let may_ask = failure.is_ok() && self.lookups > 0 && in_vain < limits::LOOKUPS_IN_VAIN;
            let copies = if may_ask { self.follow(rest) } else { Ok(0) };
            let copies = copies.unwrap_or_else(|halt| {
                failure = Err(halt);
                0
            });
            if copies == 0 {
                in_vain += 1;
                self.record.extra(left, false);
                rest = behind;
            } else {
                in_vain = 0;
                rest = &rest[copies..];
            }
        }
        failure
    }

    /// Looks up the first of these on the source and goes along both for as long as they are equal; says for
    /// how many.
    fn follow(&mut self, lefts: &[Left]) -> Result<usize, Halt> {
        self.lookups -= 1;
        let ignore = &self.options.ignore;
        let first = &lefts[0];
        let found = locate::locate(self.source_log, ignore, first.fingerprint, first.timestamp, None);
        let Some(mut at) = found.map_err(on(Side::Source))? else { return Ok(0) };
        let mut copies = 0;
        let mut bytes = Vec::new();
        while copies < lefts.len() {
            let limit = Limit::records((lefts.len() - copies).min(limits::LOCATE_FETCH));
            let window = self.source_log.read(at, limit).map_err(on(Side::Source))?;
            for image in window.records.iter().take(lefts.len() - copies) {
                let left = &lefts[copies];
                let neighbours = copies == 0 || lefts[copies - 1].number + 1 == left.number;
                if !neighbours || locate::print(&image, ignore, &mut bytes) != left.fingerprint {
                    return Ok(copies);
                }
                self.record.copy(At::from(left), image.offset);
                copies += 1;
            }
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        Ok(copies)
    }
}
