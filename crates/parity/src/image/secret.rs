use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use xxhash_rust::xxh3;

/// What the hashes of this process depend on, drawn at its first use.
static SECRET: LazyLock<[u8; 192]> = LazyLock::new(|| {
    let mut secret = [0; 192];
    let random = RandomState::new();
    for (n, word) in secret.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *word = random.hash_one(n).to_le_bytes();
    }
    secret
});

/// xxh3-64 with a secret: the plain one collides wherever somebody wants it to. Means nothing outside this process.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxh3::xxh3_64_with_secret(bytes, SECRET.as_slice())
}

/// The same in 128 bits.
pub(crate) fn hash_128(bytes: &[u8]) -> u128 {
    xxh3::xxh3_128_with_secret(bytes, SECRET.as_slice())
}

/// Two odd numbers.
pub(crate) fn factors() -> [u64; 2] {
    let (words, _) = SECRET.as_chunks::<8>();
    [words[0], words[1]].map(|word| u64::from_le_bytes(word) | 1)
}
