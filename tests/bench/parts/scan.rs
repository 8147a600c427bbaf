use std::time::Instant;

use parity::{PartitionLog, Pull, RecordSource};

use super::Sides;

/// B8: a position found by counting: the source up to the commit, then the target up to as many records. It takes both
/// sides to be equal, which is more than anybody may.
pub fn run(sides: &Sides, count: u64, lead: u64) {
    let partitions = sides.partitions();
    let mut wrong = 0;
    let since = Instant::now();
    for n in 0..count {
        let partition = partitions[usize::try_from(n).unwrap() % partitions.len()];
        let [mut source, mut target] = sides.readers(partition);
        let bounds = source.bounds().unwrap();
        let span = bounds.last_stable - bounds.log_start;
        let committed = bounds.log_start
            + span * (2 * i64::try_from(n).unwrap() + 1) / (2 * i64::try_from(count).unwrap());
        let records = walk(&mut source, bounds.log_start, committed, u64::MAX).0;
        let start = target.bounds().unwrap().log_start;
        let found = walk(&mut target, start, i64::MAX, records).1;
        wrong += u64::from(found + i64::try_from(lead).unwrap() != committed);
    }
    let seconds = since.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "seconds_a_point": seconds / count as f64, "wrong": wrong }));
}

/// How many records lie in a range, at most so many; and the offset behind the last.
fn walk(reader: &mut impl PartitionLog, from: i64, to: i64, most: u64) -> (u64, i64) {
    let mut stream = reader.open(from, to).unwrap();
    let (mut records, mut behind) = (0, from);
    while records < most {
        let pull = stream.pull(&mut |image| {
            if records < most {
                records += 1;
                behind = image.offset + 1;
            }
        });
        if pull.unwrap() == Pull::End {
            break;
        }
    }
    (records, behind)
}
