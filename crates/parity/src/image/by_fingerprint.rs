use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::secret;
use crate::Fingerprint;

/// What is known per fingerprint.
pub(crate) type ByFingerprint<T> = HashMap<Fingerprint, T, BuildHasherDefault<Folded>>;

/// Folds a fingerprint, which is a hash already, with two numbers nobody outside knows: so that records cannot be
/// written that all fall into one slot.
#[derive(Debug, Default)]
pub(crate) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only reached by keys that are neither fingerprints nor halves of them, of which there are none.
        self.0 = secret::hash(bytes);
    }

    fn write_u64(&mut self, half: u64) {
        self.write_u128(u128::from(half));
    }

    fn write_u128(&mut self, fingerprint: u128) {
        let [one, other] = secret::factors();
        let product = u128::from(fingerprint as u64 ^ one) * u128::from((fingerprint >> 64) as u64 ^ other);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_alike_in_one_half_are_told_apart() {
        let hash = |fingerprint: u128| {
            let mut folded = Folded::default();
            folded.write_u128(fingerprint);
            folded.finish()
        };
        let mut hashes: Vec<u64> = (0..1_000).flat_map(|n| [hash(n), hash((n + 1) << 64)]).collect();
        assert_eq!(hash(5), hashes[10], "it stays the same");
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 2_000);
    }
}
