use std::ops::Range;

/// A set of offsets: disjoint ranges, ascending, none empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Range<i64>>);

impl Spans {
    pub fn of(ranges: impl IntoIterator<Item = Range<i64>>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<i64>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Spans(merged)
    }

    pub fn one(range: Range<i64>) -> Self {
        Spans::of(std::iter::once(range))
    }

    pub fn union(&self, other: &Spans) -> Spans {
        Spans::of(self.0.iter().chain(&other.0).cloned())
    }

    /// What is in this set and not in the other.
    pub fn minus(&self, other: &Spans) -> Spans {
        let mut rest = Vec::new();
        let mut holes = other.0.iter().peekable();
        for range in &self.0 {
            let mut start = range.start;
            while let Some(hole) = holes.peek() {
                if hole.end <= start {
                    holes.next();
                    continue;
                }
                if hole.start >= range.end {
                    break;
                }
                if start < hole.start {
                    rest.push(start..hole.start);
                }
                start = hole.end;
                if start >= range.end {
                    break;
                }
            }
            if start < range.end {
                rest.push(start..range.end);
            }
        }
        Spans(rest)
    }

    /// What of this set lies in the range.
    pub fn within(&self, limits: Range<i64>) -> Spans {
        let cut = |range: &Range<i64>| range.start.max(limits.start)..range.end.min(limits.end);
        Spans(self.0.iter().map(cut).filter(|range| !range.is_empty()).collect())
    }

    pub fn ranges(&self) -> &[Range<i64>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_offsets_behave_as_sets() {
        let mut state = 7u64;
        let mut roll = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as i64
        };
        for _ in 0..2_000 {
            let mut set = || {
                Spans::of(
                    (0..roll(5))
                        .map(|_| {
                            let start = roll(30);
                            start..start + roll(8)
                        })
                        .collect::<Vec<_>>(),
                )
            };
            let (one, other) = (set(), set());
            let has = |spans: &Spans, offset: i64| spans.ranges().iter().any(|range| range.contains(&offset));
            let (union, minus, within) = (one.union(&other), one.minus(&other), one.within(5..20));
            for offset in 0..40 {
                let (a, b) = (has(&one, offset), has(&other, offset));
                assert_eq!(has(&union, offset), a || b);
                assert_eq!(has(&minus, offset), a && !b, "{one:?} {other:?} {offset}");
                assert_eq!(has(&within, offset), a && (5..20).contains(&offset));
            }
            for spans in [union, minus, within] {
                assert!(spans.0.windows(2).all(|pair| pair[0].end <= pair[1].start));
                assert!(spans.0.iter().all(|range| !range.is_empty()));
            }
        }
    }
}
