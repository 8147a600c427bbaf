use parity::PartitionLog;
use parity::compacted::{Half, Options};
use parity::ordered::Side;

use super::Sides;

/// The latest records of each key compared, one partition after the other, both sides of it at once.
pub fn run(sides: &Sides) {
    let (mut keys, mut differing, mut spilled) = (0, 0, 0);
    for partition in sides.partitions() {
        let [source, target] = sides.readers(partition);
        let options = Options::default();
        let (ours, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| half(target, Side::Target, &options));
            (half(source, Side::Source, &options), theirs.join().unwrap())
        });
        spilled += ours.spilled() + theirs.spilled();
        let counts = ours.join(theirs, &options).unwrap().counts();
        keys += counts.keys_source;
        differing += counts.missing_keys + counts.extra_keys + counts.altered_keys + counts.resurrected_keys;
    }
    let requests = sides.requests();
    println!(
        "{}",
        serde_json::json!({ "keys": keys, "differing": differing, "spilled": spilled, "requests": requests })
    );
}

fn half(mut reader: impl PartitionLog, side: Side, options: &Options) -> Half {
    let start = reader.bounds().unwrap().log_start;
    let mut half = Half::new(side, options);
    half.read(&mut reader.open(start, i64::MAX).unwrap()).unwrap();
    half
}
