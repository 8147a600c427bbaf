use std::time::Instant;

use parity::PartitionLog;
use parity::translate::{Aligned, Cut, Outcome};

use super::{Sides, align};

/// Positions answered from an alignment that is at hand, without a read.
pub fn run(sides: &Sides, count: u64) {
    let [mut source, mut target] = sides.readers(0);
    let (target_cut, source_cut) = (Cut::of(&mut target).unwrap(), Cut::of(&mut source).unwrap());
    let (from, target_from) = (source_cut.log_start(), target_cut.log_start());
    let aligned = Aligned::new(align::one(sides, 0, false), source_cut, from, target_cut, target_from);
    let span = source_cut.end() - from;
    let before = source.fetches().data + target.fetches().data;
    let since = Instant::now();
    let mut exact = 0u64;
    for n in 0..i64::try_from(count).unwrap() {
        let committed = from + n * 7_919 % span;
        let twin = aligned.judge(committed, None, None).exact_target;
        exact += u64::from(aligned.judge(committed, twin, None).outcome == Outcome::Exact);
    }
    let seconds = since.elapsed().as_secs_f64() / 2.0;
    let reads = source.fetches().data + target.fetches().data - before;
    println!("{}", serde_json::json!({ "seconds": seconds, "exact": exact, "reads": reads }));
}
