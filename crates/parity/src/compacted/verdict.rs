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
    pub source: Option<Latest>,
    pub target: Option<Latest>,
    /// The last source record, of any age, that equals the target's latest one.
    pub arrived: Option<i64>,
}

impl Pair {
    /// Takes in a target record: the latest one stays.
    pub fn take_target(&mut self, latest: Latest) {
        newest(&mut self.target, latest);
    }

    /// Takes in a source record: the latest one stays. Those of the target have been taken in before.
    pub fn take_source(&mut self, latest: Latest) {
        newest(&mut self.source, latest);
        if self.target.is_some_and(|target| target.equals(&latest)) {
            self.arrived = self.arrived.max(Some(latest.offset()));
        }
    }

    fn is_alive(side: Option<Latest>) -> bool {
        side.is_some_and(|latest| latest.is_alive())
    }

    /// Both sides have the key alive with equal records, or neither has it alive.
    pub fn agrees(&self) -> bool {
        match (self.source, self.target) {
            (Some(source), Some(target)) if source.is_alive() && target.is_alive() => source.equals(&target),
            (source, target) => !Pair::is_alive(source) && !Pair::is_alive(target),
        }
    }

    /// Counts what does not depend on how far the target has come.
    pub fn count(&self, counts: &mut KeyCounts) {
        let (source, target) = (Pair::is_alive(self.source), Pair::is_alive(self.target));
        counts.keys_source += u64::from(source);
        counts.keys_target += u64::from(target);
        counts.tombstones += u64::from(self.source.is_some() && !source);
        counts.matching += u64::from(source && target && self.agrees());
    }

    /// In which way it differs; only asked of pairs that do not agree.
    pub fn difference(&self, frontier: Option<i64>, options: &Options) -> Difference {
        let behind_frontier = |latest: Latest| frontier.is_none_or(|frontier| latest.offset() > frontier);
        let removed =
            |latest: Latest, limit: Option<i64>| limit.is_some_and(|limit| latest.timestamp < limit);
        match (self.source, self.target) {
            (Some(source), _) if behind_frontier(source) => Difference::Pending,
            (Some(source), target) if source.is_alive() => {
                if Pair::is_alive(target) {
                    Difference::Altered
                } else if target.is_none() && removed(source, options.target_removed_before) {
                    Difference::TrimmedTarget
                } else {
                    Difference::Missing
                }
            }
            (Some(_), _) => Difference::Resurrected,
            (None, Some(target)) if removed(target, options.source_removed_before) => {
                Difference::TrimmedSource
            }
            (None, _) => Difference::Extra,
        }
    }
}

fn newest(side: &mut Option<Latest>, latest: Latest) {
    if side.is_none_or(|known| known.offset() <= latest.offset()) {
        *side = Some(latest);
    }
}

impl Difference {
    /// Its place among the counts.
    pub(super) fn count(self, counts: &mut KeyCounts) -> &mut u64 {
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
