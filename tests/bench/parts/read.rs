use parity::{PartitionLog, Pull, RecordSource};

use super::Sides;

/// Both sides read and thrown away.
pub fn run(sides: &Sides) {
    let records: u64 =
        sides.each(|partition| sides.readers(partition).map(all).iter().sum::<u64>()).iter().sum();
    println!("{}", serde_json::json!({ "records": records, "requests": sides.requests() }));
}

fn all(mut reader: impl PartitionLog) -> u64 {
    let start = reader.bounds().unwrap().log_start;
    let mut stream = reader.open(start, i64::MAX).unwrap();
    let mut records = 0;
    while stream.pull(&mut |_| records += 1).unwrap() != Pull::End {}
    records
}
