use super::alignment::Side;
use super::lane::Lane;
use super::limits;
use crate::ReadError;
use crate::image::ByFingerprint;

/// Finds where two streams that have come apart come together again.
#[derive(Default)]
pub(super) struct Anchors {
    /// Per fingerprint of the source's look-ahead: where it stands first, and how often on each side.
    seen: ByFingerprint<Seen>,
    /// Records looked at so far.
    pub looked_at: u64,
}

#[derive(Clone, Copy)]
struct Seen {
    first: u32,
    source: u32,
    target: u32,
}

/// What a look-ahead showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The record this many behind the source's head equals the one this many behind the target's head, and
    /// so do those that follow.
    Anchor(usize, usize),
    /// As an anchor, but so wide a look-ahead was needed that more than the way up to there is worth being
    /// put together from it.
    Dense(usize, usize, usize),
    /// Both streams end within the look-ahead and have no such place: all that is left is one gap.
    Ends,
    /// Nothing within reach.
    Nothing,
}

impl Anchors {
    /// Widens the look-ahead step by step, as far as `records` and `bytes` a side, until it finds an anchor.
    pub fn look(
        &mut self,
        source: &mut Lane,
        target: &mut Lane,
        records: usize,
        bytes: usize,
    ) -> Result<Look, (Side, ReadError)> {
        for (width, run) in limits::STAGES {
            let width = width.min(records);
            source.fill(width + run, bytes).map_err(|error| (Side::Source, error))?;
            target.fill(width + run, bytes).map_err(|error| (Side::Target, error))?;
            if let Some((i, j)) = self.nearest(source, target, width, run) {
                return Ok(Self::found(i, j, width));
            }
            let whole = |lane: &Lane| lane.ended() && lane.len() <= width;
            if whole(source) && whole(target) {
                return Ok(Look::Ends);
            }
            if width == records {
                break;
            }
        }
        let found = self.nearest(source, target, records, limits::LAST_RESORT);
        Ok(found.map_or(Look::Nothing, |(i, j)| Self::found(i, j, records)))
    }

    /// A look that was wide for an anchor that is near would be repeated at the next difference.
    fn found(i: usize, j: usize, width: usize) -> Look {
        let near = width > limits::NARROW && i.max(j) < width / 2;
        if near { Look::Dense(i, j, width) } else { Look::Anchor(i, j) }
    }

    /// Gives back what a wide look-ahead needed.
    pub fn shrink(&mut self) {
        if self.seen.capacity() > 2 * limits::NARROW {
            self.seen = ByFingerprint::default();
        }
    }

    /// The pair of positions with the smallest sum at which `run` records are equal one after the other (or
    /// all up to where a stream ends); one that holds a record unique on both sides goes before all others.
    fn nearest(&mut self, source: &Lane, target: &Lane, width: usize, run: usize) -> Option<(usize, usize)> {
        let (ours, theirs) = (source.len().min(width), target.len().min(width));
        self.count(source, ours, target, theirs);
        let (mut unique, mut any) = (None::<(usize, usize)>, None::<(usize, usize)>);
        let better = |best: &Option<(usize, usize)>, sum: usize| best.is_none_or(|(i, j)| sum < i + j);
        for j in 0..theirs {
            if !better(&unique, j) {
                break;
            }
            let Some(seen) = self.seen.get(&target.fingerprint(j)).filter(|seen| seen.source > 0) else {
                continue;
            };
            let i = seen.first as usize;
            let is_unique = seen.source == 1 && seen.target == 1;
            let best = if is_unique { &mut unique } else { &mut any };
            if better(best, i + j) && is_run(source, i, target, j, run) && (is_unique || run > 1) {
                *best = Some((i, j));
            }
        }
        unique.or(any)
    }

    fn count(&mut self, source: &Lane, ours: usize, target: &Lane, theirs: usize) {
        self.seen.clear();
        self.looked_at += (ours + theirs) as u64;
        for i in 0..ours {
            let new = Seen { first: i as u32, source: 0, target: 0 };
            self.seen.entry(source.fingerprint(i)).or_insert(new).source += 1;
        }
        for j in 0..theirs {
            if let Some(seen) = self.seen.get_mut(&target.fingerprint(j)) {
                seen.target += 1;
            }
        }
    }
}

/// Whether `run` records are equal from these positions on, or all up to the end of either stream.
fn is_run(source: &Lane, i: usize, target: &Lane, j: usize, run: usize) -> bool {
    for step in 0..run {
        match (source.get(i + step), target.get(j + step)) {
            // Fingerprints can be made to collide by whoever writes the records; bytes cannot.
            (Some(ours), Some(theirs))
                if ours.fingerprint == theirs.fingerprint && source.image(ours) == target.image(theirs) => {}
            (Some(_), Some(_)) => return false,
            (ours, theirs) => {
                return (ours.is_none() && source.ended()) || (theirs.is_none() && target.ended());
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog};
    use crate::{Ignore, PartitionLog};

    fn lane(text: &str) -> Lane {
        let mut log = MemoryLog::of(text.bytes().map(|byte| Entry::new(0, vec![byte], vec![])));
        Lane::new(log.open(0, i64::MAX).unwrap(), &Ignore::NOTHING)
    }

    fn look(source: &str, target: &str) -> Look {
        Anchors::default().look(&mut lane(source), &mut lane(target), 1000, usize::MAX).unwrap()
    }

    #[test]
    fn the_nearest_run_is_the_anchor() {
        assert_eq!(look("xabcdefghijkl", "abcdefghijkl"), Look::Anchor(1, 0));
        assert_eq!(look("abcdefghijkl", "xyabcdefghijkl"), Look::Anchor(0, 2));
        assert_eq!(look("bacdefghijkl", "abcdefghijkl"), Look::Anchor(2, 2));
    }

    #[test]
    fn a_run_that_reaches_an_end_is_long_enough() {
        assert_eq!(look("xabc", "abc"), Look::Anchor(1, 0));
        assert_eq!(look("xab", "yz"), Look::Ends);
        assert_eq!(look("abcdefgh", "bac"), Look::Anchor(2, 2));
    }

    #[test]
    fn a_unique_record_goes_before_a_nearer_repeated_one() {
        assert_eq!(look("-----------abcdefghijk", "abcdefghijk-----------"), Look::Anchor(11, 0));
    }
}
