use super::entry::Entry;
use super::limits;

/// The keys seen last, one to a slot: a key that is written over and over leaves only its latest record.
#[derive(Debug)]
pub(super) struct Recent(Vec<Option<Entry>>);

impl Recent {
    pub fn new(memory: usize) -> Self {
        // A small memory gets a small cache: an eighth of it, 48 bytes a slot.
        let slots = (memory / 8 / size_of::<Option<Entry>>()).clamp(1, limits::RECENT);
        Recent(vec![None; slots])
    }

    /// Keeps this record, and gives back the one of another key that it takes the place of.
    pub fn replace(&mut self, entry: Entry) -> Option<Entry> {
        let slot = (entry.key as u64 % self.0.len() as u64) as usize;
        self.0[slot].replace(entry).filter(|before| before.key != entry.key)
    }

    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.0.iter_mut().filter_map(Option::take)
    }
}
