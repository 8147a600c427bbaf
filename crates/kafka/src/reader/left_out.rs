//! Offsets of one partition that are passed over as if they held nothing: what was born on the target.

use std::sync::Arc;

use parity::{Limit, PartitionLog, Pull, ReadError};
use runbook::world::BornSpan;

use super::PartitionReader;
use crate::topic_partition::TopicPartition;

/// Spans of one partition: ascending, and none touches another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut(Arc<[(i64, i64)]>);

impl LeftOut {
    /// Those of this partition among declared ones.
    pub fn of(declared: &[BornSpan], partition: &TopicPartition) -> LeftOut {
        let own = |span: &&BornSpan| span.topic == partition.topic && span.partition == partition.partition;
        let spans = BornSpan::joined(declared.iter().filter(own).cloned().collect());
        LeftOut(spans.iter().map(|span| (span.from, span.to)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// First offset of each span, and the one behind it.
    pub fn spans(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// Behind the span that holds this offset, if one does.
    pub(super) fn end_at(&self, offset: i64) -> Option<i64> {
        let next = self.0.partition_point(|span| span.1 <= offset);
        self.0.get(next).filter(|span| span.0 <= offset).map(|span| span.1)
    }

    pub(super) fn holds(&self, offset: i64) -> bool {
        self.end_at(offset).is_some()
    }

    /// Behind the last span that ends at or before this offset.
    fn last_end(&self, offset: i64) -> Option<i64> {
        let behind = self.0.partition_point(|span| span.1 <= offset);
        Some(self.0[behind.checked_sub(1)?].1)
    }
}

impl PartitionReader {
    /// The furthest offset from which the same records follow as from `at`, spans that are left out apart: where no record
    /// lies between a position and a span, the position may as well be behind the span, and has to be.
    ///
    /// # Errors
    /// The partition could not be read.
    pub fn behind_left_out(&mut self, at: i64) -> Result<i64, ReadError> {
        let isolation = self.isolation();
        let bounds = self.bounds()?;
        let end = bounds.end(isolation);
        let left_out = self.left_out().clone();
        if at < bounds.log_start || !left_out.spans().iter().any(|span| at < span.1 && span.1 <= end) {
            return Ok(at);
        }
        let mut next = at;
        while next < end {
            let window = self.read(next, Limit::records(1))?;
            if let Some(first) = window.records.first() {
                next = first.offset;
                break;
            }
            if window.next <= next {
                break;
            }
            next = window.next;
        }
        Ok(left_out.last_end(next).map_or(at, |end| end.max(at)))
    }

    /// How many visible records of what is left out a reader is given that begins at `at`.
    ///
    /// # Errors
    /// The partition could not be read.
    pub fn left_out_from(&mut self, at: i64) -> Result<u64, ReadError> {
        let isolation = self.isolation();
        let bounds = self.bounds()?;
        let end = bounds.end(isolation);
        let mut records = 0;
        for &(first, behind) in self.left_out().clone().spans() {
            let (from, to) = (first.max(at).max(bounds.log_start), behind.min(end));
            if from >= to {
                continue;
            }
            let whole = at <= first;
            if let Some(known) = self.counted.get(&first).filter(|_| whole) {
                records += known;
                continue;
            }
            let mut count = 0;
            let mut stream = self.with_everything().open(from, to)?;
            while stream.pull(&mut |_| count += 1)? != Pull::End {}
            if whole {
                self.counted.insert(first, count);
            }
            records += count;
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(topic: &str, partition: i32, from: i64, to: i64) -> BornSpan {
        BornSpan { topic: topic.to_owned(), partition, from, to }
    }

    #[test]
    fn only_the_offsets_of_its_own_partition_are_held() {
        let declared = [
            span("a", 0, 5, 8),
            span("a", 1, 0, 99),
            span("b", 0, 0, 99),
            span("a", 0, 12, 13),
            span("a", 0, 8, 9),
        ];
        let left_out = LeftOut::of(&declared, &TopicPartition::new("a", 0));
        assert_eq!(left_out.spans(), [(5, 9), (12, 13)]);
        let held: Vec<i64> = (0..20).filter(|offset| left_out.holds(*offset)).collect();
        assert_eq!(held, [5, 6, 7, 8, 12]);
        assert_eq!((left_out.end_at(6), left_out.end_at(9)), (Some(9), None));
        assert_eq!(
            [8, 9, 12, 13].map(|offset| left_out.last_end(offset)),
            [None, Some(9), Some(9), Some(13)]
        );
        assert!(LeftOut::of(&declared, &TopicPartition::new("c", 0)).is_empty());
    }
}
