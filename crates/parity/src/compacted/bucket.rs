use super::entry::Entry;
use super::limits;
use super::spill::Chunk;

/// The records of one part of the keys, in memory and spilled.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub held: Vec<Entry>,
    pub spilled: Vec<Chunk>,
}

impl Bucket {
    pub fn entries(&self) -> usize {
        self.held.len() + self.spilled.iter().map(Chunk::entries).sum::<usize>()
    }
}

/// Which bucket a key belongs to: by its highest bits, so that buckets one after the other are in key order.
pub(super) fn bucket_of(key: u128) -> usize {
    (key >> (128 - limits::BUCKETS.ilog2())) as usize
}

/// Which of `passes` parts of its bucket a key belongs to, in key order.
pub(super) fn part_of(key: u128, passes: usize) -> usize {
    let below_bucket = (key << limits::BUCKETS.ilog2()) >> 96;
    ((below_bucket * passes as u128) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_their_parts_are_in_key_order() {
        let mut last = (0, 0);
        for step in 0..100_000u128 {
            let key = step * (u128::MAX / 100_000);
            let place = (bucket_of(key), part_of(key, 7));
            assert!(place >= last && place.0 < limits::BUCKETS && place.1 < 7, "{key}");
            last = place;
        }
        assert_eq!(last, (limits::BUCKETS - 1, 6));
    }
}
