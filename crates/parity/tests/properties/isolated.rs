use std::collections::BTreeMap;

use parity::memory::{Entry, MemoryLog, Slot};
use parity::ordered::{Counts, FindingKind, Head, Options};

use crate::cases;
use crate::counts::compare;
use crate::dice::Dice;
use crate::world::{World, altered};

/// Look-ahead of these cases; blocks are up to ten times as long.
const WINDOW: usize = 40;

/// What was done to the target, kept while doing it.
#[derive(Debug, Default)]
struct Ledger {
    counts: Counts,
    /// Per kind, first and last offset of each stretch: source, then target.
    spans: BTreeMap<&'static str, Vec<Spans>>,
}

type Spans = (Option<(i64, i64)>, Option<(i64, i64)>);

impl Ledger {
    fn note(&mut self, kind: FindingKind, source: Option<(i64, i64)>, target: Option<(i64, i64)>) {
        self.spans.entry(kind.name()).or_default().push((source, target));
    }
}

fn originals(count: usize) -> Vec<Entry> {
    (0..count as i64).map(|n| Entry::new(1_000 + n, format!("k{}", n % 7), format!("value {n}"))).collect()
}

/// Faults far enough from each other not to meet in one gap, each with what it must be found as.
fn faulty(originals: &[Entry], dice: &mut Dice) -> (Vec<Slot>, Ledger) {
    let mut ledger = Ledger::default();
    let mut target: Vec<Entry> = Vec::new();
    let mut at = 0;
    while at < originals.len() {
        let calm = (60 + dice.below(300)).min(originals.len() - at);
        target.extend_from_slice(&originals[at..at + calm]);
        at += calm;
        // Behind the last fault there is always a calm stretch, so that nothing counts as pending.
        if at + 500 > originals.len() {
            continue;
        }
        let longest = if dice.percent(20) { 10 * WINDOW } else { 10 };
        let block = 1 + dice.below(longest);
        let (source_at, target_at) = (at as i64, target.len() as i64);
        let span = |at: i64, length: usize| Some((at, at + length as i64 - 1));
        match dice.below(5) {
            0 => {
                at += block;
                ledger.counts.missing += block as u64;
                ledger.note(FindingKind::Missing, span(source_at, block), None);
            }
            1 => {
                target.push(altered(&originals[at], dice));
                at += 1;
                ledger.counts.altered += 1;
                ledger.note(FindingKind::Altered, span(source_at, 1), span(target_at, 1));
            }
            2 => {
                target.extend([originals[at + 1].clone(), originals[at].clone()]);
                at += 2;
                ledger.counts.reordered += 2;
                ledger.note(FindingKind::Reordered, span(source_at, 2), span(target_at, 2));
            }
            3 => {
                // Not beyond the last fault: repeating a record that was lost brings it after all.
                let block = block.min(calm);
                target.extend_from_slice(&originals[at - block..at]);
                ledger.counts.duplicated += block as u64;
                ledger.note(
                    FindingKind::Duplicated,
                    span(source_at - block as i64, block),
                    span(target_at, block),
                );
            }
            _ => {
                target.extend(
                    (0..block).map(|n| Entry::new(1_000 + source_at, "foreign", format!("{at} {n}"))),
                );
                ledger.counts.extra += block as u64;
                ledger.note(FindingKind::Extra, None, span(target_at, block));
            }
        }
    }
    ledger.counts.source_records = originals.len() as u64;
    ledger.counts.target_records = target.len() as u64;
    ledger.counts.matched = ledger.counts.source_records - ledger.counts.missing - ledger.counts.altered;
    (target.into_iter().map(Slot::Record).collect(), ledger)
}

fn narrow() -> Options {
    Options { window_records: WINDOW, lookups: 10_000, ..Options::default() }
}

#[test]
fn each_fault_is_found_as_what_it_is_and_where_it_is() {
    cases::run("isolated", 300, |seed| {
        let mut dice = Dice::new(seed);
        let originals = originals(3_000);
        let (target, mut ledger) = faulty(&originals, &mut dice);
        let options = if dice.percent(50) { narrow() } else { Options::default() };
        let world = World { source: MemoryLog::of(originals), target: MemoryLog::new(target) };
        let found = compare(&world, &options);
        assert_eq!(found.counts, ledger.counts);
        let mut spans: BTreeMap<&str, Vec<Spans>> = BTreeMap::new();
        for finding in &found.findings {
            spans.entry(finding.kind.name()).or_default().push((finding.source, finding.target));
        }
        spans.values_mut().chain(ledger.spans.values_mut()).for_each(|spans| spans.sort_unstable());
        assert_eq!(spans, ledger.spans);
    });
}

#[test]
fn what_the_target_does_not_have_yet_is_pending_and_nothing_else() {
    cases::run("pending", 200, |seed| {
        let mut dice = Dice::new(seed);
        let originals = originals(dice.below(400));
        let pending = dice.below(originals.len() + 1);
        let arrived = originals[..originals.len() - pending].to_vec();
        let world = World { source: MemoryLog::of(originals), target: MemoryLog::of(arrived) };
        let counts = compare(&world, &narrow()).counts;
        assert_eq!((counts.pending as usize, counts.missing, counts.extra), (pending, 0, 0));
    });
}

#[test]
fn a_head_removed_by_retention_is_trimmed_and_one_that_never_came_is_missing() {
    cases::run("trimmed", 300, |seed| {
        let mut dice = Dice::new(seed);
        let originals = originals(500);
        let gone = 1 + dice.below(300);
        let explained = dice.percent(50);
        let head = Head {
            log_start: 1,
            // Retention explains everything that is gone, or stops short of some of it.
            removed_before: Some(1_000 + if explained { gone } else { gone / 2 } as i64),
            limited_by_size: false,
        };
        let trimmed = MemoryLog::of(originals[gone..].to_vec()).starting_at(gone as i64 + 9);
        let whole = MemoryLog::of(originals);
        let unexplained = if explained { 0 } else { (gone - gone / 2) as u64 };
        if dice.percent(50) {
            let world = World { source: whole, target: trimmed };
            let counts = compare(&world, &Options { target_head: head, ..narrow() }).counts;
            assert_eq!((counts.trimmed_target + counts.missing, counts.missing), (gone as u64, unexplained));
            assert_eq!(compare(&world, &narrow()).counts.missing, gone as u64);
        } else {
            let world = World { source: trimmed, target: whole };
            let counts = compare(&world, &Options { source_head: head, ..narrow() }).counts;
            assert_eq!((counts.trimmed_source + counts.extra, counts.extra), (gone as u64, unexplained));
            assert_eq!(compare(&world, &narrow()).counts.extra, gone as u64);
        }
    });
}

#[test]
fn what_lies_behind_the_cut_does_not_count_on_either_side() {
    cases::run("cut", 300, |seed| {
        let mut dice = Dice::new(seed);
        let originals = originals(300);
        let cut = dice.below(300);
        let arrived = dice.below(301);
        let world = World {
            source: MemoryLog::of(originals.clone()),
            target: MemoryLog::of(originals[..arrived].to_vec()),
        };
        let found = compare(&world, &Options { source_cut: Some(cut as i64), ..narrow() });
        let expected = Counts {
            source_records: cut as u64,
            target_records: arrived.min(cut) as u64,
            matched: arrived.min(cut) as u64,
            pending: cut.saturating_sub(arrived) as u64,
            ..Counts::default()
        };
        assert_eq!(found.counts, expected);
        // The same digests as if there were nothing behind the cut.
        let short = World {
            source: MemoryLog::of(originals[..cut].to_vec()),
            target: MemoryLog::of(originals[..arrived.min(cut)].to_vec()),
        };
        let found_short = compare(&short, &narrow());
        assert_eq!(found.source_sha256, found_short.source_sha256);
        assert_eq!(found.target_sha256, found_short.target_sha256);
    });
}

#[test]
fn two_logs_without_anything_in_common_diverge_and_say_where() {
    let ours = originals(500);
    let theirs: Vec<Entry> = (0..500).map(|n| Entry::new(n, "other", format!("{n}"))).collect();
    let world = World { source: MemoryLog::of(ours), target: MemoryLog::of(theirs) };
    let found = compare(&world, &narrow());
    assert_eq!(found.ending, parity::ordered::Ending::Diverged { source: 0, target: 0 });
    assert!(found.findings.iter().any(|finding| finding.kind == FindingKind::Diverged));
    assert!(found.counts.add_up() && found.counts.matched == 0);
}

#[test]
fn a_target_that_stamps_records_itself_differs_only_in_timestamps() {
    let ours = originals(1_000);
    let stamped = |entry: &Entry| Entry { timestamp: 9_000_000, ..entry.clone() };
    let theirs: Vec<Entry> = ours.iter().map(stamped).collect();
    let world = World { source: MemoryLog::of(ours), target: MemoryLog::of(theirs) };
    let found = compare(&world, &Options::default());
    assert_eq!((found.counts.altered, found.counts.matched), (1_000, 0));
    let ignore = parity::Ignore { timestamp: true, headers: vec![] };
    let found = compare(&world, &Options { ignore, ..narrow() });
    assert_eq!((found.counts.altered, found.counts.matched), (0, 1_000));
}

#[test]
fn a_read_that_fails_is_said_and_never_a_difference() {
    for side in 0..2 {
        let whole = MemoryLog::of(originals(500));
        let kind = parity::ReadErrorKind::Corrupt;
        let broken = whole.clone().failing_at(321, kind);
        let world = match side {
            0 => World { source: broken, target: whole },
            _ => World { source: whole, target: broken },
        };
        let found = compare(&world, &narrow());
        let parity::ordered::Ending::Failed { side: failed, error } = &found.ending else {
            panic!("{found:?}")
        };
        assert_eq!((*failed as usize, error.kind), (side, kind));
        assert_eq!((found.counts.missing, found.counts.extra, found.counts.duplicated), (0, 0, 0));
    }
}
#[test]
fn a_rogue_timestamp_hides_nothing() {
    let mut ours = originals(3_000);
    ours[200].timestamp = 9_000_000;
    let mut theirs = ours.clone();
    theirs.splice(2_600..2_600, (0..90).map(|n| Entry::new(3_600, "foreign", format!("{n}"))));
    theirs.extend_from_slice(&ours[2_300..]);
    let world = World { source: MemoryLog::of(ours), target: MemoryLog::of(theirs) };
    let counts = compare(&world, &narrow()).counts;
    assert_eq!((counts.matched, counts.extra, counts.duplicated), (3_000, 90, 700));
}
