//! How fast the comparison and the translation from its offset map are, on records in memory.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::Instant;

use parity::memory::{Entry, MemoryLog};
use parity::ordered::{Breakpoints, Options, align};
use parity::translate::{Aligned, Cut, Outcome};

fn main() {
    for faults in [false, true] {
        let count: i64 = 1_000_000;
        let entry = |n: i64| Entry::new(n, format!("{n:010}"), vec![b'v'; 90]);
        let mut source = MemoryLog::of((0..count).map(entry)).fetching(1_000);
        // One record in a thousand is lost, and every 10,000 records the last 100 come again.
        let brought = |n: i64| {
            let again = if faults && n % 10_000 == 9_999 { n - 99..n + 1 } else { 0..0 };
            let lost = |n: &i64| !faults || n % 1_000 != 500;
            std::iter::once(n).chain(again).filter(lost)
        };
        let mut target = MemoryLog::of((0..count).flat_map(brought).map(entry)).fetching(1_000);
        let cuts = (Cut::of(&mut source).expect("known"), Cut::of(&mut target).expect("known"));
        let started = Instant::now();
        let options = Options { breakpoints: Some(Breakpoints::default()), ..Options::default() };
        let (ours, theirs) = (0..cuts.0.end(), 0..cuts.1.end());
        let found = align(&mut source, ours, &mut target, theirs, &options, &mut ());
        let each = started.elapsed().as_nanos() as i64 / count;
        println!("faults: {faults}");
        println!("{} pairs compared, {each} ns each", found.counts.matched);
        println!("{} lost, {} again", found.counts.missing, found.counts.duplicated);
        let aligned = Aligned::new(found, cuts.0, 0, cuts.1, 0);
        let points = (0..100_000).map(|n| n * 7_919 % count);
        let started = Instant::now();
        let twins: Vec<_> = points.clone().map(|n| aligned.judge(n, None, None).exact_target).collect();
        println!("{} positions without a commit from the map in {:?}", twins.len(), started.elapsed());
        let started = Instant::now();
        let pairs = points.zip(twins);
        let exact = pairs.filter(|(n, twin)| aligned.judge(*n, *twin, None).outcome == Outcome::Exact);
        println!("{} of those at their twins exact, in {:?}", exact.count(), started.elapsed());
    }
}
