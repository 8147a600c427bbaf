use super::entry::Latest;
use super::{KeyCounts, Options};

/// In which way a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    Missing,
    Extra,
    Altered,
    Resurrected,
    Pending,
    TrimmedSource,
    TrimmedTarget,
}

/// A key that differs. Its bytes are read back from the offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDifference {
    pub difference: Difference,
    /// Of the latest record on either side, tombstones included.
    pub source_offset: Option<i64>,
    pub target_offset: Option<i64>,
}

/// The latest records of one key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pair {
    /// Below the cut.
    pub source: Option<Latest>,
    /// At or behind the cut.
    later: Option<Latest>,
    pub target: Option<Latest>,
    /// The last source record, of any age, that equals the target's latest one.
    pub arrived: Option<i64>,
}

/// How far the two sides reach, known only when all keys have been seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    /// The last source record known to have arrived; `None`: none has.
    pub frontier: Option<i64>,
    /// Of the latest target records that are source records: the first, and the first of these source records.
    pub first_target: Option<i64>,
    pub first_source: Option<i64>,
}

impl Reach {
    /// Of two parts of the keys, that of both.
    pub fn and(self, other: Reach) -> Reach {
        let first = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
        Reach {
            frontier: self.frontier.max(other.frontier),
            first_target: first(self.first_target, other.first_target),
            first_source: first(self.first_source, other.first_source),
        }
    }

    pub fn take(&mut self, pair: &Pair) {
        let (Some(arrived), Some(target)) = (pair.arrived, pair.target) else { return };
        self.frontier = self.frontier.max(Some(arrived));
        let first = |known: Option<i64>, offset: i64| Some(known.map_or(offset, |known| known.min(offset)));
        self.first_source = first(self.first_source, arrived);
        self.first_target = first(self.first_target, target.offset());
    }
}

impl Pair {
    /// Takes in a target record: the latest one stays.
    pub fn take_target(&mut self, latest: Latest) {
        newest(&mut self.target, latest);
    }

    /// Takes in a source record: the latest one stays. Those of the target have been taken in before.
    pub fn take_source(&mut self, latest: Latest, cut: Option<i64>) {
        let is_later = cut.is_some_and(|cut| latest.offset() >= cut);
        newest(if is_later { &mut self.later } else { &mut self.source }, latest);
        if self.target.is_some_and(|target| target.equals(&latest)) {
            self.arrived = self.arrived.max(Some(latest.offset()));
        }
    }

    fn is_alive(side: Option<Latest>) -> bool {
        side.is_some_and(|latest| latest.is_alive())
    }

    /// The target has what the source had at the cut, or something newer of the source; or neither has the key alive.
    pub fn agrees(&self) -> bool {
        let caught_up =
            self.arrived.is_some_and(|arrived| self.source.is_none_or(|source| source.offset() <= arrived));
        let both_dead = !Pair::is_alive(self.target)
            && match self.source {
                Some(source) => !source.is_alive() || self.later.is_some_and(|later| !later.is_alive()),
                // Only newer than the cut, or overwritten after it and cleaned away since: not decided here.
                None => !Pair::is_alive(self.later),
            };
        caught_up || both_dead
    }

    /// The source record this key is judged by.
    fn reference(&self) -> Option<Latest> {
        self.source.or(self.later)
    }

    /// In which way it differs; `None`: all that differs was written behind the cut. Only asked of pairs that do not
    /// agree.
    pub fn difference(&self, reach: &Reach, options: &Options) -> Option<Difference> {
        let target_is_alive = Pair::is_alive(self.target);
        let Some(reference) = self.reference() else {
            let explained = self.target.is_some_and(|target| {
                options.source_head.explains(target.timestamp)
                    && reach.first_target.is_none_or(|first| target.offset() < first)
            });
            return Some(if explained { Difference::TrimmedSource } else { Difference::Extra });
        };
        if reach.frontier.is_none_or(|frontier| reference.offset() > frontier) {
            let is_behind_cut = self.source.is_none() && !target_is_alive;
            return (!is_behind_cut).then_some(Difference::Pending);
        }
        Some(match (reference.is_alive(), target_is_alive) {
            (true, true) => Difference::Altered,
            (true, false) => {
                let explained = self.target.is_none()
                    && options.target_head.explains(reference.timestamp)
                    && reach.first_source.is_none_or(|first| reference.offset() < first);
                if explained { Difference::TrimmedTarget } else { Difference::Missing }
            }
            (false, _) => Difference::Resurrected,
        })
    }

    /// Counts this key as of the cut; `difference` is how it differs, if it does.
    pub fn count(&self, difference: Option<Difference>, counts: &mut KeyCounts) {
        counts.tombstones += u64::from(self.source.is_some_and(|source| !source.is_alive()));
        match difference {
            // Where the sides agree, the target had at the cut what the source had, whatever either has by now.
            None => {
                let alive = u64::from(Pair::is_alive(self.source));
                counts.keys_source += alive;
                counts.keys_target += alive;
                counts.matching += alive;
            }
            Some(difference) => {
                counts.keys_source += u64::from(Pair::is_alive(self.reference()));
                counts.keys_target += u64::from(Pair::is_alive(self.target));
                *difference.count(counts) += 1;
            }
        }
    }

    pub fn named(&self, difference: Difference) -> KeyDifference {
        KeyDifference {
            difference,
            source_offset: self.reference().map(|latest| latest.offset()),
            target_offset: self.target.map(|latest| latest.offset()),
        }
    }
}

fn newest(side: &mut Option<Latest>, latest: Latest) {
    if side.is_none_or(|known| known.offset() <= latest.offset()) {
        *side = Some(latest);
    }
}

impl Difference {
    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            Difference::Missing => "missing_keys",
            Difference::Extra => "extra_keys",
            Difference::Altered => "altered_keys",
            Difference::Resurrected => "resurrected_keys",
            Difference::Pending => "pending",
            Difference::TrimmedSource => "trimmed_source",
            Difference::TrimmedTarget => "trimmed_target",
        }
    }

    /// Its place among the counts.
    fn count(self, counts: &mut KeyCounts) -> &mut u64 {
        match self {
            Difference::Missing => &mut counts.missing_keys,
            Difference::Extra => &mut counts.extra_keys,
            Difference::Altered => &mut counts.altered_keys,
            Difference::Resurrected => &mut counts.resurrected_keys,
            Difference::Pending => &mut counts.pending,
            Difference::TrimmedSource => &mut counts.trimmed_source,
            Difference::TrimmedTarget => &mut counts.trimmed_target,
        }
    }
}
