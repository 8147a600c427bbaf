use std::collections::BTreeMap;

use parity::PartitionLog;
use parity::compacted::{Comparison, Difference, Half, KeyCounts, Options};
use parity::memory::{Entry, MemoryLog, Slot};
use parity::ordered::{Head, Side};

use crate::cases;
use crate::dice::Dice;
use crate::world::all;

/// A log of `keys` keys written over and over, deletions among them.
fn history(dice: &mut Dice, keys: usize, records: usize) -> Vec<Entry> {
    (0..records)
        .map(|n| {
            let key = (!dice.percent(2)).then(|| format!("key {}", dice.below(keys)).into_bytes());
            let value = (!dice.percent(15)).then(|| format!("value {n}").into_bytes());
            Entry { timestamp: 1_000 + n as i64, key, value, ..Entry::default() }
        })
        .collect()
}

/// A cleaner that has come so far: of each key below it only the latest record is left, and old tombstones may
/// be gone.
fn clean(entries: &[Entry], up_to: usize, tombstones_gone: bool) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let later = entries[at + 1..up_to.max(at + 1)].iter().any(|other| other.key == entry.key);
        let expired = tombstones_gone && entry.value.is_none();
        let gone = at < up_to && entry.key.is_some() && (later || expired);
        slots.push(if gone { Slot::Hole } else { Slot::Record(entry.clone()) });
    }
    slots
}

fn compare(source: &MemoryLog, target: &MemoryLog, options: &Options) -> Comparison {
    let (mut ours, mut theirs) = (Half::new(Side::Source, options), Half::new(Side::Target, options));
    let stream = |log: &MemoryLog| log.clone().open(all(log).start, i64::MAX).expect("opens");
    ours.read(&mut stream(source)).expect("reads");
    theirs.read(&mut stream(target)).expect("reads");
    ours.join(&mut theirs, options).expect("joins")
}

/// The latest record of each key, and all that is to be counted, by plain maps.
#[derive(Debug, Default)]
struct Ledger {
    source: BTreeMap<Vec<u8>, (i64, Entry)>,
    target: BTreeMap<Vec<u8>, (i64, Entry)>,
    frontier: Option<i64>,
}

fn same(one: &Entry, other: &Entry) -> bool {
    (one.timestamp, &one.value) == (other.timestamp, &other.value)
}

impl Ledger {
    fn new(source: &MemoryLog, target: &MemoryLog) -> Self {
        let latest = |log: &MemoryLog| {
            let mut latest = BTreeMap::new();
            for image in log.visible().filter(|image| image.key.is_some()) {
                let entry = Entry::of(&image);
                latest.insert(entry.key.clone().expect("it has one"), (image.offset, entry));
            }
            latest
        };
        let mut ledger = Ledger { source: latest(source), target: latest(target), frontier: None };
        for image in source.visible() {
            let entry = Entry::of(&image);
            let arrived = entry.key.as_ref().and_then(|key| ledger.target.get(key));
            if arrived.is_some_and(|(_, theirs)| same(theirs, &entry)) {
                ledger.frontier = Some(image.offset);
            }
        }
        if ledger.frontier.is_none() && !ledger.target.is_empty() {
            ledger.frontier = Some(i64::MAX);
        }
        ledger
    }

    fn count(&self, source: &MemoryLog, target: &MemoryLog) -> KeyCounts {
        let nulls = |log: &MemoryLog| log.visible().filter(|image| image.key.is_none()).count() as u64;
        let mut counts = KeyCounts {
            source_records: source.visible().count() as u64,
            target_records: target.visible().count() as u64,
            source_null_keys: nulls(source),
            target_null_keys: nulls(target),
            ..KeyCounts::default()
        };
        let keys: std::collections::BTreeSet<_> = self.source.keys().chain(self.target.keys()).collect();
        for key in keys {
            let (ours, theirs) = (self.source.get(key), self.target.get(key));
            let ours_live = ours.filter(|(_, entry)| entry.value.is_some());
            let theirs_live = theirs.filter(|(_, entry)| entry.value.is_some());
            counts.keys_source += u64::from(ours_live.is_some());
            counts.keys_target += u64::from(theirs_live.is_some());
            counts.tombstones += u64::from(ours.is_some() && ours_live.is_none());
            let pending = ours.is_some_and(|(offset, _)| self.frontier.is_none_or(|last| *offset > last));
            match (ours_live, theirs_live) {
                (None, None) => {}
                (Some((_, one)), Some((_, other))) if same(one, other) => counts.matching += 1,
                _ if pending => counts.pending += 1,
                (Some(_), Some(_)) => counts.altered_keys += 1,
                (Some(_), None) => counts.missing_keys += 1,
                (None, Some(_)) if ours.is_some() => counts.resurrected_keys += 1,
                (None, Some(_)) => counts.extra_keys += 1,
            }
        }
        counts
    }
}

/// Does something to the target that should be found, or nothing.
fn spoil(target: &mut Vec<Slot>, dice: &mut Dice) {
    for _ in 0..dice.below(4) {
        let at = dice.below(target.len());
        match (dice.below(4), target.get_mut(at)) {
            (0, Some(slot)) => *slot = Slot::Hole,
            (1, Some(Slot::Record(entry))) => entry.value = Some(b"another".to_vec()),
            (2, _) => target.push(Slot::Record(Entry::new(5, format!("foreign {at}"), "x"))),
            _ => {
                let key = format!("key {}", dice.below(20));
                target.push(Slot::Record(Entry::new(5, key, "back again")));
            }
        }
    }
}

#[test]
fn latest_records_are_compared_however_either_side_was_cleaned() {
    cases::run("compacted", 800, |seed| {
        let mut dice = Dice::new(seed);
        let (keys, records) = (*dice.pick(&[1, 5, 30, 200]), *dice.pick(&[0, 1, 20, 150, 300]));
        let history = history(&mut dice, keys, records);
        let arrived = if dice.percent(40) { dice.below(records + 1) } else { records };
        let cleaned = |entries: &[Entry], dice: &mut Dice| {
            let up_to = dice.below(entries.len() + 1);
            let gone = dice.percent(50);
            clean(entries, up_to, gone)
        };
        let source = MemoryLog::new(cleaned(&history, &mut dice)).fetching(1 + dice.below(50));
        let mut slots = cleaned(&history[..arrived], &mut dice);
        let spoiled = dice.percent(50);
        if spoiled {
            spoil(&mut slots, &mut dice);
        }
        let target = MemoryLog::new(slots).starting_at(*dice.pick(&[0, 90])).fetching(1 + dice.below(50));
        let expected = Ledger::new(&source, &target).count(&source, &target);
        // From all in memory to a few records, and from one pass over each part to many.
        let options = Options { memory: *dice.pick(&[600, 6_000, 60_000, 1 << 20]), ..Options::default() };
        let found = compare(&source, &target, &options);
        assert_eq!(found.counts, expected);
        assert_eq!(found.differences.len() as u64, differing(&expected));
        // With no room to name any they are counted all the same.
        let none = compare(&source, &target, &Options { differences: 0, ..options });
        assert_eq!((none.counts, none.unnamed), (expected, differing(&expected)));
        if !spoiled && arrived == records {
            // What the cleaners do is no difference, but for a deletion that one of them has forgotten.
            let difference = |found: &parity::compacted::KeyDifference| found.difference == Difference::Extra;
            assert!(found.differences.iter().all(difference), "{expected:?}");
        }
    });
}

fn differing(counts: &KeyCounts) -> u64 {
    let (m, e, a, r) = (counts.missing_keys, counts.extra_keys, counts.altered_keys, counts.resurrected_keys);
    m + e + a + r + counts.pending + counts.trimmed_source + counts.trimmed_target
}

/// The first `to` records of a log whose cleaner has come to `cleaned` while it was read.
fn seen_at(history: &[Entry], to: usize, cleaned: usize) -> MemoryLog {
    let mut slots = clean(history, cleaned, false);
    slots.truncate(to);
    MemoryLog::new(slots)
}

#[test]
fn while_both_sides_are_written_and_cleaned_nothing_differs_as_of_the_cut() {
    cases::run("live", 1_000, |seed| {
        let mut dice = Dice::new(seed);
        let keys = *dice.pick(&[1, 5, 20, 80]);
        let history = history(&mut dice, keys, 200);
        let end = history.len();
        let mut between = |from: usize, to: usize| from + dice.below(to + 1 - from);
        // The source is cut, the target has that much or more, and the source is always read as far or further.
        let cut = between(0, end);
        let target_read = between(cut, end);
        let source_read = between(target_read, end);
        // Either the cleaners stay below the cut, or they may hide anything until everything has been read.
        let is_calm = between(0, 1) == 0;
        let (target_again, cleaned_to) = if is_calm { (between(target_read, end), cut) } else { (end, end) };
        let cleaned: Vec<usize> = (0..4).map(|_| between(0, cleaned_to)).collect();
        let options = Options {
            source_cut: Some(cut as i64),
            target_cut: Some(target_read as i64),
            memory: *dice.pick(&[600, 60_000, 1 << 20]),
            ..Options::default()
        };
        let part = |to: usize, cleaned: usize, from: usize| {
            seen_at(&history, to, cleaned).open(from as i64, i64::MAX).expect("opens")
        };
        let (mut ours, mut theirs) = (Half::new(Side::Source, &options), Half::new(Side::Target, &options));
        theirs.read(&mut part(target_read, cleaned[0], 0)).expect("reads");
        ours.read(&mut part(source_read, cleaned[1], 0)).expect("reads");
        let first = ours.join(&mut theirs, &options).expect("joins");
        theirs.read(&mut part(target_again, cleaned[2], target_read)).expect("reads");
        ours.read(&mut part(end, cleaned[3], source_read)).expect("reads");
        let second = ours.join(&mut theirs, &options).expect("joins");
        assert!(!is_calm || differing(&first.counts) == 0, "{first:?}");
        assert_eq!(differing(&second.counts), 0, "{second:?}");
        assert_eq!(second.counts.keys_source, second.counts.keys_target);
        assert_eq!(second.counts.matching, second.counts.keys_source);
        assert_eq!(first.source_sha256, second.source_sha256, "what counts was read the first time");
    });
}

#[test]
fn what_a_cleaner_hid_from_the_first_reading_is_found_by_the_second() {
    let put = |n: i64| Entry::new(n, "key", format!("{n}"));
    // Read without the target's record, which was cleaned away for a newer one behind the end of the reading.
    let source = MemoryLog::of([put(0), put(1)]);
    let target = MemoryLog::new(vec![Slot::Hole, Slot::Record(put(1))]);
    let other = Entry::new(0, "other", "x");
    let options = Options { source_cut: Some(1), target_cut: Some(1), ..Options::default() };
    let (mut ours, mut theirs) = (Half::new(Side::Source, &options), Half::new(Side::Target, &options));
    let part = |log: &MemoryLog, from, to| log.clone().open(from, to).expect("opens");
    ours.read(&mut part(&source, 0, 1)).expect("reads");
    theirs.read(&mut part(&target, 0, 1)).expect("reads");
    theirs.read(&mut part(&MemoryLog::of([other]), 0, 1)).expect("reads");
    assert_eq!(ours.join(&mut theirs, &options).expect("joins").counts.missing_keys, 1);
    theirs.read(&mut part(&target, 1, 2)).expect("reads");
    ours.read(&mut part(&source, 1, 2)).expect("reads");
    let counts = ours.join(&mut theirs, &options).expect("joins").counts;
    assert_eq!((counts.missing_keys, counts.matching, counts.altered_keys), (0, 1, 0), "{counts:?}");
}

/// What differs at the cut differs however far either side is read on.
#[test]
fn a_real_difference_outlives_every_further_reading() {
    cases::run("live differences", 500, |seed| {
        let mut dice = Dice::new(seed);
        let history = history(&mut dice, 20, 200);
        let cut = 1 + dice.below(150);
        // One key that is not written behind the cut loses its records on the target.
        let alive = |key: &Option<Vec<u8>>| {
            let last = history[..cut].iter().rev().find(|entry| &entry.key == key);
            key.is_some() && last.is_some_and(|entry| entry.value.is_some())
        };
        let written_later = |key: &Option<Vec<u8>>| history[cut..].iter().any(|entry| &entry.key == key);
        let Some(lost) = history[..cut].iter().find(|e| alive(&e.key) && !written_later(&e.key)) else {
            return;
        };
        let lost = lost.key.clone();
        let slot = |entry: &Entry| {
            if entry.key == lost { Slot::Hole } else { Slot::Record(entry.clone()) }
        };
        let target = MemoryLog::new(history.iter().map(slot).collect());
        let options = Options { source_cut: Some(cut as i64), ..Options::default() };
        let found = compare(&MemoryLog::of(history.clone()), &target, &options);
        let counts = found.counts;
        let tail = history[cut - 1..].iter().all(|entry| entry.key == lost || entry.key.is_none());
        assert_eq!(counts.missing_keys + counts.pending, 1, "{counts:?}");
        assert!(tail || counts.missing_keys == 1 || found.frontier < Some(cut as i64), "{found:?}");
    });
}

#[test]
fn each_difference_is_called_by_its_name() {
    let put = |n: i64, key: &str| Slot::Record(Entry::new(n, key, format!("{n}")));
    let delete = |n: i64, key: &str| {
        Slot::Record(Entry { timestamp: n, key: Some(key.into()), value: None, ..Entry::default() })
    };
    let source = MemoryLog::new(vec![
        put(1, "same"),
        put(2, "missing"),
        put(3, "stale"),
        put(4, "stale"),
        put(5, "back"),
        delete(6, "back"),
        put(7, "gone"),
        put(8, "last"),
        put(9, "coming"),
        delete(10, "going"),
    ]);
    let target = MemoryLog::new(vec![
        put(1, "same"),
        put(3, "stale"),
        put(5, "back"),
        put(6, "forgotten"),
        put(6, "going"),
        put(8, "last"),
    ]);
    let found = compare(&source, &target, &Options::default());
    let names: Vec<_> =
        found.differences.iter().map(|d| (d.difference, d.source_offset, d.target_offset)).collect();
    let expected = [
        (Difference::Missing, Some(1), None),
        (Difference::Altered, Some(3), Some(1)),
        (Difference::Resurrected, Some(5), Some(2)),
        (Difference::Missing, Some(6), None),
        (Difference::Pending, Some(8), None),
        (Difference::Pending, Some(9), Some(4)),
        (Difference::Extra, None, Some(3)),
    ];
    assert_eq!(names, expected);
    assert_eq!(found.frontier, Some(7));
}

#[test]
fn retention_explains_old_keys_at_the_head_and_no_others() {
    let put = |n: i64| Slot::Record(Entry::new(n, format!("key {n}"), "v"));
    let head = |removed_before| Head {
        log_start: 100,
        removed_before: Some(removed_before),
        limited_by_size: false,
    };
    let all = MemoryLog::new((0..10).map(put).collect());
    // 0, 1 and 2 are gone from the head, and 5 from the middle; retention reaches up to 7.
    let part = MemoryLog::new([3, 4, 6, 7, 8, 9].map(put).into());
    let options = Options { target_head: head(7), ..Options::default() };
    let counts = compare(&all, &part, &options).counts;
    assert_eq!((counts.trimmed_target, counts.missing_keys), (3, 1));
    let options = Options { target_head: head(2), ..Options::default() };
    let counts = compare(&all, &part, &options).counts;
    assert_eq!((counts.trimmed_target, counts.missing_keys), (2, 2));
    let options = Options { source_head: head(7), ..Options::default() };
    let counts = compare(&part, &all, &options).counts;
    assert_eq!((counts.trimmed_source, counts.extra_keys), (3, 1));
    let by_size = Head { log_start: 3, removed_before: None, limited_by_size: true };
    let counts = compare(&all, &part, &Options { target_head: by_size, ..Options::default() }).counts;
    assert_eq!((counts.trimmed_target, counts.missing_keys), (3, 1));
    let never = Head { log_start: 0, ..by_size };
    let counts = compare(&all, &part, &Options { target_head: never, ..Options::default() }).counts;
    assert_eq!((counts.trimmed_target, counts.missing_keys), (0, 4));
}

#[test]
fn spilling_bounds_what_is_held() {
    let log = MemoryLog::of((0..20_000).map(|n| Entry::new(n, format!("{n}"), "v")));
    let options = Options { memory: 64 << 10, ..Options::default() };
    let mut half = Half::new(Side::Source, &options);
    half.read(&mut log.clone().open(0, i64::MAX).expect("opens")).expect("reads");
    assert!(half.spilled() > 40 * 19_000, "{}", half.spilled());
    let found = compare(&log, &log, &options).counts;
    assert_eq!((found.matching, found.keys_source, found.keys_target), (20_000, 20_000, 20_000));
    let nowhere = Options { spill: "/nonexistent/folder".into(), ..options };
    let mut half = Half::new(Side::Source, &nowhere);
    let error = half.read(&mut log.clone().open(0, i64::MAX).expect("opens")).expect_err("no such folder");
    assert!(error.to_string().contains("/nonexistent/folder"), "{error}");
}
