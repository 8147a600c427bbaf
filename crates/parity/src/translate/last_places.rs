use std::collections::BinaryHeap;
use std::ops::Range;

use crate::ordered::Run;

/// Source records and the last target offset at which each stands, so that "how many of these stand at or behind
/// this target offset" is answered without looking at every one.
#[derive(Debug, Clone, Default)]
pub(super) struct LastPlaces {
    /// Disjoint, ascending by source.
    runs: Vec<Run>,
    /// Per run: how many records are in the runs before it; one more entry for all.
    before: Vec<i64>,
    /// A binary tree over the runs, its root at 1: the first and the last of all target offsets below a node.
    tree: Vec<(i64, i64)>,
}

impl LastPlaces {
    /// Of runs that may overlap on the source.
    pub fn of(runs: &[Run]) -> Self {
        let mut runs = runs.to_vec();
        runs.sort_unstable_by_key(|run| run.source);
        let mut edges: Vec<i64> = runs.iter().flat_map(|run| [run.source, run.source + run.length]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut coming = runs.into_iter().peekable();
        // Of the runs over one source offset, the furthest from it on the target stands last.
        let mut open: BinaryHeap<(i64, i64)> = BinaryHeap::new();
        let mut last = Vec::new();
        for edge in edges.windows(2) {
            while let Some(run) = coming.next_if(|run| run.source <= edge[0]) {
                open.push((run.target - run.source, run.source + run.length));
            }
            while open.peek().is_some_and(|(_, end)| *end <= edge[0]) {
                open.pop();
            }
            if let Some((distance, _)) = open.peek() {
                last.push(Run { source: edge[0], target: edge[0] + distance, length: edge[1] - edge[0] });
            }
        }
        LastPlaces::disjoint(last)
    }

    fn disjoint(runs: Vec<Run>) -> Self {
        let mut before = vec![0];
        before.extend(runs.iter().scan(0, |sum, run| {
            *sum += run.length;
            Some(*sum)
        }));
        let leaves = runs.len().next_power_of_two();
        let mut tree = vec![(i64::MAX, i64::MIN); 2 * leaves];
        for (leaf, run) in tree[leaves..].iter_mut().zip(&runs) {
            *leaf = (run.target, run.target + run.length - 1);
        }
        for node in (1..leaves).rev() {
            let (left, right) = (tree[2 * node], tree[2 * node + 1]);
            tree[node] = (left.0.min(right.0), left.1.max(right.1));
        }
        LastPlaces { runs, before, tree }
    }

    /// Those of these records that are in one of the ranges, which are disjoint and ascending.
    pub fn inside(&self, ranges: impl IntoIterator<Item = Range<i64>>) -> Self {
        let mut rest = &self.runs[..];
        let mut inside = Vec::new();
        for range in ranges {
            rest = &rest[rest.partition_point(|run| run.source + run.length <= range.start)..];
            let met = rest.iter().take_while(|run| run.source < range.end);
            inside.extend(met.map(|run| {
                let source = run.source.max(range.start);
                let end = (run.source + run.length).min(range.end);
                Run { source, target: run.target + source - run.source, length: end - source }
            }));
        }
        LastPlaces::disjoint(inside)
    }

    /// The first of these records at or behind a source offset.
    pub fn first_from(&self, source: i64) -> Option<i64> {
        let run = self.runs.get(self.runs.partition_point(|run| run.source + run.length <= source))?;
        Some(run.source.max(source))
    }

    /// How many of the records in `range` stand at or behind a target offset.
    pub fn standing(&self, range: Range<i64>, from: i64) -> i64 {
        if range.is_empty() || self.runs.is_empty() || self.tree[1].1 < from {
            return 0;
        }
        let first = self.runs.partition_point(|run| run.source + run.length <= range.start);
        let end = self.runs.partition_point(|run| run.source < range.end);
        if first >= end {
            return 0;
        }
        let part = |run: &Run| {
            let passed = (range.start - run.source).max(from - run.target).max(0);
            ((range.end - run.source).min(run.length) - passed).max(0)
        };
        let (head, tail) = (first, end - 1);
        let mut sum = part(&self.runs[head]);
        if tail > head {
            sum += part(&self.runs[tail]) + self.below(1, 0..self.tree.len() / 2, &(head + 1..tail), from);
        }
        sum
    }

    /// The same for whole runs, those of `wanted` among the ones below a node.
    fn below(&self, node: usize, runs: Range<usize>, wanted: &Range<usize>, from: i64) -> i64 {
        let met = runs.start.max(wanted.start)..runs.end.min(wanted.end);
        let (first, last) = self.tree[node];
        if met.is_empty() || last < from {
            return 0;
        }
        if first >= from {
            return self.before[met.end] - self.before[met.start];
        }
        if runs.len() == 1 {
            return last + 1 - from;
        }
        let middle = usize::midpoint(runs.start, runs.end);
        self.below(2 * node, runs.start..middle, wanted, from)
            + self.below(2 * node + 1, middle..runs.end, wanted, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_looking_at_every_record() {
        let mut state = 11u64;
        let mut roll = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as i64
        };
        for _ in 0..1_000 {
            let runs: Vec<Run> = (0..roll(9))
                .map(|_| Run { source: roll(40), target: roll(60), length: 1 + roll(8) })
                .collect();
            let last = |source: i64| {
                let over = runs.iter().filter(|run| (run.source..run.source + run.length).contains(&source));
                over.map(|run| run.target + source - run.source).max()
            };
            let kept = [5..12, 12..13, 20..45];
            let (all, some) = (LastPlaces::of(&runs), LastPlaces::of(&runs).inside(kept.clone()));
            for _ in 0..50 {
                let (start, from) = (roll(50), roll(70));
                let range = start..start + roll(50);
                let stands = |source: &i64| last(*source).is_some_and(|place| place >= from);
                let right = range.clone().filter(stands).count() as i64;
                assert_eq!(all.standing(range.clone(), from), right, "{runs:?} {range:?} {from}");
                let is_kept = |source: &i64| kept.iter().any(|range| range.contains(source));
                let right = range.clone().filter(stands).filter(is_kept).count() as i64;
                assert_eq!(some.standing(range.clone(), from), right, "{runs:?} {range:?} {from}");
                let first = (start..100).find(|source| last(*source).is_some());
                assert_eq!(all.first_from(start), first, "{runs:?} {start}");
            }
        }
    }
}
