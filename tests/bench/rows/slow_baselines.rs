use super::ordered::{clone, flat};
use super::{Goal, PARTITIONS, times};
use crate::baselines::java::Java;
use crate::baselines::python::Python;
use crate::baselines::shell;
use crate::bench::{Bench, Contestant, equal};
use crate::cost;
use crate::fill::Fill;
use crate::table::thousands;

/// P3: beside a Java comparer, a Python comparer, and console consumers.
pub fn run(bench: &mut Bench) {
    if !bench.settings.wants("P3") {
        return;
    }
    let (settings, rounds) = (bench.settings.clone(), bench.settings.rounds);
    let (source, target) = bench.clusters();
    let java = Java::build();

    let fill = flat(bench);
    bench.fill(&fill);
    let records = fill.records;
    let ours = bench.ours(&fill.topic);
    let all = vec![
        Contestant::new("parity topic", records * 2, || equal(clone(&ours), records, &settings)),
        Contestant::new("B5: Java comparer", records * 2, || {
            let arguments: [&str; 5] = [
                &source.bootstrap,
                &target.bootstrap,
                &fill.topic,
                &PARTITIONS.to_string(),
                &records.to_string(),
            ];
            let command = java.as_ref().map_err(Clone::clone)?.command("LockStep", &arguments);
            said_equal(cost::run(command, settings.patience)?, records)
        }),
    ];
    let series = bench.turns(rounds, all);
    let note = format!("{} records a side", thousands(records));
    bench.row(
        Goal::at_least("P3", "throughput ÷ B5 (Java)", 1.0, "×").row(times(&series[1], &series[0]), note),
    );

    let few = Fill { topic: "few".to_owned(), records: settings.few_records, ..fill };
    bench.fill(&few);
    let records = few.records;
    let ours = bench.ours(&few.topic);
    let python = Python::find();
    let all = vec![
        Contestant::new("parity topic, fewer records", records * 2, || {
            equal(clone(&ours), records, &settings)
        }),
        Contestant::new("B4: Python comparer", records * 2, || {
            let python = python.as_ref().map_err(Clone::clone)?;
            let command = python.compare([&source, &target], &few.topic, PARTITIONS, records);
            said_equal(cost::run(command, settings.patience)?, records)
        }),
        Contestant::new("B3: console-consumer, sort, sha256sum", records * 2, || {
            let java = java.as_ref().map_err(Clone::clone)?;
            let command = shell::sorted_sums(java, [&source, &target], &few.topic, records);
            let cost = cost::run(command, settings.patience)?;
            if cost.stdout.contains("equal") { Ok(cost) } else { Err(format!("not equal: {}", cost.stdout)) }
        }),
    ];
    let series = bench.turns(rounds.min(3), all);
    let note = format!("{} records a side; starts of the programs included", thousands(records));
    for (goal, slow) in [
        (Goal::at_least("P3", "throughput ÷ B4 (Python)", 10.0, "×"), &series[1]),
        (Goal::at_least("P3", "throughput ÷ B3 (console-consumer, sort, sha256sum)", 15.0, "×"), &series[2]),
    ] {
        bench.row(goal.row(times(slow, &series[0]), &note));
    }
}

fn said_equal(cost: cost::Cost, records: u64) -> Result<cost::Cost, String> {
    if cost.stdout.contains(&format!("{records} compared, 0 different")) {
        Ok(cost)
    } else {
        Err(cost.stdout)
    }
}
