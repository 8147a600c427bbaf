use std::time::Instant;

use parity::PartitionLog;
use parity::translate::{Options, Outcome, Point, Translation, translate};

use super::Sides;

/// Distinct points spread over all partitions. The target of each is known: its offset less `lead`.
///
/// `places` leaves out the proof of the tails; `whole` has the default budget for it. `single` asks point by
/// point, to see what the dearest one costs.
pub fn run(sides: &Sides, count: u64, lead: u64, how: &str) {
    let partitions = sides.partitions();
    let each = usize::try_from(count).unwrap() / partitions.len();
    let options = match how {
        "whole" => Options::default(),
        _ => Options { read_bytes: 0, whole_bytes: 0, samples: 0, ..Options::default() },
    };
    let since = Instant::now();
    let mut tally = Tally::default();
    for partition in partitions {
        let [mut source, mut target] = sides.readers(partition);
        target.bounds().unwrap();
        let bounds = source.bounds().unwrap();
        let span = bounds.last_stable - bounds.log_start;
        let lead = i64::try_from(lead).unwrap();
        let points: Vec<Point> = (0..each)
            .map(|n| {
                let committed = bounds.log_start + span * (2 * n as i64 + 1) / (2 * each as i64);
                Point { committed: Some(committed), target_committed: Some(committed - lead) }
            })
            .collect();
        let at_once = if how == "single" { 1 } else { points.len() };
        for points in points.chunks(at_once) {
            let before = source.fetches() + target.fetches();
            let found = translate(&mut source, &mut target, points, &[], &options);
            let cost = source.fetches() + target.fetches() - before;
            tally.fetches.push(cost.data);
            tally.lookups += cost.lookups;
            for (point, found) in points.iter().zip(&found) {
                tally.judge(point, found);
            }
        }
    }
    tally.print(since.elapsed().as_secs_f64(), sides.requests());
}

#[derive(Default)]
struct Tally {
    fetches: Vec<u64>,
    lookups: u64,
    points: u64,
    exact: u64,
    /// Not exact, and said to be: the place is right, but the way to the end was not proved.
    flagged: u64,
    wrong: u64,
}

impl Tally {
    fn judge(&mut self, point: &Point, found: &Translation) {
        self.points += 1;
        if found.exact_target.is_some_and(|at| Some(at) != point.target_committed) {
            self.wrong += 1;
        } else if found.outcome == Outcome::Exact {
            self.exact += 1;
        } else {
            self.flagged += 1;
        }
    }

    fn print(mut self, seconds: f64, requests: u64) {
        self.fetches.sort_unstable();
        let all: u64 = self.fetches.iter().sum();
        let p99 = self.fetches[(self.fetches.len() * 99 / 100).min(self.fetches.len() - 1)];
        println!(
            "{}",
            serde_json::json!({
                "seconds": seconds,
                "points": self.points,
                "mean": all as f64 / self.points as f64,
                "p99": p99,
                "lookups": self.lookups,
                "exact": self.exact,
                "flagged": self.flagged,
                "wrong": self.wrong,
                "requests": requests,
            })
        );
    }
}
