use std::ops::Range;

use super::Why;
use crate::Tally;

/// What happens to a group that continues at its target commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It goes on at the same boundary, and nothing it has finished comes again later.
    Exact,
    /// It is given records again that it has finished.
    Replay,
    /// It is never given records that it has not finished.
    Skip,
    /// It cannot be told which of several places is right, or the way to the end is not proved.
    Ambiguous,
    /// The target has no (usable) commit.
    Untranslated,
    /// There is nothing to prove it with.
    Unprovable,
}

impl Outcome {
    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Exact => "exact",
            Outcome::Replay => "replay",
            Outcome::Skip => "skip",
            Outcome::Ambiguous => "ambiguous",
            Outcome::Untranslated => "untranslated",
            Outcome::Unprovable => "unprovable",
        }
    }
}

/// How an exact position was shown to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Every record from the position to the end was compared.
    Aligned,
    /// The neighbourhood was compared; offsets have the same distance there, at this many places across the
    /// tail, and at the end.
    Sampled(usize),
}

/// The answer for one [`super::Point`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    pub outcome: Outcome,
    /// What to commit on the target; of several places the earliest safe one. `None` when it is not known.
    pub exact_target: Option<i64>,
    /// The visible source records replayed or skipped; nothing for `exact`. `None` for the other outcomes, and
    /// where a replay or skip was too long to be measured within the read budget (`why` says so).
    pub size: Option<Tally>,
    /// The first and the last of them, as source offsets.
    pub span: Option<(i64, i64)>,
    /// Where they are: all visible source records of these ranges, and no others. Empty where that was not measured.
    pub ranges: Vec<Range<i64>>,
    /// Always there with ambiguous, untranslated and unprovable.
    pub why: Option<Why>,
    /// That a group going on at `exact_target` would be exact, and how that was shown; also where the group
    /// itself stands elsewhere (replay, skip, untranslated).
    pub proof: Option<Proof>,
    /// Why `exact_target` is not proved, where `why` speaks of the group's own commit and not of the place.
    pub unproved: Option<Why>,
    /// Visible source records at or behind the commit that have not arrived on the target yet, when known.
    pub pending: Option<u64>,
    /// For `untranslated`: what the group's reset policy would do.
    pub reset: Option<Reset>,
}

/// What happens to a group without a commit on the target, by its `auto.offset.reset`; with `none` it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reset {
    /// `earliest`: finished records given again. `None`: not measured.
    pub earliest_replays: Option<Tally>,
    /// `earliest`: records lost all the same, because the target does not have them.
    pub earliest_skips: Option<Tally>,
    /// `latest`: records never given. `None`: not measured.
    pub latest_skips: Option<Tally>,
}

impl Translation {
    /// An answer without a measure.
    pub(super) fn because(outcome: Outcome, exact_target: Option<i64>, why: Why) -> Self {
        Translation {
            outcome,
            exact_target,
            size: None,
            span: None,
            ranges: Vec::new(),
            why: Some(why),
            proof: None,
            unproved: None,
            pending: None,
            reset: None,
        }
    }

    pub(super) fn exact(exact_target: i64, proof: Proof) -> Self {
        Translation {
            outcome: Outcome::Exact,
            exact_target: Some(exact_target),
            size: Some(Tally::NOTHING),
            span: None,
            ranges: Vec::new(),
            why: None,
            proof: Some(proof),
            unproved: None,
            pending: None,
            reset: None,
        }
    }
}
