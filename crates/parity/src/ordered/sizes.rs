use std::ops::Range;

use super::limits;
use super::options::Breakpoints;
use crate::Tally;

/// How much lies between offsets of the source: sums over blocks of its visible records, cut at the
/// breakpoints somebody will ask about.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    blocks: Vec<Block>,
    source: Vec<i64>,
    target: Vec<i64>,
    /// The next record begins a new block.
    closed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    first: i64,
    last: i64,
    tally: Tally,
}

impl Sizes {
    pub(super) fn new(breakpoints: Breakpoints) -> Self {
        let descending = |mut offsets: Vec<i64>| {
            offsets.sort_unstable_by(|a, b| b.cmp(a));
            offsets.dedup();
            offsets
        };
        let (source, target) = (descending(breakpoints.source), descending(breakpoints.target));
        Sizes { blocks: Vec::new(), source, target, closed: true }
    }

    /// Counts a source record; called in offset order.
    pub(super) fn source(&mut self, offset: i64, timestamp: i64, bytes: u64) {
        let closed = passed(&mut self.source, offset) || self.closed;
        match self.blocks.last_mut() {
            Some(block) if !closed && block.tally.records < limits::SIZE_BLOCK => {
                block.last = offset;
                block.tally.add(timestamp, bytes);
            }
            _ => {
                let mut tally = Tally::NOTHING;
                tally.add(timestamp, bytes);
                self.blocks.push(Block { first: offset, last: offset, tally });
            }
        }
        self.closed = false;
    }

    /// Sees a target record; called in offset order, between the source records around it.
    pub(super) fn target(&mut self, offset: i64) {
        self.closed |= passed(&mut self.target, offset);
    }

    /// The sum over the whole blocks inside `range`, and the parts of it whose blocks reach beyond it: those
    /// have to be read.
    pub fn sum(&self, range: Range<i64>) -> (Tally, Vec<Range<i64>>) {
        let mut sum = Tally::NOTHING;
        let mut open = Vec::new();
        let first = self.blocks.partition_point(|block| block.last < range.start);
        for block in self.blocks[first..].iter().take_while(|block| block.first < range.end) {
            if block.first >= range.start && block.last < range.end {
                sum.merge(&block.tally);
            } else {
                open.push(block.first.max(range.start)..(block.last + 1).min(range.end));
            }
        }
        (sum, open)
    }
}

/// Takes every breakpoint at or below `offset` off the end of a descending list; true if there was one.
fn passed(descending: &mut Vec<i64>, offset: i64) -> bool {
    let before = descending.len();
    while descending.last().is_some_and(|&breakpoint| breakpoint <= offset) {
        descending.pop();
    }
    descending.len() < before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_between_breakpoints_need_no_reading() {
        let mut sizes = Sizes::new(Breakpoints { source: vec![10, 40], target: vec![1020] });
        for offset in 0..100 {
            sizes.source(offset, offset * 2, 3);
            sizes.target(1000 + offset);
        }
        let (sum, open) = sizes.sum(10..40);
        assert_eq!((sum.records, sum.bytes, sum.timestamps, open), (30, 90, Some((20, 78)), vec![]));
        // The target's breakpoint closes the block behind the source record it was seen with.
        assert_eq!(sizes.sum(21..40).0.records, 19);
        let (sum, open) = sizes.sum(15..45);
        assert_eq!((sum.records, open), (19, vec![15..21, 40..45]));
    }
}
