use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasherDefault;

use super::lane::{Entry, Lane};
use crate::Fingerprint;
use crate::image::Folded;

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
///
/// Ids go round: far fewer wait at once than there are.
#[derive(Default)]
pub(super) struct Pool {
    waiting: VecDeque<Slot>,
    /// The id of the first one.
    first: u32,
    /// By half of the fingerprint: the first and the last of a chain of waiting ones.
    ids: HashMap<u64, (u32, u32), BuildHasherDefault<Folded>>,
}

struct Slot {
    left: Left,
    /// False: it has found its equal.
    waits: bool,
    /// The id of the next one of its chain; its own, if it is the last.
    next: u32,
}

impl Pool {
    pub fn push(&mut self, left: Left) {
        let id = self.first.wrapping_add(self.waiting.len() as u32);
        let chain = self.ids.entry(half(left.fingerprint)).or_insert((id, id));
        let before = std::mem::replace(&mut chain.1, id);
        if before != id {
            let at = self.place(before);
            self.waiting[at].next = id;
        }
        if self.waiting.len() == self.waiting.capacity() {
            // By a quarter: twice as many as ever wait would be most of what a comparison holds.
            self.waiting.reserve_exact((self.waiting.len() / 4).max(64));
        }
        self.waiting.push_back(Slot { left, waits: true, next: id });
    }

    fn place(&self, id: u32) -> usize {
        id.wrapping_sub(self.first) as usize
    }

    /// Takes out the oldest one with this image. Its bytes are gone: beside fingerprints, fields are compared by hashes
    /// that nobody outside can make collide.
    pub fn take(&mut self, fingerprint: Fingerprint, fields: impl FnOnce() -> [u64; 4]) -> Option<Left> {
        if self.ids.is_empty() {
            return None;
        }
        let (first, last) = *self.ids.get(&half(fingerprint))?;
        let fields = fields();
        let (mut before, mut id) = (None, first);
        loop {
            let slot = &self.waiting[self.place(id)];
            if slot.left.fingerprint == fingerprint && slot.left.fields == fields {
                break;
            }
            if id == last {
                return None;
            }
            (before, id) = (Some(id), slot.next);
        }
        self.unlink(half(fingerprint), before, id);
        let at = self.place(id);
        self.waiting[at].waits = false;
        Some(self.waiting[at].left)
    }

    /// Takes one out of its chain; `before` stands before it there.
    fn unlink(&mut self, half: u64, before: Option<u32>, id: u32) {
        let next = self.waiting[self.place(id)].next;
        let chain = self.ids.get_mut(&half).expect("who waits is findable");
        match (before, id == chain.1) {
            (None, true) => {
                self.ids.remove(&half);
            }
            (None, false) => chain.0 = next,
            (Some(before), is_last) => {
                if is_last {
                    chain.1 = before;
                }
                let at = self.place(before);
                self.waiting[at].next = if is_last { before } else { next };
            }
        }
    }

    /// Room taken, those that have found their equal included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The gap of the oldest one still waiting.
    pub fn oldest_gap(&mut self) -> Option<u64> {
        while self.waiting.front().is_some_and(|slot| !slot.waits) {
            self.pop();
        }
        self.waiting.front().map(|slot| slot.left.gap)
    }

    fn pop(&mut self) -> Option<Left> {
        let slot = self.waiting.pop_front()?;
        self.first = self.first.wrapping_add(1);
        if self.waiting.is_empty() {
            // A window that was full once is not kept for the rest of a comparison.
            (self.waiting, self.ids) = Default::default();
        }
        Some(slot.left)
    }

    /// Takes out all that still wait in this gap, which must be the oldest.
    pub fn drain(&mut self, gap: u64) -> Vec<Left> {
        let mut drained = Vec::new();
        while self.oldest_gap() == Some(gap) {
            // The oldest one of all is the first of its chain.
            let half = half(self.waiting[0].left.fingerprint);
            self.unlink(half, None, self.first);
            drained.extend(self.pop());
        }
        drained
    }
}

fn half(fingerprint: Fingerprint) -> u64 {
    fingerprint.0 as u64
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
