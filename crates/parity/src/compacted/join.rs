use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use sha2::Digest;

use super::bucket::part_of;
use super::half::Half;
use super::verdict::{Pair, Reach};
use super::{CompactedError, Comparison, KeyCounts, Options, limits};
use crate::image::Sha256Hex;

/// Keys by their fingerprint, which is a hash already.
pub(super) type ByKey<T> = HashMap<u128, T, BuildHasherDefault<Fingerprinted>>;

/// What one key costs in the table of a join: tables grow by doubling, so that about half of the slots are in use.
const TABLE_BYTES: usize = 2 * size_of::<(u128, Pair)>();

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
    /// Compares the source (`self`) with the target, as far as both have been read. More may be read into either half
    /// afterwards, and the two joined again.
    ///
    /// # Errors
    /// What was spilled could not be read back.
    pub fn join(&mut self, target: &mut Half, options: &Options) -> Result<Comparison, CompactedError> {
        let source = self;
        source.settle();
        target.settle();
        let mut reach = Reach::default();
        let mut counts = KeyCounts {
            source_records: source.records,
            target_records: target.records,
            source_null_keys: source.null_keys,
            target_null_keys: target.null_keys,
            ..KeyCounts::default()
        };
        let mut differing: ByKey<Pair> = ByKey::default();
        let mut beyond = false;
        each_pair(source, target, options, &mut |key, pair| {
            reach.take(pair);
            if pair.agrees() {
                pair.count(None, &mut counts);
            } else if differing.len() < options.differences {
                differing.insert(key, *pair);
            } else {
                beyond = true;
            }
        })?;
        // A target on which nothing is as it ever was on the source is not behind: it is another one.
        let is_other = target.records > target.null_keys;
        reach.frontier = reach.frontier.or(is_other.then_some(i64::MAX));
        let mut named = Vec::new();
        for pair in differing.values() {
            let difference = pair.difference(&reach, options);
            pair.count(difference, &mut counts);
            named.extend(difference.map(|difference| pair.named(difference)));
        }
        let mut unnamed = 0;
        if beyond {
            // How far the target has come is known only now: those not kept are gone through again.
            each_pair(source, target, options, &mut |key, pair| {
                if !pair.agrees() && !differing.contains_key(&key) {
                    let difference = pair.difference(&reach, options);
                    pair.count(difference, &mut counts);
                    unnamed += u64::from(difference.is_some());
                }
            })?;
        }
        let first = |offset: Option<i64>| offset.unwrap_or(i64::MAX);
        named.sort_unstable_by_key(|found| (first(found.source_offset), first(found.target_offset)));
        Ok(Comparison {
            counts,
            differences: named,
            unnamed,
            frontier: reach.frontier,
            source_sha256: Sha256Hex(source.digest.clone().finalize().into()),
            target_sha256: Sha256Hex(target.digest.clone().finalize().into()),
        })
    }
}

/// Puts the two sides together key by key, within half of the memory.
fn each_pair(
    source: &mut Half,
    target: &mut Half,
    options: &Options,
    each: &mut dyn FnMut(u128, &Pair),
) -> Result<(), CompactedError> {
    let memory = (options.memory / 2).max(1);
    let mut table: ByKey<Pair> = ByKey::default();
    for bucket in 0..limits::BUCKETS {
        let entries = source.buckets[bucket].entries() + target.buckets[bucket].entries();
        let passes = (entries * TABLE_BYTES).div_ceil(memory).max(1);
        for pass in 0..passes {
            table.clear();
            let in_pass = |key: u128| passes == 1 || part_of(key, passes) == pass;
            each_entry(target, bucket, &mut |entry| {
                if in_pass(entry.key()) {
                    table.entry(entry.key()).or_default().take_target(entry.latest);
                }
            })?;
            each_entry(source, bucket, &mut |entry| {
                if in_pass(entry.key()) {
                    table.entry(entry.key()).or_default().take_source(entry.latest, options.source_cut);
                }
            })?;
            table.iter().for_each(|(key, pair)| each(*key, pair));
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
