use serde_json::Value;

use super::{Goal, PARTITIONS, times};
use crate::baselines::rdkafka::Performance;
use crate::bench::{Bench, Contestant, answer, equal};
use crate::cost;
use crate::fill::{Faults, Fill};
use crate::table::thousands;

/// What most rows read.
pub fn flat(bench: &Bench) -> Fill {
    Fill::new("flat", PARTITIONS, bench.settings.records)
}

/// P1, P2: beside two consumers of librdkafka that read and discard.
pub fn against_librdkafka(bench: &mut Bench) {
    if !bench.settings.wants_any(&["P1", "P2"]) {
        return;
    }
    let fill = flat(bench);
    bench.fill(&fill);
    let (rounds, records, settings) = (bench.settings.rounds, fill.records, bench.settings.clone());
    let (source, target) = bench.clusters();
    let performance = Performance::build();
    let ours = bench.ours(&fill.topic);
    let all = vec![
        Contestant::new("parity topic", records * 2, || equal(clone(&ours), records, &settings)),
        Contestant::new("B0: two rdkafka_performance", records * 2, || {
            let performance = performance.as_ref().map_err(Clone::clone)?;
            let both = [&source, &target]
                .map(|side| performance.consumer(side, &fill.topic, PARTITIONS, records))
                .into();
            let costs = cost::run_together(both, settings.patience)?;
            let mut sum = costs[0].clone();
            sum.cpu += costs[1].cpu;
            sum.peak = costs.iter().map(|cost| cost.peak).sum();
            if costs.iter().all(|cost| cost.succeeded()) { Ok(sum) } else { Err(sum.stdout) }
        }),
    ];
    let series = bench.turns(rounds, all);
    let sizes = format!("{} records a side, {PARTITIONS} partitions", thousands(records));
    let faster = times(&series[1], &series[0]);
    bench.row(Goal::at_least("P1", "throughput of `parity topic` ÷ B0", 0.85, "×").row(faster, &sizes));
    let cpu = match (&series[0], &series[1]) {
        (Ok(ours), Ok(theirs)) => Ok(ours.cpu_per_record() / theirs.cpu_per_record()),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    bench.row(Goal::at_most("P2", "client CPU per record ÷ B0", 1.25, "×").row(cpu, sizes));
}

/// P4: three times as many records.
pub fn length(bench: &mut Bench) {
    if !bench.settings.wants("P4") {
        return;
    }
    let fill = flat(bench);
    let long = Fill { topic: "long".to_owned(), records: fill.records * 3, ..fill.clone() };
    bench.fill(&fill);
    bench.fill(&long);
    let (rounds, settings) = (bench.settings.rounds, bench.settings.clone());
    let (short_run, long_run) = (bench.ours(&fill.topic), bench.ours(&long.topic));
    let all = vec![
        Contestant::new("parity topic", fill.records * 2, || {
            equal(clone(&short_run), fill.records, &settings)
        }),
        Contestant::new("parity topic, 3× the records", long.records * 2, || {
            equal(clone(&long_run), long.records, &settings)
        }),
    ];
    let series = bench.turns(rounds, all);
    let note = format!("{} and {} records a side", thousands(fill.records), thousands(long.records));
    bench.row(
        Goal::at_most("P4", "time for 3× the records", 3.15, "×").row(times(&series[1], &series[0]), note),
    );
    if bench.settings.xl {
        let huge = Fill { topic: "huge".to_owned(), records: 100_000_000, ..fill };
        bench.fill(&huge);
        let huge_run = bench.ours(&huge.topic);
        let records = huge.records;
        let all = vec![Contestant::new("parity topic, 10^8 records", records * 2, || {
            equal(clone(&huge_run), records, &settings)
        })];
        bench.turns(1, all);
    }
}

/// P6: dropped records and repeated blocks.
pub fn faults(bench: &mut Bench) {
    if !bench.settings.wants("P6") {
        return;
    }
    let fill = flat(bench);
    let faulty = Fill { topic: "faulty".to_owned(), faults: Faults::DropsAndRepeats, ..fill.clone() };
    bench.fill(&fill);
    bench.fill(&faulty);
    let (rounds, settings) = (bench.settings.rounds, bench.settings.clone());
    let (clean, dirty) = (bench.ours(&fill.topic), bench.ours(&faulty.topic));
    let (dropped, repeated) = faulty.faults();
    let as_injected = |topic: &Value| {
        let others = ["altered", "extra", "reordered", "pending", "trimmed_source", "trimmed_target"];
        topic["missing"] == dropped
            && topic["duplicated"] == repeated
            && topic["matched"] == faulty.records - dropped
            && others.iter().all(|count| topic[*count] == 0)
    };
    let all = vec![
        Contestant::new("parity topic", fill.records * 2, || equal(clone(&clean), fill.records, &settings)),
        Contestant::new("parity topic, with faults", fill.records * 2, || {
            let (cost, topic) = answer(clone(&dirty), &settings)?;
            let counts = || {
                let mut counts = topic.clone();
                counts["partitions"] = Value::Null;
                counts.to_string()
            };
            as_injected(&topic).then_some(cost).ok_or_else(|| {
                format!("classified wrongly: {dropped} dropped, {repeated} repeated, found {}", counts())
            })
        }),
    ];
    let series = bench.turns(rounds, all);
    let note = format!(
        "0.1 % dropped ({}), 1 % repeated in blocks of 100 ({}): every one classified right",
        thousands(dropped),
        thousands(repeated)
    );
    bench.row(Goal::at_most("P6", "slowdown with faults", 1.2, "×").row(times(&series[1], &series[0]), note));
}

/// P7: with and without SHA-256.
pub fn evidence(bench: &mut Bench) {
    if !bench.settings.wants("P7") {
        return;
    }
    let fill = flat(bench);
    bench.fill(&fill);
    let (rounds, records, patience) = (bench.settings.rounds, fill.records, bench.settings.patience);
    let [with, without] = ["evidence", "plain"].map(|how| bench.part(&["align", &fill.topic, how]));
    let run = |command: &std::process::Command| {
        let cost = cost::run(clone(command), patience)?;
        let told: Value = serde_json::from_str(&cost.stdout).map_err(|_| cost.stdout.clone())?;
        if told["matched"] == records { Ok(cost) } else { Err(cost.stdout) }
    };
    let all = vec![
        Contestant::new("comparison, SHA-256 off", records * 2, || run(&without)),
        Contestant::new("comparison, SHA-256 on", records * 2, || run(&with)),
    ];
    let series = bench.turns(rounds, all);
    let note = "one digest stands for both sides until they differ";
    bench.row(
        Goal::at_most("P7", "slowdown by SHA-256 evidence", 1.5, "×")
            .row(times(&series[1], &series[0]), note),
    );
}

/// P5: many partitions, large records.
pub fn memory(bench: &mut Bench) {
    if !bench.settings.wants("P5") {
        return;
    }
    let records = (bench.settings.records / 10).max(100_000);
    let fill = Fill {
        topic: "wide".to_owned(),
        large_every: records / 640 + 1,
        configs: vec![("max.message.bytes", (2 << 20).to_string())],
        ..Fill::new("wide", 64, records)
    };
    bench.fill(&fill);
    let settings = bench.settings.clone();
    let ours = bench.ours(&fill.topic);
    let all = vec![Contestant::new("parity topic, 64 partitions, 1 MiB records", records * 2, || {
        equal(clone(&ours), records, &settings)
    })];
    let series = bench.turns(2, all);
    let peak =
        series[0].as_ref().map(|series| series.peak() as f64 / f64::from(1 << 20)).map_err(Clone::clone);
    let note = format!("{} records a side in 64 partitions, 640 of them of 1 MiB", thousands(records));
    bench.row(Goal::at_most("P5", "peak RSS", 192.0, " MiB").row(peak, note));
}

/// P8: a second run from where the first ended.
pub fn resumed(bench: &mut Bench) {
    if !bench.settings.wants("P8") {
        return;
    }
    let goal = Goal::at_most("P8", "second run, resumed, 1 % more records ÷ full time", 0.03, "×");
    let help =
        std::process::Command::new(&bench.settings.cutover).args(["parity", "topic", "--help"]).output();
    if !help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--resume")) {
        bench.row(goal.row(Err("`--resume` is not in this build".to_owned()), ""));
        return;
    }
    let fill = Fill { topic: "growing".to_owned(), ..flat(bench) };
    bench.fill(&fill);
    let (source, target) = bench.clusters();
    let (settings, folder) = (bench.settings.clone(), tempfile::tempdir().unwrap());
    let mut command = bench.ours(&fill.topic);
    command.arg("--resume").current_dir(folder.path());
    let mut total = fill.records;
    let full = vec![Contestant::new("parity topic --resume, first run", fill.records * 2, || {
        equal(clone(&command), total, &settings)
    })];
    let full = bench.turns(1, full).remove(0);
    let more = fill.records / 100;
    let rounds = bench.settings.rounds;
    let again = vec![Contestant::new("the same again, 1 % more records", more * 2, || {
        for cluster in [&source, &target] {
            fill.more(cluster, total..total + more);
        }
        total += more;
        let (cost, topic) = answer(clone(&command), &settings)?;
        if topic["verdict"] == "green" { Ok(cost) } else { Err(topic.to_string()) }
    })];
    let again = bench.turns(rounds, again).remove(0);
    bench.row(goal.row(times(&again, &full), format!("{} records, then 1 % more", thousands(fill.records))));
}

/// A command to be run once more.
pub fn clone(command: &std::process::Command) -> std::process::Command {
    let mut same = std::process::Command::new(command.get_program());
    same.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        same.current_dir(folder);
    }
    same
}
