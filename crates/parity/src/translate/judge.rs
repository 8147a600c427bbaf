use super::aligned::Aligned;
use super::spans::Spans;
use super::{Outcome, Proof, Reset, Translation, Why};
use crate::ordered::{Run, Side};
use crate::source::PartitionLog;

impl Aligned {
    /// The answer for one point inside the bounds of the source and of what was compared.
    ///
    /// `log` is the source, asked only to measure what the comparison did not sum up; without one, sizes have
    /// no bytes and no time, only records.
    pub fn judge(
        &self,
        committed: i64,
        target_committed: Option<i64>,
        mut log: Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let mut answer = self.judge_position(committed, target_committed, &mut log);
        answer.pending = Some(self.pending(committed));
        if answer.proof.is_none() && self.is_proved(committed, &answer) {
            answer.proof = Some(Proof::Aligned);
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
        let skipped = self.skipped(committed, target_committed);
        let replayed = self.replayed(committed, target_committed);
        if self.count(&skipped) > 0 {
            let passed_over = skipped.minus(&self.absent());
            return match &self.compaction {
                Some(compaction) if !compaction.compared && self.count(&passed_over) == 0 => {
                    let records = self.count(&skipped);
                    Translation::because(Outcome::Ambiguous, Some(place), Why::RemovedOnTarget { records })
                }
                _ => self.sized(Outcome::Skip, place, &skipped, log),
            };
        }
        if self.count(&replayed) > 0 {
            return self.sized(Outcome::Replay, place, &replayed, log);
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

    /// Whether the place found is exact, wherever the group stands now.
    fn is_proved(&self, committed: i64, answer: &Translation) -> bool {
        let elsewhere = matches!(answer.outcome, Outcome::Replay | Outcome::Skip | Outcome::Untranslated);
        let Some(place) = answer.exact_target.filter(|_| elsewhere && self.is_anchored()) else {
            return false;
        };
        self.is_clean(committed, place) && self.doubt(committed, place, place).is_none()
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
        let repeated =
            |run: &Run| run.target + run.length > target_committed && run.source + run.length > committed;
        if !self.copies_compared && differences.copies.iter().any(repeated) {
            let detail = "repeated target records were not compared with finished ones".to_owned();
            return Some(Why::TailUnproved { detail });
        }
        if !self.pending_compared && self.pending(committed) > 0 {
            let detail = "pending records were not looked for on the whole target".to_owned();
            return Some(Why::TailUnproved { detail });
        }
        let log_start = self.source.log_start();
        let older = |timestamp: i64| self.oldest_timestamp.is_none_or(|oldest| timestamp < oldest);
        let known = |offset: i64| self.late_copies.iter().any(|run| run.target == offset);
        let older = extras.iter().filter(|extra| older(extra.timestamp) && !known(extra.offset)).count();
        if log_start > 0 && older > 0 {
            return Some(Why::OlderThanSource { records: older as u64, log_start });
        }
        if let Some(compaction) = &self.compaction {
            let open = extras.iter().filter(|extra| !known(extra.offset));
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

    fn sized(
        &self,
        outcome: Outcome,
        place: i64,
        spans: &Spans,
        log: &mut Option<&mut dyn PartitionLog>,
    ) -> Translation {
        let mut answer = Translation::exact(place, Proof::Aligned);
        answer.outcome = outcome;
        answer.proof = None;
        answer.span = self.ends_of(spans);
        answer.ranges = spans.ranges().to_vec();
        match self.measure(spans, log) {
            Ok(size) => answer.size = Some(size),
            Err(why) => {
                answer.size = None;
                answer.why = Some(why);
            }
        }
        answer
    }

    fn measure(&self, spans: &Spans, log: &mut Option<&mut dyn PartitionLog>) -> Result<crate::Tally, Why> {
        let Some(log) = log else {
            return Ok(crate::Tally { records: self.count(spans), bytes: 0, timestamps: None });
        };
        let size = self.size(spans, &mut **log);
        size.map_err(|error| Why::Unreadable { side: Side::Source, error })
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
                let replayed = self.replayed(committed, self.target_from);
                reset.earliest_replays = self.measure(&replayed, log).ok();
                reset.earliest_skips = self.measure(&self.skipped(committed, self.target_from), log).ok();
            }
            reset.latest_skips = self.measure(&self.skipped(committed, self.target.end()), log).ok();
        }
        Translation { reset: Some(reset), ..Translation::because(Outcome::Untranslated, place, why) }
    }
}
