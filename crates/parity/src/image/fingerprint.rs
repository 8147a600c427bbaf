use std::fmt;

use super::secret;

/// xxh3-128 of the canonical bytes of an image, with a secret of this process: short enough to remember many, long enough
/// that two different records of one comparison do not share one by accident (below 2^-60 for 2^34 records). The plain
/// hash collides wherever somebody wants it to; with a secret nobody knows which records would.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// Means nothing outside this process.
    pub fn of(canonical: &[u8]) -> Self {
        let fingerprint = secret::hash_128(canonical);
        #[cfg(test)]
        let fingerprint = fingerprint % collide::KINDS.get();
        Fingerprint(fingerprint)
    }

    /// Without the secret: the same in every process, to be shown or kept. Proves nothing, as it can be forged.
    pub fn lasting(bytes: &[u8]) -> Self {
        Fingerprint(xxhash_rust::xxh3::xxh3_128(bytes))
    }
}

/// Fingerprints of a few kinds only: whoever writes records can make two of them collide, and tests must too.
#[cfg(test)]
pub(crate) mod collide {
    use std::cell::Cell;

    thread_local! {
        pub(super) static KINDS: Cell<u128> = const { Cell::new(u128::MAX) };
    }

    /// Runs `test` with no more than `kinds` different fingerprints.
    pub(crate) fn among<T>(kinds: u128, test: impl FnOnce() -> T) -> T {
        KINDS.set(kinds);
        let result = test();
        KINDS.set(u128::MAX);
        result
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A SHA-256, shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Hex(pub [u8; 32]);

impl Sha256Hex {
    /// Nothing was digested.
    pub const NONE: Sha256Hex = Sha256Hex([0; 32]);
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
