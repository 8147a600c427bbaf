//! Records that somebody wrote so that the plain hash of them collides: no duplicates, no twins.

use parity::memory::{Entry, MemoryLog};
use parity::ordered::{Options, align};
use parity::{Fingerprint, Ignore, Image, image::Canonical};

/// Where a value begins in the canonical bytes of a record with a key of one byte.
const VALUE_AT: usize = 8 + 4 + 1 + 4;
/// Two words of different stripes that XXH3 adds up in the same lane, and the half of its default secret that makes the
/// product of each nothing: their other halves count by their sum alone.
const WORDS: [(usize, [u8; 4]); 2] = [(80, [0x72, 0x40, 0xa4, 0xa4]), (144, [0xcb, 0x79, 0xe6, 0x4e])];

/// Any two of these differ and have the same plain hash.
fn forged(n: u32) -> Entry {
    let mut value = vec![b'v'; 400];
    for ((at, product), sum) in WORDS.into_iter().zip([n, 1_000_000 - n]) {
        let at = at - VALUE_AT;
        value[at..at + 4].copy_from_slice(&product);
        value[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
    }
    Entry::new(5_000, "k", value)
}

fn honest(n: i64) -> Entry {
    Entry::new(n, "k", format!("{n:>300}"))
}

/// The plain fingerprints of these records, and those of this process.
fn fingerprints(entries: &[Entry]) -> Vec<(Fingerprint, Fingerprint)> {
    use parity::PartitionLog;
    let mut log = MemoryLog::of(entries.iter().cloned());
    let mut stream = log.open(0, i64::MAX).expect("it opens");
    let mut found = Vec::new();
    let mut each = |image: Image<'_>| {
        let mut bytes = Vec::new();
        Canonical::write(&image, &Ignore::NOTHING, &mut bytes);
        found.push((Fingerprint::lasting(&bytes), Fingerprint::of(&bytes)));
    };
    while stream.pull(&mut each).expect("it reads") != parity::Pull::End {}
    found
}

#[test]
fn what_collides_without_a_secret_does_not_with_one() {
    let found = fingerprints(&[forged(1), forged(2)]);
    assert_eq!(found[0].0, found[1].0, "the plain hash is forged");
    assert_ne!(found[0].1, found[1].1);
}

#[test]
fn a_forged_record_is_extra_and_no_copy() {
    let source: Vec<Entry> = (0..40).map(honest).chain([forged(1)]).chain((41..80).map(honest)).collect();
    // Near the record it is forged after, and far behind the ring.
    for (behind, window_records) in [(45, 65_536), (75, 16)] {
        let mut target = source.clone();
        target.insert(behind, forged(2));
        let (mut ours, mut theirs) = (MemoryLog::of(source.clone()), MemoryLog::of(target));
        let options = Options { window_records, ..Options::default() };
        let found = align(&mut ours, 0..i64::MAX, &mut theirs, 0..i64::MAX, &options, &mut ());
        let counts = found.counts;
        assert_eq!((counts.matched, counts.duplicated, counts.extra), (80, 0, 1), "{counts:?}");
    }
}
