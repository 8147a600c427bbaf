//! What the comparison of latest values costs, on records in memory: time of the processor, on Linux.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use parity::PartitionLog;
use parity::compacted::{Half, Options};
use parity::memory::{Entry, MemoryLog};
use parity::ordered::Side;

const RECORDS: i64 = 1_000_000;

fn main() {
    let entry = |n: i64| Entry::new(n, format!("{:010}", n * 7_919 % (RECORDS / 2)), vec![b'v'; 100]);
    let mut log = MemoryLog::of((0..RECORDS).map(entry)).fetching(1_000);
    let options = Options::default();
    let [mut source, mut target] = [Side::Source, Side::Target].map(|side| {
        let mut half = Half::new(side, &options);
        let started = busy();
        half.read(&mut *log.open(0, i64::MAX).expect("it opens")).expect("it reads");
        println!("{side:?}: {} ns a record", each(started));
        half
    });
    let started = busy();
    let found = source.join(&mut target, &options).expect("it joins");
    println!("{} keys joined, {} ns a record", found.counts.matching, each(started));
}

/// Nanoseconds this thread has had a processor: other programs may be running.
fn busy() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says so");
    stat.split_whitespace().next().and_then(|busy| busy.parse().ok()).expect("it is a number")
}

fn each(started: u64) -> u64 {
    (busy() - started) / RECORDS.unsigned_abs()
}
