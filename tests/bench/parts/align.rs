use parity::PartitionLog;
use parity::ordered::{Alignment, Ending, Options, align};

use super::Sides;

/// A topic compared record by record, with or without SHA-256.
pub fn run(sides: &Sides, evidence: bool) {
    let matched: u64 = sides.each(|partition| one(sides, partition, evidence).counts.matched).iter().sum();
    println!("{}", serde_json::json!({ "matched": matched, "requests": sides.requests() }));
}

/// One partition, all of it.
pub fn one(sides: &Sides, partition: i32, evidence: bool) -> Alignment {
    let [mut source, mut target] = sides.readers(partition);
    let ranges = [&mut target, &mut source].map(|reader| {
        let bounds = reader.bounds().unwrap();
        bounds.log_start..bounds.last_stable
    });
    let [target_range, source_range] = ranges;
    let options = Options { evidence, ..Options::default() };
    let found = align(&mut source, source_range, &mut target, target_range, &options, &mut ());
    assert_eq!(found.ending, Ending::Complete);
    found
}
