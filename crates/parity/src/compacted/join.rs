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
        let mut counts = KeyCounts {
            source_records: source.records,
            target_records: target.records,
            source_null_keys: source.null_keys,
            target_null_keys: target.null_keys,
            ..KeyCounts::default()
        };
        let found = each_pair(source, target, options, &|found: &mut Found, key, pair| {
            found.reach.take(pair);
            if pair.agrees() {
                pair.count(None, &mut found.counts);
            } else if found.differing.len() < options.differences {
                found.differing.insert(key, *pair);
            } else {
                found.beyond = true;
            }
        })?;
        let Found { mut reach, counts: agreeing, mut differing, mut beyond } =
            found.into_iter().reduce(Found::and).unwrap_or_default();
        counts = counts + agreeing;
        if differing.len() > options.differences {
            beyond = true;
            let surplus: std::collections::HashSet<u128> =
                differing.keys().skip(options.differences).copied().collect();
            differing.retain(|key, _| !surplus.contains(key));
        }
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
            let rest = each_pair(source, target, options, &|rest: &mut (KeyCounts, u64), key, pair| {
                if !pair.agrees() && !differing.contains_key(&key) {
                    let difference = pair.difference(&reach, options);
                    pair.count(difference, &mut rest.0);
                    rest.1 += u64::from(difference.is_some());
                }
            })?;
            for (more, so_many) in rest {
                counts = counts + more;
                unnamed += so_many;
            }
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

/// What one thread has found.
#[derive(Default)]
struct Found {
    reach: Reach,
    /// Of the keys that agree.
    counts: KeyCounts,
    differing: ByKey<Pair>,
    /// More keys differ than are kept.
    beyond: bool,
}

impl Found {
    fn and(mut self, other: Found) -> Found {
        self.differing.extend(other.differing);
        Found {
            reach: self.reach.and(other.reach),
            counts: self.counts + other.counts,
            differing: self.differing,
            beyond: self.beyond || other.beyond,
        }
    }
}

/// Puts the two sides together key by key, within half of the memory, on several threads; what each of them has found.
fn each_pair<T: Default + Send>(
    source: &Half,
    target: &Half,
    options: &Options,
    each: &(dyn Fn(&mut T, u128, &Pair) + Sync),
) -> Result<Vec<T>, CompactedError> {
    let memory = (options.memory / 2 / limits::JOINING).max(1);
    let part = |first: usize| {
        let mut found = T::default();
        let mut table: ByKey<Pair> = ByKey::default();
        let mut bytes = Vec::new();
        for bucket in (first..limits::BUCKETS).step_by(limits::JOINING) {
            let entries = source.buckets[bucket].entries() + target.buckets[bucket].entries();
            let passes = (entries * TABLE_BYTES).div_ceil(memory).max(1);
            for pass in 0..passes {
                table.clear();
                let in_pass = |key: u128| passes == 1 || part_of(key, passes) == pass;
                each_entry(target, bucket, &mut bytes, &mut |entry| {
                    if in_pass(entry.key()) {
                        table.entry(entry.key()).or_default().take_target(entry.latest);
                    }
                })?;
                each_entry(source, bucket, &mut bytes, &mut |entry| {
                    if in_pass(entry.key()) {
                        table.entry(entry.key()).or_default().take_source(entry.latest, options.source_cut);
                    }
                })?;
                table.iter().for_each(|(key, pair)| each(&mut found, *key, pair));
            }
        }
        Ok(found)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..limits::JOINING)
            .map(|first| {
                scope.spawn({
                    let part = &part;
                    move || part(first)
                })
            })
            .collect();
        let mut found = vec![part(0)];
        let joined = others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.extend(joined);
        found.into_iter().collect()
    })
}

fn each_entry(
    half: &Half,
    bucket: usize,
    bytes: &mut Vec<u8>,
    each: &mut dyn FnMut(super::entry::Entry),
) -> Result<(), CompactedError> {
    let bucket = &half.buckets[bucket];
    for chunk in &bucket.spilled {
        half.spill.read(*chunk, bytes, each)?;
    }
    bucket.held.iter().for_each(|entry| each(*entry));
    Ok(())
}
