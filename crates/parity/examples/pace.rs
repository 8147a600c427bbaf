//! How fast the comparison and the translation from its offset map are, on records in memory.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::Instant;

use parity::memory::{Entry, MemoryLog};
use parity::ordered::{Breakpoints, Options, align};
use parity::translate::{Aligned, Cut};

fn main() {
    let count: i64 = 1_000_000;
    let entries = (0..count).map(|n| Entry::new(n, format!("{n:010}"), vec![b'v'; 90]));
    let mut source = MemoryLog::of(entries).fetching(1_000);
    let mut target = source.clone();
    let started = Instant::now();
    let options = Options { breakpoints: Some(Breakpoints::default()), ..Options::default() };
    let found = align(&mut source, 0..count, &mut target, 0..count, &options, &mut ());
    let each = started.elapsed().as_nanos() as i64 / count;
    println!("{} pairs compared, {each} ns each", found.counts.matched);
    let cuts = (Cut::of(&mut source).expect("known"), Cut::of(&mut target).expect("known"));
    let aligned = Aligned::new(found, cuts.0, 0, cuts.1, 0);
    let started = Instant::now();
    let exact =
        (0..100_000).filter(|n| aligned.judge(n * 10, Some(n * 10), None).exact_target == Some(n * 10));
    println!("{} positions from the map in {:?}", exact.count(), started.elapsed());
}
