use std::collections::VecDeque;

use crate::Fingerprint;
use crate::image::ByFingerprint;

/// The records matched last, to tell a repeated target record from a foreign one.
///
/// While nothing differs only the queue grows; the index is brought up to date when it is asked.
pub(super) struct Ring {
    recent: VecDeque<Pair>,
    /// The number, counted over the whole comparison, of the first record in `recent`.
    first: u64,
    capacity: usize,
    /// Where each recent image stands first on the source: those indexed last, and those before them. When the first
    /// have become as many as are recent, they take the place of the second.
    index: ByFingerprint<i64>,
    older: ByFingerprint<i64>,
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
        let [index, older] = Default::default();
        Ring { recent: VecDeque::new(), first: 0, capacity, index, older, indexed: 0 }
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
        // Forgotten records stay true: they only go to keep the index small.
        self.indexed = self.indexed.max(self.first);
        let skip = (self.indexed - self.first) as usize;
        for pair in self.recent.range(skip..) {
            if self.index.len() > self.capacity {
                std::mem::swap(&mut self.index, &mut self.older);
                self.index.clear();
            }
            self.index.entry(pair.fingerprint).or_insert(pair.source);
        }
        self.indexed = self.pushed();
        let known = [&self.older, &self.index].map(|index| index.get(&fingerprint).copied());
        known.into_iter().flatten().min()
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

    #[test]
    fn every_recent_record_is_known_whenever_it_is_asked_and_the_index_stays_small() {
        for step in [1, 3, 10, 11, 25, 70] {
            let mut ring = Ring::new(10);
            for n in 0..1_000 {
                ring.push(pair(n * 7));
                if n % step != 0 {
                    continue;
                }
                let all = ring.recent.clone();
                for recent in &all {
                    let first = all.iter().find(|pair| pair.fingerprint == recent.fingerprint);
                    let known = ring.source_of(recent.fingerprint);
                    assert!(known.is_some() && known <= first.map(|pair| pair.source), "{n} {known:?}");
                    assert_eq!(known.map(|known| known % 100), Some(recent.source % 100), "a true place");
                }
                assert!(ring.index.len() + ring.older.len() <= 22);
            }
        }
    }
}
