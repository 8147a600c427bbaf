use std::collections::{HashMap, VecDeque};

use crate::Fingerprint;

/// The records matched last, to tell a repeated target record from a foreign one.
///
/// While nothing differs only the queue grows; the index is brought up to date when it is asked.
pub(super) struct Ring {
    recent: VecDeque<Pair>,
    /// The number, counted over the whole comparison, of the first record in `recent`.
    first: u64,
    capacity: usize,
    /// Where each recent image stands first on the source.
    index: HashMap<Fingerprint, i64>,
    /// The number of the first record that is not in the index yet.
    indexed: u64,
}

/// A source record and its twin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub fingerprint: Fingerprint,
    pub source: i64,
    pub target: i64,
}

impl Ring {
    pub fn new(capacity: usize) -> Self {
        Ring { recent: VecDeque::new(), first: 0, capacity, index: HashMap::new(), indexed: 0 }
    }

    /// Remembers a pair that was matched in order.
    pub fn push(&mut self, pair: Pair) {
        if self.recent.len() == self.capacity {
            self.recent.pop_front();
            self.first += 1;
        }
        self.recent.push_back(pair);
    }

    /// How many pairs were pushed over the whole comparison.
    pub fn pushed(&self) -> u64 {
        self.first + self.recent.len() as u64
    }

    /// The pair with this number, if it is recent.
    pub fn pair(&self, number: u64) -> Option<&Pair> {
        self.recent.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Remembers a source record that has its twin elsewhere than in order, or none.
    pub fn note(&mut self, fingerprint: Fingerprint, source: i64) {
        let first = self.index.entry(fingerprint).or_insert(source);
        *first = source.min(*first);
    }

    /// Where on the source a recently matched record with this image stands (the first of them).
    pub fn source_of(&mut self, fingerprint: Fingerprint) -> Option<i64> {
        // Forgotten records stay true, so the index is only emptied to keep it small.
        if self.index.len() > 2 * self.capacity {
            self.index.clear();
            self.indexed = self.first;
        }
        self.indexed = self.indexed.max(self.first);
        let skip = (self.indexed - self.first) as usize;
        for pair in self.recent.iter().skip(skip) {
            self.index.entry(pair.fingerprint).or_insert(pair.source);
        }
        self.indexed = self.pushed();
        self.index.get(&fingerprint).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(n: u128) -> Pair {
        Pair { fingerprint: Fingerprint(n % 100), source: n as i64, target: n as i64 + 5 }
    }

    #[test]
    fn recent_records_are_known_by_their_first_place() {
        let mut ring = Ring::new(10);
        (0..250).for_each(|n| ring.push(pair(n)));
        assert_eq!(ring.source_of(Fingerprint(45)), Some(245));
        assert_eq!(ring.source_of(Fingerprint(35)), None);
        (250..350).for_each(|n| ring.push(pair(n)));
        assert_eq!(ring.source_of(Fingerprint(45)), Some(245), "what was known stays true");
        assert_eq!(ring.pair(345).map(|pair| pair.target), Some(350));
        assert!(ring.pair(339).is_none() && ring.pair(350).is_none());
    }
}
