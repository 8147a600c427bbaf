use std::collections::BTreeMap;

use parity::PartitionLog;
use parity::compacted::{Comparison, Difference, Half, KeyCounts, Options};
use parity::memory::{Entry, MemoryLog, Slot};
use parity::ordered::Side;

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
    ours.join(theirs, options).expect("joins")
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
        assert_eq!(found.counts(), expected);
        assert_eq!(found.differences().len() as u64, differing(&expected));
        // With no room to keep any they are counted all the same.
        let none = compare(&source, &target, &Options { differences: 0, ..options });
        assert_eq!((none.counts(), none.unnamed()), (expected, differing(&expected)));
        let all_equal = differing(&expected) == 0;
        assert_eq!(found.source_live_sha256 == found.target_live_sha256, all_equal);
        if !spoiled && arrived == records {
            // What the cleaners do is no difference, but for a deletion that one of them has forgotten.
            let difference = |found: &parity::compacted::KeyDifference| found.difference == Difference::Extra;
            assert!(found.differences().iter().all(difference), "{expected:?}");
        }
    });
}

fn differing(counts: &KeyCounts) -> u64 {
    let (m, e, a, r) = (counts.missing_keys, counts.extra_keys, counts.altered_keys, counts.resurrected_keys);
    m + e + a + r + counts.pending + counts.trimmed_source + counts.trimmed_target
}

#[test]
fn what_was_only_read_at_another_time_is_no_difference() {
    cases::run("recheck", 500, |seed| {
        let mut dice = Dice::new(seed);
        let history = history(&mut dice, 20, 200);
        let mut later = |from: usize| from + dice.below(history.len() + 1 - from);
        // The source was cut first; the target had come further when it was read; then both were read on.
        let source_cut = later(0);
        let target_cut = later(source_cut);
        let end = history.len();
        let part = |to: usize| MemoryLog::of(history[..to].to_vec());
        let options = Options::default();
        let mut found = compare(&part(source_cut), &part(target_cut), &options);
        let more = |from: usize| part(end).open(from as i64, i64::MAX).expect("opens");
        found.recheck(&mut more(source_cut), &mut more(target_cut)).expect("reads");
        let counts = found.counts();
        assert_eq!(differing(&counts), 0, "{counts:?}");
        assert!(counts.matching <= counts.keys_source && counts.matching <= counts.keys_target);
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
        found.differences().iter().map(|d| (d.difference, d.source_offset, d.target_offset)).collect();
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
    assert_eq!(found.frontier(), Some(7));
    // The same on a topic whose target removes what is older than 8.
    let options = Options { target_removed_before: Some(8), ..Options::default() };
    assert_eq!(compare(&source, &target, &options).counts().trimmed_target, 2);
}

#[test]
fn spilling_bounds_what_is_held() {
    let log = MemoryLog::of((0..20_000).map(|n| Entry::new(n, format!("{n}"), "v")));
    let options = Options { memory: 64 << 10, ..Options::default() };
    let mut half = Half::new(Side::Source, &options);
    half.read(&mut log.clone().open(0, i64::MAX).expect("opens")).expect("reads");
    assert!(half.spilled() > 40 * 19_000, "{}", half.spilled());
    let found = compare(&log, &log, &options).counts();
    assert_eq!((found.matching, found.keys_source, found.keys_target), (20_000, 20_000, 20_000));
    let nowhere = Options { spill: "/nonexistent/folder".into(), ..options };
    let mut half = Half::new(Side::Source, &nowhere);
    let error = half.read(&mut log.clone().open(0, i64::MAX).expect("opens")).expect_err("no such folder");
    assert!(error.to_string().contains("/nonexistent/folder"), "{error}");
}
