use parity::memory::{Entry, MemoryLog, Slot};
use parity::translate::{Anchor, Options, Outcome, Point, Proof, Why, translate};
use parity::{PartitionLog, Tally};

use crate::cases;
use crate::dice::Dice;

/// Of key and value of each record here.
const SIZE: u64 = 20;

fn originals(count: usize) -> Vec<Entry> {
    (0..count as i64)
        .map(|n| Entry::new(1_000_000 + 10 * n, format!("{n:010}"), format!("{n:010}")))
        .collect()
}

/// A budget far below what the logs hold.
fn poor() -> Options {
    Options { whole_bytes: 0, read_bytes: 100_000, ..Options::default() }
}

fn at(committed: i64, target_committed: i64) -> Point {
    Point { committed: Some(committed), target_committed: Some(target_committed) }
}

#[test]
fn a_tail_over_budget_is_proved_by_samples_where_it_is_a_plain_copy() {
    cases::run("plain", 60, |seed| {
        let mut dice = Dice::new(seed);
        let records = originals(20_000);
        let base = dice.below(5_000) as i64;
        let pending = dice.below(1_000);
        let mut source = MemoryLog::of(records.clone()).starting_at(1_000_000_000);
        let mut target = MemoryLog::of(records[..20_000 - pending].to_vec()).starting_at(base);
        let shift = base - 1_000_000_000;
        let committed = 1_000_000_000 + dice.below(15_000) as i64;
        let exact = committed + shift;
        let points = [
            at(committed, exact),
            at(committed, exact - 1_000),
            at(committed, exact + 700),
            at(committed, exact - 15_000),
            Point { committed: Some(committed), target_committed: None },
        ];
        let found = translate(&mut source, &mut target, &points, &[], &poor());
        for answer in &found {
            assert_eq!(answer.exact_target, Some(exact));
        }
        assert_eq!(found[0].outcome, Outcome::Exact, "{:?}", found[0]);
        assert!(matches!(found[0].proof, Some(Proof::Sampled(n)) if n > 0), "{:?}", found[0]);
        let tally = |records: u64| Tally {
            records,
            bytes: SIZE * records,
            timestamps: Some((0, 10 * (records as i64 - 1))),
        };
        let same = |found: Option<Tally>, expected: Tally| {
            let found = found.expect("measured");
            assert_eq!(
                (found.records, found.bytes, found.event_time_ms()),
                (expected.records, expected.bytes, expected.event_time_ms())
            );
        };
        if exact - 1_000 >= base {
            assert_eq!(found[1].outcome, Outcome::Replay);
            same(found[1].size, tally(1_000));
            assert_eq!(found[1].span, Some((committed - 1_000, committed - 1)));
        }
        assert_eq!(found[2].outcome, Outcome::Skip);
        same(found[2].size, tally(700));
        match found[3].outcome {
            // Wrong beyond doubt, and too long to be measured.
            Outcome::Replay => assert!(matches!(found[3].why, Some(Why::OverBudget { .. }))),
            outcome => assert_eq!(outcome, Outcome::Untranslated),
        }
        assert_eq!(
            (found[4].outcome, found[4].why.clone()),
            (Outcome::Untranslated, Some(Why::NotCommitted))
        );
    });
}

#[test]
fn a_tail_over_budget_with_a_fault_in_it_is_not_proved() {
    cases::run("fault", 100, |seed| {
        let mut dice = Dice::new(seed);
        let records = originals(20_000);
        let mut copied = records.clone();
        let committed = dice.below(10_000);
        let fault = committed + 20 + dice.below(19_900 - committed);
        match dice.below(3) {
            0 => drop(copied.remove(fault)),
            1 => copied.insert(fault, Entry::new(5, "foreign", "")),
            _ => {
                let block = copied[fault - 10..fault].to_vec();
                copied.splice(fault..fault, block);
            }
        }
        if dice.percent(50) {
            copied.truncate(fault + 10 + dice.below(20_000 - fault));
        }
        let mut source = MemoryLog::of(records);
        let mut target = MemoryLog::of(copied);
        let points = [at(committed as i64, committed as i64)];
        let found = translate(&mut source, &mut target, &points, &[], &poor());
        assert_ne!(found[0].outcome, Outcome::Exact, "fault at {fault}, {:?}", found[0]);
        assert_eq!(found[0].exact_target, Some(committed as i64), "{:?}", found[0]);
    });
}

#[test]
fn markers_make_a_tail_over_budget_ambiguous() {
    let records = originals(5_000);
    let with_markers = records.chunks(100).flat_map(|chunk| {
        chunk.iter().cloned().map(Slot::Record).chain([Slot::Marker { timestamp: 2_000_000 }])
    });
    let mut source = MemoryLog::new(with_markers.collect());
    let mut target = MemoryLog::of(records);
    let points = [at(101, 100), at(5_000, 4_951), at(5_050, 5_000)];
    let found = translate(&mut source, &mut target, &points, &[], &poor());
    let outcomes: Vec<_> = found.iter().map(|answer| (answer.outcome, answer.exact_target)).collect();
    let expected =
        [(Outcome::Ambiguous, Some(100)), (Outcome::Exact, Some(4_951)), (Outcome::Exact, Some(5_000))];
    assert_eq!(outcomes, expected);
    assert!(matches!(found[0].why, Some(Why::TailUnproved { .. })), "{found:?}");
}

#[test]
fn two_fetches_a_point_are_enough() {
    let records = originals(200_000);
    let mut source = MemoryLog::of(records.clone()).starting_at(77);
    // A replicator that was restarted thrice: distances change.
    let mut copied = records[..50_000].to_vec();
    copied.extend_from_slice(&records[49_000..120_000]);
    copied.extend_from_slice(&records[119_500..]);
    let mut target = MemoryLog::of(copied);
    let mut dice = Dice::new(1);
    let points: Vec<Point> = (0..1_000).map(|_| at(77 + dice.below(190_000) as i64, 1)).collect();
    let anchors: Vec<Anchor> = [0, 60_000, 130_000]
        .map(|n| Anchor { source: n + 77, target: n + [0, 1_000, 1_500][(n / 60_000) as usize] })
        .into();
    let options = Options { samples: 0, read_bytes: 0, whole_bytes: 0, ..Options::default() };
    let found = translate(&mut source, &mut target, &points, &anchors, &options);
    for (point, answer) in points.iter().zip(&found) {
        let n = point.committed.expect("committed") - 77;
        let twins = [n, n + 1_000, n + 1_500];
        assert!(twins.contains(&answer.exact_target.expect("found")), "{point:?} {answer:?}");
    }
    let fetches = source.fetches() + target.fetches();
    assert!(fetches.data <= 2_200, "{fetches:?}");
}
