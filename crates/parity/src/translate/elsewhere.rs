use super::last_places::LastPlaces;
use super::spans::Spans;
use crate::ordered::{Extra, OffsetMap, Run};

/// What stands on the target besides the twins in order, put in order once for all points.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    /// Ascending by source, and per run the furthest end on the source of it and those before it.
    by_source: Vec<Run>,
    reach_by_source: Vec<i64>,
    /// The same ascending by target.
    by_target: Vec<Run>,
    reach_by_target: Vec<i64>,
    /// Behind the last record known on the source.
    target_end: i64,
    /// Every source record that stands there.
    pub arrived: LastPlaces,
    /// Those of them that count as records, and of these the ones without a twin in order.
    pub counted: LastPlaces,
    pub absent: LastPlaces,
    /// The same two, the copies that equal a second record included.
    pub counted_with_doubles: LastPlaces,
    pub absent_with_doubles: LastPlaces,
    /// Behind the last record that should have arrived and stands nowhere.
    lost_end: i64,
    /// How many records are behind the frontier.
    pub pending: u64,
    /// Per repeated run: the furthest end on the source of it and those behind it.
    copies_reach: Vec<i64>,
    /// Target offsets of the records that turned out to be late copies; ascending.
    late: Vec<i64>,
    /// Target offsets of the records of the target alone that may be older than the source's first; ascending.
    older: Vec<i64>,
}

/// What it is made of.
pub(super) struct Parts<'a> {
    pub map: &'a OffsetMap,
    pub source_from: i64,
    pub frontier: Option<i64>,
    pub absent: &'a [(i64, i64)],
    pub strays: &'a [Run],
    pub copies: &'a [Run],
    pub late_copies: &'a [Run],
    pub double_copies: &'a [Run],
    pub extras: &'a [Extra],
    pub oldest_timestamp: Option<i64>,
}

impl Elsewhere {
    pub fn of(parts: &Parts<'_>) -> Self {
        let runs = [parts.strays, parts.copies, parts.late_copies].concat();
        let counted = |all: &LastPlaces| {
            let absent = || parts.absent.iter().map(|&(first, last)| first..last + 1);
            let in_order = parts.map.runs().iter().map(|run| run.source..run.source + run.length);
            let mut known: Vec<_> =
                in_order.chain(absent()).chain(std::iter::once(i64::MIN..parts.source_from)).collect();
            known.sort_unstable_by_key(|range| range.start);
            (all.inside(known), all.inside(absent()))
        };
        let arrived = LastPlaces::of(&runs);
        let (with_twins, absent) = counted(&arrived);
        let (counted_with_doubles, absent_with_doubles) = match parts.double_copies {
            [] => (with_twins.clone(), absent.clone()),
            doubles => counted(&LastPlaces::of(&[&runs[..], doubles].concat())),
        };
        let mut by_source = runs;
        let mut by_target = by_source.clone();
        by_source.sort_unstable_by_key(|run| run.source);
        by_target.sort_unstable_by_key(|run| run.target);
        let mut copies_reach = reach(parts.copies.iter().rev());
        copies_reach.reverse();
        let absences = Spans::of(parts.absent.iter().map(|&(first, last)| first..last + 1));
        let behind = parts.frontier.map_or(parts.source_from, |frontier| frontier + 1);
        let somewhere = Spans::of(by_source.iter().map(|run| run.source..run.source + run.length));
        let lost = absences.within(parts.source_from..behind).minus(&somewhere);
        let pending = absences.within(behind..i64::MAX);
        let mut late: Vec<i64> = parts.late_copies.iter().map(|run| run.target).collect();
        late.sort_unstable();
        let may_be_older = |extra: &&Extra| {
            parts.oldest_timestamp.is_none_or(|oldest| extra.timestamp < oldest)
                && late.binary_search(&extra.offset).is_err()
        };
        let older = parts.extras.iter().filter(may_be_older).map(|extra| extra.offset).collect();
        Elsewhere {
            reach_by_source: reach(by_source.iter()),
            reach_by_target: reach(by_target.iter()),
            target_end: by_target.iter().map(|run| run.target + run.length).max().unwrap_or(i64::MIN),
            by_source,
            by_target,
            arrived,
            counted: with_twins,
            absent,
            counted_with_doubles,
            absent_with_doubles,
            lost_end: lost.ranges().last().map_or(i64::MIN, |range| range.end),
            pending: pending.ranges().iter().map(|range| range.end - range.start).sum::<i64>() as u64,
            copies_reach,
            late,
            older,
        }
    }

    /// Every target offset at which this source record stands.
    pub fn places_of(&self, source: i64) -> impl Iterator<Item = i64> {
        let behind = self.by_source.partition_point(|run| run.source <= source);
        let reaching = (0..behind).rev().take_while(move |at| self.reach_by_source[*at] > source);
        reaching
            .map(|at| &self.by_source[at])
            .filter(move |run| run.source + run.length > source)
            .map(move |run| run.target + source - run.source)
    }

    /// Where records at or behind a source offset stand before a target offset: the first place of each run.
    pub fn early(&self, source: i64, before: i64) -> impl Iterator<Item = i64> {
        let behind = self.by_target.partition_point(|run| run.target < before);
        let reaching = (0..behind).rev().take_while(move |at| self.reach_by_target[*at] > source);
        reaching
            .map(|at| &self.by_target[at])
            .filter(move |run| run.source + run.length > source)
            .map(move |run| run.target + (source - run.source).max(0))
            .filter(move |place| *place < before)
    }

    /// Whether a source record at or behind this offset should have arrived and stands nowhere.
    pub fn lost_from(&self, source: i64) -> bool {
        self.lost_end > source
    }

    /// Whether anything stands at or behind a target offset.
    pub fn reaches(&self, target: i64) -> bool {
        self.target_end > target
    }

    /// Whether any of the repeated runs, which are ascending by target, has a record at or behind `source` and one at
    /// or behind `target`.
    pub fn repeats(&self, copies: &[Run], source: i64, target: i64) -> bool {
        let first = copies.partition_point(|run| run.target + run.length <= target);
        self.copies_reach.get(first).is_some_and(|reach| *reach > source)
    }

    pub fn is_late_copy(&self, target: i64) -> bool {
        self.late.binary_search(&target).is_ok()
    }

    /// Records of the target alone, at or behind this target offset, that may be older than the source's first.
    pub fn older_from(&self, target: i64) -> usize {
        self.older.len() - self.older.partition_point(|offset| *offset < target)
    }
}

/// Per run the furthest end on the source of it and all those before it.
fn reach<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<i64> {
    let ends = runs.scan(i64::MIN, |furthest, run| {
        *furthest = (*furthest).max(run.source + run.length);
        Some(*furthest)
    });
    ends.collect()
}
