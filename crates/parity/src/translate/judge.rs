use super::aligned::Aligned;
use super::spans::Spans;
use super::{Outcome, Proof, Reset, Translation, Why};
use crate::Tally;
use crate::ordered::Side;
use crate::source::PartitionLog;

impl Aligned {
    /// The answer for one point inside the bounds of the source and of what was compared.
    ///
    /// `log` is the source, asked only to measure what the comparison did not sum up; without one, sizes have
    /// no bytes and no time, only records, and where those lie (`span`, `ranges`) is not told.
    pub fn judge(
        &self,
        committed: i64,
        target_committed: Option<i64>,
        mut log: Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let mut answer = self.judge_position(committed, target_committed, &mut log);
        answer.pending = Some(self.pending(committed));
        let elsewhere = matches!(answer.outcome, Outcome::Replay | Outcome::Skip | Outcome::Untranslated);
        if let Some(place) = answer.exact_target.filter(|_| elsewhere && answer.proof.is_none()) {
            // Whether the place found is exact, wherever the group stands now.
            answer.unproved = self.unproved(committed, place);
            answer.proof = answer.unproved.is_none().then_some(Proof::Aligned);
        }
        answer
    }

    fn judge_position(
        &self,
        committed: i64,
        target_committed: Option<i64>,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let (log_start, end) = (self.target.log_start(), self.target.end());
        let usable = match target_committed {
            None => Err(Why::NotCommitted),
            Some(at) if at < log_start || at > end => {
                Err(Why::OutsideTarget { target_committed: at, log_start, end })
            }
            Some(at) => Ok(at),
        };
        let place = self.place(committed);
        let target_committed = match usable {
            Ok(at) => at,
            Err(why) => {
                // That it has not arrived yet says more than that nobody has committed it.
                let why = match &place {
                    Err(deeper @ (Why::NotReplicated { .. } | Why::NothingInCommon { .. })) => deeper.clone(),
                    _ => why,
                };
                return self.untranslated(committed, place.ok(), why, log);
            }
        };
        let place = match place {
            Ok(place) => place,
            Err(why @ Why::LastLost { .. }) => {
                let safe = self.alignment.map.before_source(committed).map(|pair| pair.1 + 1);
                return Translation::because(Outcome::Ambiguous, safe, why);
            }
            Err(why) => return Translation::because(Outcome::Unprovable, None, why),
        };
        if !self.is_anchored() {
            let earliest = place.min(self.alignment.map.at_or_after_target(0).map_or(place, |pair| pair.1));
            return Translation::because(Outcome::Ambiguous, Some(earliest), Why::Identical);
        }
        let skips = self.skips(committed, target_committed);
        if skips > 0 {
            if self.compaction.as_ref().is_some_and(|compaction| !compaction.compared) {
                let passed_over = self.skipped(committed, target_committed).minus(&self.absent());
                if self.count(&passed_over) == 0 {
                    let why = Why::RemovedOnTarget { records: skips };
                    return Translation::because(Outcome::Ambiguous, Some(place), why);
                }
            }
            let skipped = || self.skipped(committed, target_committed);
            return self.sized(Outcome::Skip, place, skips, &skipped, log);
        }
        let replays = self.replays(committed, target_committed);
        if replays > 0 {
            let replayed = || self.replayed(committed, target_committed);
            return self.sized(Outcome::Replay, place, replays, &replayed, log);
        }
        match self.doubt(committed, target_committed, place) {
            Some(why) => Translation::because(Outcome::Ambiguous, Some(place), why),
            None if self.is_clean(committed, place) && self.doubt(committed, place, place).is_none() => {
                Translation::exact(place, Proof::Aligned)
            }
            // Of a place that is exact and one that may not be, the former is offered: this group stands there.
            None => Translation::exact(target_committed, Proof::Aligned),
        }
    }

    /// Why a group that goes on at this place would not be exact; `None`: it would.
    fn unproved(&self, committed: i64, place: i64) -> Option<Why> {
        if !self.is_anchored() {
            return Some(Why::Identical);
        }
        match (self.skips(committed, place), self.replays(committed, place)) {
            (0, 0) if self.loses_anywhere(committed) => Some(Why::Lost { records: None }),
            (0, 0) => self.doubt(committed, place, place),
            (0, records) => Some(Why::ComesAgain { records }),
            (records, _) if self.compaction.as_ref().is_some_and(|compaction| !compaction.compared) => {
                Some(Why::RemovedOnTarget { records })
            }
            (records, _) => Some(Why::Lost { records: Some(records) }),
        }
    }

    /// The two sides are put together in the only way there is.
    pub(super) fn is_anchored(&self) -> bool {
        let from_the_beginning = self.source_from == 0 && self.target_from == 0;
        self.alignment.differences.anchored || (from_the_beginning && self.is_equal_throughout())
            // Nothing was put together: nothing can have been put together wrongly.
            || (self.alignment.counts.matched == 0 && self.elsewhere().next().is_none())
    }

    /// What still stands between "nothing lost, nothing repeated, as far as is known" and `exact`.
    fn doubt(&self, committed: i64, target_committed: i64, place: i64) -> Option<Why> {
        let differences = &self.alignment.differences;
        if differences.overflowed || !self.alignment.map.is_whole() {
            let detail = "more differences than can be kept".to_owned();
            return Some(Why::TailUnproved { detail });
        }
        if let Some(at) = differences.repeating
            && self.has_visible(at + 1..committed)
        {
            return Some(Why::InsideRepetition { at });
        }
        let extras = self.extras_from(target_committed);
        if !extras.is_empty() && !self.extras_compared {
            let detail = format!("{} target records were not compared with finished ones", extras.len());
            return Some(Why::TailUnproved { detail });
        }
        let copies = &differences.copies;
        if !self.copies_compared && self.index().repeats(copies, committed, target_committed) {
            let detail = "repeated target records were not compared with finished ones".to_owned();
            return Some(Why::TailUnproved { detail });
        }
        if !self.pending_compared && self.pending(committed) > 0 {
            let detail = "pending records were not looked for on the whole target".to_owned();
            return Some(Why::TailUnproved { detail });
        }
        let log_start = self.source.log_start();
        if log_start > 0 {
            let older = self.index().older_from(target_committed);
            if older > 0 {
                return Some(Why::OlderThanSource { records: older as u64, log_start });
            }
        }
        if let Some(compaction) = &self.compaction {
            let open = extras.iter().filter(|extra| !self.index().is_late_copy(extra.offset));
            let open = open.filter(|extra| !compaction.is_unfinished(self, extra, committed)).count();
            if open > 0 {
                return Some(Why::RemovedOnSource { records: open as u64 });
            }
        }
        if !self.source.bounds.is_decided() && target_committed > place {
            let bounds = &self.source.bounds;
            let (last_stable, high_watermark) = (bounds.last_stable, bounds.high_watermark);
            return Some(Why::OpenTransaction { last_stable, high_watermark });
        }
        None
    }

    /// A replay or skip of these records; which they are is looked at only to measure them.
    fn sized(
        &self,
        outcome: Outcome,
        place: i64,
        records: u64,
        spans: &dyn Fn() -> Spans,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let mut answer = Translation::exact(place, Proof::Aligned);
        answer.outcome = outcome;
        answer.proof = None;
        let Some(log) = log else {
            answer.size = Some(records_alone(records));
            return answer;
        };
        let spans = spans();
        answer.span = self.ends_of(&spans);
        answer.ranges = spans.ranges().to_vec();
        match self.size(&spans, &mut **log) {
            Ok(size) => answer.size = Some(size),
            Err(error) => {
                answer.size = None;
                answer.why = Some(Why::Unreadable { side: Side::Source, error });
            }
        }
        answer
    }

    /// Finished records given again to who begins at this target offset. `None`: they could not be read.
    fn measure_replays(
        &self,
        committed: i64,
        from: i64,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Option<Tally> {
        match log {
            Some(log) => self.size(&self.replayed(committed, from), &mut **log).ok(),
            None => Some(records_alone(self.replays(committed, from))),
        }
    }

    /// The same of records never given.
    fn measure_skips(
        &self,
        committed: i64,
        from: i64,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Option<Tally> {
        match log {
            Some(log) => self.size(&self.skipped(committed, from), &mut **log).ok(),
            None => Some(records_alone(self.skips(committed, from))),
        }
    }

    fn untranslated(
        &self,
        committed: i64,
        place: Option<i64>,
        why: Why,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let mut reset = Reset::default();
        if place.is_some() && self.is_anchored() {
            if self.target_from == self.target.log_start() {
                reset.earliest_replays = self.measure_replays(committed, self.target_from, log);
                reset.earliest_skips = self.measure_skips(committed, self.target_from, log);
            }
            reset.latest_skips = self.measure_skips(committed, self.target.end(), log);
        }
        Translation { reset: Some(reset), ..Translation::because(Outcome::Untranslated, place, why) }
    }
}

fn records_alone(records: u64) -> Tally {
    Tally { records, bytes: 0, timestamps: None }
}
