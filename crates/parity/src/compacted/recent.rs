use super::entry::Entry;
use super::limits;

/// The keys seen last, one to a slot: a key that is written over and over leaves only its latest record.
///
/// Where hardly any key comes again, as in what a cleaner has been over, looking for them only costs time: then most
/// records pass by, and it is tried again further on.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<Option<Entry>>,
    /// Records that still pass by.
    passing: usize,
    tried: usize,
    replaced: usize,
}

impl Recent {
    pub fn new(memory: usize) -> Self {
        // A small memory gets a small cache: an eighth of it, 48 bytes a slot.
        let slots = (memory / 8 / size_of::<Option<Entry>>()).clamp(1, limits::RECENT);
        Recent { slots: vec![None; slots], passing: 0, tried: 0, replaced: 0 }
    }

    /// Keeps this record, and gives back the one of another key that it takes the place of; or gives it back itself, newer
    /// than one of its key that is kept.
    pub fn replace(&mut self, entry: Entry) -> Option<Entry> {
        if self.passing > 0 {
            self.passing -= 1;
            return Some(entry);
        }
        let slot = (entry.key() as u64 % self.slots.len() as u64) as usize;
        let before = self.slots[slot].replace(entry);
        self.tried += 1;
        self.replaced += usize::from(before.is_some_and(|before| before.key() == entry.key()));
        if self.tried == 2 * self.slots.len() {
            if self.replaced < self.tried / limits::WORTH_KEEPING {
                self.passing = limits::PASSING * self.tried;
            }
            (self.tried, self.replaced) = (0, 0);
        }
        before.filter(|before| before.key() != entry.key())
    }

    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.slots.iter_mut().filter_map(Option::take)
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Latest;
    use super::*;

    fn entry(key: u128, offset: i64) -> Entry {
        Entry::new(key, Latest::new(offset, false, 0, 0))
    }

    #[test]
    fn a_key_written_over_and_over_leaves_its_latest_record() {
        let mut recent = Recent::new(usize::MAX);
        let given_back = (0..1_000_000).filter_map(|n| recent.replace(entry(n as u128 % 100, n))).count();
        let mut kept: Vec<_> = recent.drain().map(|entry| entry.latest.offset()).collect();
        kept.sort_unstable();
        assert_eq!((given_back, kept), (0, (999_900..1_000_000).collect()));
    }

    #[test]
    fn the_latest_record_of_every_key_is_kept_or_given_back_and_hot_keys_are_noticed_late() {
        let mut recent = Recent::new(usize::MAX);
        let cold = 40 * limits::RECENT as i64;
        let keys = |n: i64| if n < cold { n as u128 } else { n as u128 % 100 };
        let all = 2 * cold;
        let mut latest = std::collections::HashMap::new();
        let mut given_back = 0;
        let mut note = |entry: Entry| {
            let newest = latest.entry(entry.key()).or_insert(-1);
            *newest = entry.latest.offset().max(*newest);
        };
        for n in 0..all {
            if let Some(entry) = recent.replace(entry(keys(n), n)) {
                given_back += usize::from(n >= cold);
                note(entry);
            }
        }
        recent.drain().for_each(note);
        for n in (0..cold).filter(|n| *n >= 100).chain(all - 100..all) {
            assert_eq!(latest[&keys(n)], n);
        }
        assert!(given_back < all as usize / 2 - limits::RECENT, "{given_back} hot records passed by");
    }
}
