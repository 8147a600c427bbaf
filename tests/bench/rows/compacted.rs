use serde_json::Value;

use super::ordered::clone;
use super::{Goal, times};
use crate::bench::{Bench, Contestant, answer};
use crate::cost;
use crate::fill::Fill;
use crate::table::thousands;

/// C1, C2: the latest value of each key.
pub fn run(bench: &mut Bench) {
    if !bench.settings.wants_any(&["C1", "C2"]) {
        return;
    }
    let mut sizes = vec![bench.settings.keys / 10, bench.settings.keys];
    if bench.settings.xl {
        sizes.push(100_000_000);
    }
    for keys in sizes {
        one(bench, keys);
    }
}

fn one(bench: &mut Bench, keys: u64) {
    let fill = Fill {
        keys,
        configs: vec![
            ("cleanup.policy", "compact".to_owned()),
            ("min.cleanable.dirty.ratio", "0.99".to_owned()),
        ],
        ..Fill::new(format!("latest-{keys}"), 1, keys * 2)
    };
    bench.fill(&fill);
    let (rounds, settings) = (bench.settings.rounds.min(3), bench.settings.clone());
    let (read, ours) = (bench.part(&["read", &fill.topic]), bench.ours(&fill.topic));
    let all = vec![
        Contestant::new(format!("bare reads, {} keys", thousands(keys)), fill.records * 2, || {
            let cost = cost::run(clone(&read), settings.patience)?;
            let told: Value = serde_json::from_str(&cost.stdout).map_err(|_| cost.stdout.clone())?;
            if told["records"] == fill.records * 2 { Ok(cost) } else { Err(cost.stdout) }
        }),
        Contestant::new(
            format!("parity topic, compacted, {} keys", thousands(keys)),
            fill.records * 2,
            || {
                let (cost, topic) = answer(clone(&ours), &settings)?;
                let right =
                    topic["verdict"] == "green" && topic["mode"] == "compacted" && topic["matching"] == keys;
                if right { Ok(cost) } else { Err(format!("{keys} equal keys were expected: {topic}")) }
            },
        ),
    ];
    let series = bench.turns(rounds, all);
    let note = format!("{} keys, {} records a side, one partition", thousands(keys), thousands(fill.records));
    bench.row(
        Goal::at_most("C1", "latest values compared ÷ two bare reads", 1.6, "×")
            .row(times(&series[1], &series[0]), &note),
    );
    let peak =
        series[1].as_ref().map(|series| series.peak() as f64 / f64::from(1 << 20)).map_err(Clone::clone);
    bench.row(Goal::at_most("C2", "peak RSS of the same", 256.0, " MiB").row(peak, note));
}
