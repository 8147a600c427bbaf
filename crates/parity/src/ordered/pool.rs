use std::collections::VecDeque;

use super::lane::{Entry, Lane};
use crate::Fingerprint;
use crate::image::ByFingerprint;

/// A record that has no equal at its place, waiting for one within the look-ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub offset: i64,
    /// Its number among the visible records read on its side.
    pub number: u64,
    /// The gap it stands in: how many pairs were matched in order before it.
    pub gap: u64,
    pub timestamp: i64,
    pub fingerprint: Fingerprint,
    /// To see in which field it differs from another one.
    pub fields: [u64; 4],
    /// On the target: the source record it repeats, if that was known when it came.
    pub copy_of: Option<i64>,
}

impl Left {
    pub fn of(lane: &Lane, entry: &Entry, number: u64, gap: u64) -> Self {
        Left {
            offset: entry.offset,
            number,
            gap,
            timestamp: entry.timestamp,
            fingerprint: entry.fingerprint,
            fields: lane.image(entry).field_hashes(),
            copy_of: None,
        }
    }
}

/// The leftover records of one side, oldest first, findable by their image.
#[derive(Default)]
pub(super) struct Pool {
    /// `None`: it has found its equal.
    waiting: VecDeque<Option<Left>>,
    /// The id of the first one.
    first: u64,
    ids: ByFingerprint<VecDeque<u64>>,
}

impl Pool {
    pub fn push(&mut self, left: Left) {
        self.ids.entry(left.fingerprint).or_default().push_back(self.first + self.waiting.len() as u64);
        self.waiting.push_back(Some(left));
    }

    /// Takes out the oldest one with this image. Its bytes are gone: beside fingerprints, fields are compared by hashes
    /// that nobody outside can make collide.
    pub fn take(&mut self, fingerprint: Fingerprint, fields: impl FnOnce() -> [u64; 4]) -> Option<Left> {
        if self.ids.is_empty() {
            return None;
        }
        let ids = self.ids.get_mut(&fingerprint)?;
        let fields = fields();
        let place = |id: u64| (id - self.first) as usize;
        let equal = |id: &u64| self.waiting[place(*id)].is_some_and(|left| left.fields == fields);
        let id = ids.remove(ids.iter().position(equal)?)?;
        if ids.is_empty() {
            self.ids.remove(&fingerprint);
        }
        self.waiting[place(id)].take()
    }

    /// Room taken, those that have found their equal included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The gap of the oldest one still waiting.
    pub fn oldest_gap(&mut self) -> Option<u64> {
        while let Some(None) = self.waiting.front() {
            self.waiting.pop_front();
            self.first += 1;
        }
        self.waiting.front().and_then(|left| left.map(|left| left.gap))
    }

    /// Takes out all that still wait in this gap, which must be the oldest.
    pub fn drain(&mut self, gap: u64) -> Vec<Left> {
        let mut drained = Vec::new();
        while self.oldest_gap() == Some(gap) {
            let left = self.waiting.pop_front().flatten().expect("the oldest one still waits");
            self.first += 1;
            let ids = self.ids.get_mut(&left.fingerprint).expect("who waits is findable");
            ids.pop_front();
            if ids.is_empty() {
                self.ids.remove(&left.fingerprint);
            }
            drained.push(left);
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(offset: i64, gap: u64) -> Left {
        let fingerprint = Fingerprint(offset as u128 % 3);
        Left { offset, number: 0, gap, timestamp: 0, fingerprint, fields: [0; 4], copy_of: None }
    }

    #[test]
    fn records_are_found_by_image_oldest_first_and_drained_by_gap() {
        let mut pool = Pool::default();
        for (offset, gap) in [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2)] {
            pool.push(left(offset, gap));
        }
        assert_eq!(pool.take(Fingerprint(0), || [0; 4]).map(|left| left.offset), Some(0));
        assert!(
            pool.take(Fingerprint(0), || [0, 0, 1, 0]).is_none(),
            "a fingerprint alone does not make it equal"
        );
        assert_eq!(pool.oldest_gap(), Some(1));
        let drained: Vec<_> = pool.drain(1).iter().map(|left| left.offset).collect();
        assert_eq!(drained, [1, 3]);
        assert_eq!(pool.take(Fingerprint(0), || [0; 4]).map(|left| left.offset), Some(6));
        assert_eq!(pool.take(Fingerprint(0), || [0; 4]).map(|left| left.offset), None);
        assert_eq!(pool.drain(2).len(), 1);
        assert!(pool.ids.is_empty() && pool.oldest_gap().is_none());
    }
}
