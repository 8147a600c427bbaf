//! How fast two sides are compared of which a large part differs, on records in memory.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::Instant;

use parity::memory::{Entry, MemoryLog};
use parity::ordered::{OnDivergence, Options, align};

/// A number that looks like chance and is the same every time.
fn chance(n: i64, of: u64) -> u64 {
    let mut mixed = (n as u64 ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 32)) % of
}

const FOREIGN: i64 = 1 << 40;

fn target(what: &str, count: i64) -> Vec<i64> {
    let all = 0..count;
    match what {
        "clean" => all.collect(),
        "one in a hundred" => all.filter(|&n| chance(n, 100) != 0).collect(),
        "one in four foreign" => {
            all.flat_map(|n| [Some(n), (chance(n, 4) == 0).then_some(n + FOREIGN)]).flatten().collect()
        }
        "every third foreign" => {
            all.flat_map(|n| [Some(n), (n % 2 == 0).then_some(n + FOREIGN)]).flatten().collect()
        }
        "alternate foreign" => all.flat_map(|n| [n, n + FOREIGN]).collect(),
        "alternate dropped" => all.filter(|n| n % 2 == 0).collect(),
        "each twice" => all.flat_map(|n| [n, n]).collect(),
        "permuted in hundreds" => {
            let mut order: Vec<i64> = all.collect();
            order.chunks_mut(100).for_each(|chunk| chunk.sort_by_key(|&n| chance(n, 1 << 40)));
            order
        }
        other => unreachable!("{other}"),
    }
}

fn main() {
    let count: i64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(150_000);
    let only = std::env::args().nth(2);
    for what in [
        "clean",
        "one in a hundred",
        "one in four foreign",
        "every third foreign",
        "alternate foreign",
        "alternate dropped",
        "each twice",
        "permuted in hundreds",
    ] {
        if only.as_deref().is_some_and(|only| only != what) {
            continue;
        }
        let entry = |n: i64| Entry::new(n % FOREIGN, format!("{n:013}"), vec![b'v'; 87]);
        let mut ours = MemoryLog::of((0..count).map(entry)).fetching(1_000);
        let target = target(what, count);
        let read = count as usize + target.len();
        let mut theirs = MemoryLog::of(target.into_iter().map(entry)).fetching(1_000);
        let options = Options { on_divergence: OnDivergence::GoOn, ..Options::default() };
        let started = Instant::now();
        let found = align(&mut ours, 0..i64::MAX, &mut theirs, 0..i64::MAX, &options, &mut ());
        let pace = read as f64 / started.elapsed().as_secs_f64() / 1e3;
        println!("{what:<22} {pace:>9.1} thousand records a second; {:?} {:?}", found.ending, found.counts);
    }
}
