use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use sha2::{Digest, Sha256};

use super::bucket::part_of;
use super::half::Half;
use super::verdict::Pair;
use super::{CompactedError, Comparison, KeyCounts, Options, limits};
use crate::image::Sha256Hex;

/// Keys by their fingerprint, which is a hash already.
pub(super) type ByKey<T> = HashMap<u128, T, BuildHasherDefault<Fingerprinted>>;

/// Takes the low half of a fingerprint for its hash.
#[derive(Debug, Default)]
pub(super) struct Fingerprinted(u64);

impl Hasher for Fingerprinted {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only reached by keys that are no fingerprints, of which there are none.
        self.0 = xxhash_rust::xxh3::xxh3_64(bytes);
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
}

impl Half {
    /// Compares the source (`self`), as far as it was read, with the target.
    ///
    /// # Errors
    /// What was spilled could not be read back.
    pub fn join(self, target: Half, options: &Options) -> Result<Comparison, CompactedError> {
        let (mut source, mut target) = (self, target);
        source.settle();
        target.settle();
        let mut counts = KeyCounts {
            source_records: source.records,
            target_records: target.records,
            source_null_keys: source.null_keys,
            target_null_keys: target.null_keys,
            ..KeyCounts::default()
        };
        let (mut source_live, mut target_live) = (Sha256::new(), Sha256::new());
        let mut differing: ByKey<Pair> = ByKey::default();
        let mut frontier = None;
        let mut beyond = 0u64;
        each_pair(&mut source, &mut target, options.memory / 2, &mut |key, pair| {
            pair.count(&mut counts);
            frontier = frontier.max(pair.arrived);
            for (digest, latest) in [(&mut source_live, pair.source), (&mut target_live, pair.target)] {
                if let Some(latest) = latest.filter(|latest| latest.is_alive()) {
                    digest.update(key.to_be_bytes());
                    digest.update(latest.content.to_be_bytes());
                }
            }
            if pair.agrees() {
                return;
            }
            if differing.len() < options.differences {
                differing.insert(key, *pair);
            } else {
                beyond += 1;
            }
        })?;
        // A target on which nothing is as it ever was on the source is not behind: it is another one.
        let other = (target.records > target.null_keys).then_some(i64::MAX);
        let frontier = options.frontier.max(frontier).or(other);
        let mut unnamed = KeyCounts::default();
        if beyond > 0 {
            // How far the target has come is known only now: those not kept are gone through again.
            each_pair(&mut source, &mut target, options.memory / 2, &mut |key, pair| {
                if !pair.agrees() && !differing.contains_key(&key) {
                    *pair.difference(frontier, options).count(&mut unnamed) += 1;
                }
            })?;
        }
        let live = (Sha256Hex(source_live.finalize().into()), Sha256Hex(target_live.finalize().into()));
        let read = (Sha256Hex(source.digest.finalize().into()), Sha256Hex(target.digest.finalize().into()));
        Ok(Comparison::new(counts, unnamed, beyond, differing, frontier, read, live, options.clone()))
    }
}

/// Puts the two sides together key by key, in key order, within this much memory.
fn each_pair(
    source: &mut Half,
    target: &mut Half,
    memory: usize,
    each: &mut dyn FnMut(u128, &Pair),
) -> Result<(), CompactedError> {
    let mut table: ByKey<Pair> = ByKey::default();
    let mut keys = Vec::new();
    for bucket in 0..limits::BUCKETS {
        let entries = source.buckets[bucket].entries() + target.buckets[bucket].entries();
        let passes = (entries * limits::TABLE_BYTES).div_ceil(memory.max(1)).max(1);
        for pass in 0..passes {
            table.clear();
            let in_pass = |key: u128| passes == 1 || part_of(key, passes) == pass;
            each_entry(target, bucket, &mut |entry| {
                if in_pass(entry.key) {
                    table.entry(entry.key).or_default().take_target(entry.latest);
                }
            })?;
            each_entry(source, bucket, &mut |entry| {
                if in_pass(entry.key) {
                    table.entry(entry.key).or_default().take_source(entry.latest);
                }
            })?;
            keys.clear();
            keys.extend(table.keys().copied());
            keys.sort_unstable();
            keys.iter().for_each(|key| each(*key, &table[key]));
        }
    }
    Ok(())
}

fn each_entry(
    half: &mut Half,
    bucket: usize,
    each: &mut dyn FnMut(super::entry::Entry),
) -> Result<(), CompactedError> {
    let bucket = &half.buckets[bucket];
    for chunk in &bucket.spilled {
        half.spill.read(*chunk, each)?;
    }
    bucket.held.iter().for_each(|entry| each(*entry));
    Ok(())
}
