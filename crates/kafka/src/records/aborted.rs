//! Which transactional batches a reader of committed records must not see.

use std::collections::BTreeSet;

/// A transaction that was aborted, as a fetch answer lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AbortedTransaction {
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
}

/// Follows the aborted transactions of one answer along its batches.
#[derive(Default)]
pub(crate) struct Aborted {
    /// By first offset, the last one first; not yet begun at the batch we are at.
    coming: Vec<AbortedTransaction>,
    open: BTreeSet<i64>,
}

impl Aborted {
    /// Those an answer lists, in any order.
    pub fn new(mut list: Vec<AbortedTransaction>) -> Self {
        list.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        Aborted { coming: list, open: BTreeSet::new() }
    }

    /// Whether a transactional data batch belongs to an aborted transaction.
    pub fn hides(&mut self, producer_id: i64, last_offset: i64) -> bool {
        self.begin_up_to(last_offset);
        self.open.contains(&producer_id)
    }

    /// An abort marker ends its producer's transaction: what the producer writes next is another one.
    pub fn marker(&mut self, producer_id: i64, last_offset: i64, is_abort: bool) {
        self.begin_up_to(last_offset);
        if is_abort {
            self.open.remove(&producer_id);
        }
    }

    fn begin_up_to(&mut self, offset: i64) {
        while let Some(begun) = self.coming.pop_if(|transaction| transaction.first_offset <= offset) {
            self.open.insert(begun.producer_id);
        }
    }
}
