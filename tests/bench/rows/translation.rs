use serde_json::Value;

use super::{Goal, PARTITIONS};
use crate::bench::Bench;
use crate::cost;
use crate::fill::{Faults, Fill};
use crate::table::{Row, thousands};

/// Records of each partition that only the source ever had, and has no more: offsets differ by them.
const LEAD: u64 = 1_000;
/// Positions found by a full scan.
const SCANS: u64 = 4;
/// Translations from an offset map.
const FROM_MAP: u64 = 100_000;

/// T1, T2, T3 on two lengths, T4.
pub fn run(bench: &mut Bench) {
    if bench.settings.wants_any(&["T1", "T2", "T3"]) {
        positions(bench);
    }
    if bench.settings.wants("T4") {
        from_map(bench);
    }
}

fn positions(bench: &mut Bench) {
    let long = Fill { lead: LEAD, ..Fill::new("shifted", PARTITIONS, bench.settings.records * 3) };
    let short = Fill { topic: "shifted-tenth".to_owned(), records: long.records / 10, ..long.clone() };
    bench.fill(&long);
    bench.fill(&short);
    let points = bench.settings.points;
    let mut ask = |topic: &str, how: &str| {
        let (points, lead) = (points.to_string(), LEAD.to_string());
        told(bench, &["translate", topic, &points, &lead, how])
    };
    // The first one warms both brokers.
    let _ = ask(&short.topic, "places");
    let places = best(&mut || ask(&long.topic, "places"));
    let places_short = best(&mut || ask(&short.topic, "places"));
    let single = ask(&long.topic, "single");
    let whole = ask(&long.topic, "whole");
    let number = |told: &Result<Value, String>, key: &str| {
        told.as_ref().map(|told| told[key].as_f64().unwrap_or(f64::NAN)).map_err(Clone::clone)
    };

    let note = format!("{points} points on {} records a side, tail proof apart", thousands(long.records));
    bench.row(
        Goal::at_most("T1", "data fetches per translated point, mean", 2.2, "")
            .row(number(&places, "mean"), &note),
    );
    let note_single = "each point asked for alone, nothing shared";
    bench.row(
        Goal::at_most("T1", "the same, 99th percentile", 4.0, "").row(number(&single, "p99"), note_single),
    );
    bench.row(
        Goal::at_most("T2", "time of these translations", 6.0, " s").row(number(&places, "seconds"), &note),
    );
    let scan = told(bench, &["scan", &long.topic, &SCANS.to_string(), &LEAD.to_string()]);
    let faster = number(&scan, "seconds_a_point")
        .and_then(|scan| Ok(scan * points as f64 / number(&places, "seconds")?));
    let note = "a scan to find one position (B8, by counting) ÷ ours per point";
    bench.row(Goal::at_least("T2", "faster than a full scan", 50.0, "×").row(faster, note));
    let growth = number(&places, "seconds").and_then(|long| Ok(long / number(&places_short, "seconds")?));
    let note = format!(
        "{} → {} records a side, tail proof apart",
        thousands(short.records),
        thousands(long.records)
    );
    bench.row(Goal::at_most("T2", "growth with ten times the records", 1.2, "×").row(growth, note));

    let note = match &whole {
        Ok(told) => format!(
            "{} exact and proved, {} flagged, {} wrong; {:.1} s, tails included",
            told["exact"],
            told["flagged"],
            told["wrong"],
            told["seconds"].as_f64().unwrap_or(f64::NAN)
        ),
        Err(_) => String::new(),
    };
    let wrong =
        number(&whole, "wrong").and_then(|a| Ok(a + number(&places, "wrong")? + number(&single, "wrong")?));
    bench.row(Goal::at_most("T3", "positions that are neither exact nor flagged", 0.0, "").row(wrong, note));
}

fn from_map(bench: &mut Bench) {
    let flat = super::ordered::flat(bench);
    let faulty = Fill { topic: "faulty".to_owned(), faults: Faults::DropsAndRepeats, ..flat.clone() };
    for (fill, what) in [(flat, "both sides equal"), (faulty, "every 1,000th record missing, 1 % repeated")] {
        bench.fill(&fill);
        let told = best(&mut || told(bench, &["map", &fill.topic, &FROM_MAP.to_string()]));
        let milliseconds = told
            .as_ref()
            .map(|told| told["seconds"].as_f64().unwrap_or(f64::NAN) * 1e3)
            .map_err(Clone::clone);
        let reads = told.as_ref().ok().and_then(|told| told["reads"].as_u64());
        let row = Goal::at_most("T4", "100,000 positions judged from an alignment", 50.0, " ms");
        let row = row.row(milliseconds, format!("{} reads; {what}", reads.unwrap_or(0)));
        let holds = row.holds.map(|holds| holds && reads == Some(0));
        bench.row(Row { holds, ..row });
    }
}

/// The middle one of three by time.
fn best(ask: &mut dyn FnMut() -> Result<Value, String>) -> Result<Value, String> {
    let mut all = (0..3).map(|_| ask()).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| a["seconds"].as_f64().unwrap_or(0.0).total_cmp(&b["seconds"].as_f64().unwrap_or(0.0)));
    Ok(all.swap_remove(1))
}

fn told(bench: &mut Bench, arguments: &[&str]) -> Result<Value, String> {
    eprint!("  {} ", arguments.join(" "));
    let command = bench.part(arguments);
    let cost = cost::run(command, bench.settings.patience)?;
    eprintln!("{}", cost.stdout.trim());
    serde_json::from_str(&cost.stdout).map_err(|error| format!("{error}: {}", cost.stdout))
}
