use super::aligned::Aligned;
use super::{Why, limits};

impl Aligned {
    /// Where on the target a group continues that has committed this source offset.
    ///
    /// The twin of the first record at or behind it that has arrived; of several copies the one from which on
    /// the fewest records lack, then the fewest are repeated, then the last. When none has arrived, behind the
    /// last finished record, and there the end of the target if both sides are at rest.
    ///
    /// # Errors
    /// Why there is no such place.
    pub(super) fn place(&self, committed: i64) -> Result<i64, Why> {
        if let Some(first) = self.first_arrived(committed) {
            let twin = self.best(committed, self.places_of(first).collect());
            return Ok(self.before_early_ones(committed, twin));
        }
        let Some(last) = self.visible_before(committed) else {
            return self.place_without_past();
        };
        let mut behind: Vec<i64> = self.places_of(last).map(|target| target + 1).collect();
        if behind.is_empty() {
            let altered = self.alignment.differences.altered.iter().any(|altered| altered.0 == last);
            return Err(match self.frontier() {
                None => self.nothing_in_common(),
                Some(frontier) if frontier >= last => Why::LastLost { last, altered },
                frontier => Why::NotReplicated { last, frontier },
            });
        }
        behind.sort_unstable();
        let best = self.best(committed, behind);
        let at_rest = self.source.bounds.is_decided() && self.target.bounds.is_decided();
        let is_last = !self.has_visible(committed..i64::MAX) && !self.target_has_from(best);
        Ok(if at_rest && is_last { self.target.end() } else { best })
    }

    /// The first source record at or behind this offset that stands anywhere on the target.
    fn first_arrived(&self, committed: i64) -> Option<i64> {
        let in_order = self.alignment.map.at_or_after_source(committed).map(|pair| pair.0);
        in_order.into_iter().chain(self.index().arrived.first_from(committed)).min()
    }

    /// Every target offset at which this source record is known to stand.
    fn places_of(&self, source: i64) -> impl Iterator<Item = i64> {
        let in_order = self.alignment.map.at_or_after_source(source).filter(|pair| pair.0 == source);
        in_order.map(|pair| pair.1).into_iter().chain(self.index().places_of(source))
    }

    /// Records still to come that have arrived before the first of them, out of order, would be lost to who goes
    /// on at its twin: where a place before them is exact, that is the place.
    fn before_early_ones(&self, committed: i64, twin: i64) -> i64 {
        // What is lost for good makes no place before them exact.
        if self.loses_anywhere(committed) || self.skips(committed, twin) == 0 {
            return twin;
        }
        let in_order = self.alignment.map.at_or_after_source(committed).map(|pair| pair.1);
        let in_order = in_order.filter(|place| *place < twin);
        let mut early: Vec<i64> = in_order.into_iter().chain(self.index().early(committed, twin)).collect();
        early.sort_unstable();
        early.dedup();
        let is_exact = |place: &i64| self.is_clean(committed, *place);
        early.into_iter().rev().take(limits::EARLY_ONES).find(is_exact).unwrap_or(twin)
    }

    /// Nothing lost and nothing repeated, as far as is known.
    pub(super) fn is_clean(&self, committed: i64, place: i64) -> bool {
        !self.loses_anywhere(committed)
            && self.skips(committed, place) == 0
            && self.replays(committed, place) == 0
    }

    fn best(&self, committed: i64, mut places: Vec<i64>) -> i64 {
        places.sort_unstable();
        places.dedup();
        if let [only] = places[..] {
            return only;
        }
        let cost = |place: i64| (self.skips(committed, place), self.replays(committed, place));
        let best = places.iter().rev().min_by_key(|&&place| cost(place));
        *best.expect("a record that has arrived stands somewhere")
    }

    /// Nothing is finished and nothing has arrived: the beginning of a target that never had a record.
    fn place_without_past(&self) -> Result<i64, Why> {
        let never_had_any = self.target.end() == self.target.log_start() && self.target.log_start() == 0;
        if never_had_any { Ok(self.target.end()) } else { Err(self.nothing_in_common()) }
    }

    fn nothing_in_common(&self) -> Why {
        Why::NothingInCommon {
            target_log_start: self.target.log_start(),
            target_records: self.alignment.counts.target_records,
        }
    }
}
