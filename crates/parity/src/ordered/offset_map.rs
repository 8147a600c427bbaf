/// Offsets that advance together: for `0 <= k < length`, target offset `target + k` is the twin of source
/// offset `source + k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub source: i64,
    pub target: i64,
    /// In records, and in offsets of either side.
    pub length: i64,
}

/// Which source records are where on the target, as far as they are in order on both sides: runs ascending
/// on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetMap {
    runs: Vec<Run>,
    capacity: usize,
    whole: bool,
}

impl OffsetMap {
    pub(crate) fn new(capacity: usize) -> Self {
        OffsetMap { runs: Vec::new(), capacity, whole: true }
    }

    /// Adds a pair behind all others.
    pub(crate) fn push(&mut self, source: i64, target: i64) {
        if let Some(run) = self.runs.last_mut()
            && source == run.source + run.length
            && target == run.target + run.length
        {
            run.length += 1;
        } else if self.runs.len() < self.capacity {
            self.runs.push(Run { source, target, length: 1 });
        } else {
            self.whole = false;
        }
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// False when there was no room for all runs: then nothing may be concluded from an absence.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The first source record at or behind `offset` that has a twin in order, and the twin.
    pub fn at_or_after_source(&self, offset: i64) -> Option<(i64, i64)> {
        let run = self.runs.get(self.runs.partition_point(|run| run.source + run.length <= offset))?;
        let step = (offset - run.source).max(0);
        Some((run.source + step, run.target + step))
    }

    /// The last source record before `offset` that has a twin in order, and the twin.
    pub fn before_source(&self, offset: i64) -> Option<(i64, i64)> {
        let run = self.runs[..self.runs.partition_point(|run| run.source < offset)].last()?;
        let step = (offset - run.source).min(run.length) - 1;
        Some((run.source + step, run.target + step))
    }

    /// The first target record at or behind `offset` that is a twin in order, and its source record, as
    /// `(source, target)`.
    pub fn at_or_after_target(&self, offset: i64) -> Option<(i64, i64)> {
        let run = self.runs.get(self.runs.partition_point(|run| run.target + run.length <= offset))?;
        let step = (offset - run.target).max(0);
        Some((run.source + step, run.target + step))
    }

    /// The last pair.
    pub fn last(&self) -> Option<(i64, i64)> {
        self.runs.last().map(|run| (run.source + run.length - 1, run.target + run.length - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> OffsetMap {
        let mut map = OffsetMap::new(10);
        for (source, target) in [(10, 5), (11, 6), (13, 7), (14, 8), (20, 30)] {
            map.push(source, target);
        }
        map
    }

    #[test]
    fn pairs_that_advance_together_are_one_run() {
        let runs: Vec<_> = map().runs().iter().map(|run| (run.source, run.target, run.length)).collect();
        assert_eq!(runs, [(10, 5, 2), (13, 7, 2), (20, 30, 1)]);
    }

    #[test]
    fn the_neighbours_of_any_offset_are_found() {
        let map = map();
        assert_eq!(map.at_or_after_source(0), Some((10, 5)));
        assert_eq!(map.at_or_after_source(12), Some((13, 7)));
        assert_eq!(map.at_or_after_source(14), Some((14, 8)));
        assert_eq!(map.at_or_after_source(21), None);
        assert_eq!(map.before_source(10), None);
        assert_eq!(map.before_source(11), Some((10, 5)));
        assert_eq!(map.before_source(13), Some((11, 6)));
        assert_eq!(map.before_source(100), Some((20, 30)));
        assert_eq!(map.at_or_after_target(9), Some((20, 30)));
        assert_eq!(map.at_or_after_target(6), Some((11, 6)));
        assert_eq!(map.at_or_after_target(31), None);
    }

    #[test]
    fn a_full_map_says_so() {
        let mut map = OffsetMap::new(1);
        map.push(0, 0);
        map.push(1, 1);
        assert!(map.is_whole());
        map.push(5, 2);
        assert!(!map.is_whole());
    }
}
