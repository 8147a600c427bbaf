use super::entry::Latest;
use super::half::entry;
use super::join::ByKey;
use super::verdict::Pair;
use super::{CompactedError, KeyCounts, KeyDifference, Options};
use crate::image::Sha256Hex;
use crate::source::{Pull, RecordSource};

/// What the comparison of two compacted partitions found.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Keys that agree, and totals; those that differ are counted from `differing`.
    base: KeyCounts,
    /// Differing keys there was no room for, as they are.
    unnamed: KeyCounts,
    beyond: u64,
    differing: ByKey<Pair>,
    frontier: Option<i64>,
    options: Options,
    /// Over the canonical images of all visible records read, in offset order.
    pub source_sha256: Sha256Hex,
    pub target_sha256: Sha256Hex,
    /// Over the keys alive: fingerprint of key and of content (xxh3, 16 and 8 bytes, big-endian), in the order
    /// of the former. Equal exactly when both sides have the same latest records.
    pub source_live_sha256: Sha256Hex,
    pub target_live_sha256: Sha256Hex,
}

impl Comparison {
    #[expect(clippy::too_many_arguments, reason = "it is put together in one place from what one pass found")]
    pub(super) fn new(
        base: KeyCounts,
        unnamed: KeyCounts,
        beyond: u64,
        differing: ByKey<Pair>,
        frontier: Option<i64>,
        read: (Sha256Hex, Sha256Hex),
        live: (Sha256Hex, Sha256Hex),
        options: Options,
    ) -> Self {
        Comparison {
            base,
            unnamed,
            beyond,
            differing,
            frontier,
            options,
            source_sha256: read.0,
            target_sha256: read.1,
            source_live_sha256: live.0,
            target_live_sha256: live.1,
        }
    }

    /// The last source record known to have arrived.
    pub fn frontier(&self) -> Option<i64> {
        self.frontier
    }

    /// Differing keys that were only counted: there was no room to keep them, so that they were not looked at
    /// again either.
    pub fn unnamed(&self) -> u64 {
        self.beyond
    }

    pub fn counts(&self) -> KeyCounts {
        let mut counts = KeyCounts {
            missing_keys: self.unnamed.missing_keys,
            extra_keys: self.unnamed.extra_keys,
            altered_keys: self.unnamed.altered_keys,
            resurrected_keys: self.unnamed.resurrected_keys,
            pending: self.unnamed.pending,
            trimmed_source: self.unnamed.trimmed_source,
            trimmed_target: self.unnamed.trimmed_target,
            ..self.base
        };
        for pair in self.differing.values() {
            *pair.difference(self.frontier, &self.options).count(&mut counts) += 1;
        }
        counts
    }

    /// The keys that differ, in the order of their source offsets, then target offsets.
    pub fn differences(&self) -> Vec<KeyDifference> {
        let difference = |pair: &Pair| KeyDifference {
            difference: pair.difference(self.frontier, &self.options),
            source_offset: pair.source.map(|latest| latest.offset()),
            target_offset: pair.target.map(|latest| latest.offset()),
        };
        let mut differences: Vec<_> = self.differing.values().map(difference).collect();
        let first = |offset: Option<i64>| offset.unwrap_or(i64::MAX);
        differences.sort_unstable_by_key(|found| (first(found.source_offset), first(found.target_offset)));
        differences
    }

    /// Looks at the differing keys again in what has come since the cuts: streams that begin where the
    /// comparison ended. A key that agrees now no longer counts as different: one side was only read later
    /// than the other.
    ///
    /// # Errors
    /// A stream failed; what was known before holds, as of the earlier cuts.
    pub fn recheck(
        &mut self,
        source: &mut dyn RecordSource,
        target: &mut dyn RecordSource,
    ) -> Result<(), CompactedError> {
        let mut differing = self.differing.clone();
        self.each_known(target, &mut differing, Pair::take_target)?;
        self.each_known(source, &mut differing, Pair::take_source)?;
        for (key, now) in differing {
            let mut before = KeyCounts::default();
            self.differing[&key].count(&mut before);
            let mut after = KeyCounts::default();
            now.count(&mut after);
            self.frontier = self.frontier.max(now.arrived);
            let base = &mut self.base;
            base.keys_source = base.keys_source + after.keys_source - before.keys_source;
            base.keys_target = base.keys_target + after.keys_target - before.keys_target;
            base.tombstones = base.tombstones + after.tombstones - before.tombstones;
            base.matching += after.matching;
            if now.agrees() {
                self.differing.remove(&key);
            } else {
                self.differing.insert(key, now);
            }
        }
        Ok(())
    }

    fn each_known(
        &self,
        stream: &mut dyn RecordSource,
        differing: &mut ByKey<Pair>,
        take: impl Fn(&mut Pair, Latest),
    ) -> Result<(), CompactedError> {
        let mut bytes = Vec::new();
        loop {
            let pull = stream.pull(&mut |image| {
                if let Some(entry) = entry(&image, &self.options.ignore, &mut bytes)
                    && let Some(pair) = differing.get_mut(&entry.key)
                {
                    take(pair, entry.latest);
                }
            })?;
            if pull == Pull::End {
                return Ok(());
            }
        }
    }
}
