use parity::memory::{Entry, MemoryLog, Slot};
use parity::{HeaderBuf, Isolation, PartitionLog};

use crate::dice::Dice;

/// What may happen to a pair of partitions.
#[derive(Debug, Clone, Copy)]
pub struct Climate {
    pub records: usize,
    /// Of a hundred records, how many meet each fault.
    pub drop: usize,
    pub alter: usize,
    pub swap: usize,
    pub repeat: usize,
    pub foreign: usize,
    /// Of a hundred offsets, how many are markers or holes, on either side.
    pub source_holes: usize,
    pub target_holes: usize,
    /// Of a hundred source records, how many belong to aborted transactions; copied by the replicator or not.
    pub aborted: usize,
    pub copies_aborted: bool,
    /// So few different images that many records are identical; 0 means all differ.
    pub alphabet: usize,
    /// Timestamps go back and forth.
    pub disorder: bool,
    /// The replicator stops early, and may stop inside a repeated block.
    pub pending: bool,
    pub trim_source: bool,
    pub trim_target: bool,
    /// A transaction is open on the source; a replicator that reads uncommitted records copies it all the same.
    pub open: bool,
}

impl Climate {
    /// Any mixture of everything.
    pub fn any(dice: &mut Dice) -> Climate {
        let rate = |dice: &mut Dice| *dice.pick(&[0, 0, 0, 1, 3, 10, 30]);
        Climate {
            records: *dice.pick(&[0, 1, 2, 5, 20, 60, 200]),
            drop: rate(dice),
            alter: rate(dice),
            swap: rate(dice),
            repeat: rate(dice) / 2,
            foreign: rate(dice),
            source_holes: rate(dice),
            target_holes: rate(dice),
            aborted: rate(dice),
            copies_aborted: dice.percent(50),
            alphabet: *dice.pick(&[0, 0, 0, 1, 2, 5]),
            disorder: dice.percent(20),
            pending: dice.percent(40),
            trim_source: dice.percent(20),
            trim_target: dice.percent(20),
            open: dice.percent(20),
        }
    }
}

/// A pair of partitions and how they came about.
#[derive(Debug)]
pub struct World {
    pub source: MemoryLog,
    pub target: MemoryLog,
}

impl World {
    pub fn new(climate: &Climate, dice: &mut Dice) -> World {
        let slots = source_slots(climate, dice);
        let (source_base, target_base) = (*dice.pick(&[0, 0, 7, 5_000_000_000]), *dice.pick(&[0, 0, 3, 90]));
        let fetching = 1 + dice.below(40);
        let mut source = MemoryLog::new(slots).starting_at(source_base).fetching(fetching);
        if climate.open {
            let length = (source.high_watermark() - source_base) as usize;
            source = source.open_from(source_base + dice.below(length + 1) as i64);
        }
        let target = replicate(climate, &source, dice);
        let mut target = MemoryLog::new(target).starting_at(target_base).fetching(1 + dice.below(40));
        let part = |log: &MemoryLog, base: i64, dice: &mut Dice| {
            base + dice.below((log.high_watermark() - base) as usize / 2 + 1) as i64
        };
        if climate.trim_source {
            let log_start = part(&source, source_base, dice);
            // Retention stops before an open transaction.
            source = source.clone().trimmed(log_start.min(all(&source).end));
        }
        if climate.trim_target {
            let log_start = part(&target, target_base, dice);
            target = target.trimmed(log_start);
        }
        World { source, target }
    }
}

fn source_slots(climate: &Climate, dice: &mut Dice) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut now = 1_000_000;
    for number in 0..climate.records {
        now += dice.below(4) as i64;
        while dice.percent(climate.source_holes) {
            slots.push(if dice.percent(50) { Slot::Hole } else { Slot::Marker { timestamp: now + 500 } });
        }
        let late = if climate.disorder { dice.below(200) as i64 } else { 0 };
        let entry = record(climate, number, now - late, dice);
        let aborted = dice.percent(climate.aborted);
        slots.push(if aborted { Slot::Aborted(entry) } else { Slot::Record(entry) });
    }
    while dice.percent(climate.source_holes * 2) {
        slots.push(Slot::Marker { timestamp: now });
    }
    slots
}

fn record(climate: &Climate, number: usize, timestamp: i64, dice: &mut Dice) -> Entry {
    if climate.alphabet > 0 {
        return Entry::new(5, "same", format!("{}", dice.below(climate.alphabet)));
    }
    let mut headers = HeaderBuf::new();
    for _ in 0..dice.below(3) {
        headers.push(b"h", [None, Some(&b""[..]), Some(b"x")][dice.below(3)]);
    }
    let key = [None, Some(b"key".to_vec()), Some(vec![])][dice.below(3)].clone();
    Entry { timestamp, key, value: Some(format!("value {number}").into_bytes()), headers }
}

/// Copies the source as a replicator with faults does.
fn replicate(climate: &Climate, source: &MemoryLog, dice: &mut Dice) -> Vec<Slot> {
    let isolation =
        if climate.copies_aborted { Isolation::ReadUncommitted } else { Isolation::ReadCommitted };
    let copied = source.clone().at(isolation);
    let originals: Vec<Entry> = copied.visible().map(|image| Entry::of(&image)).collect();
    let stop = if climate.pending { dice.below(originals.len() + 1) } else { originals.len() };
    let mut slots = Vec::new();
    let mut at = 0;
    let mut foreign = 0;
    while at < stop {
        while dice.percent(climate.target_holes) {
            slots.push(if dice.percent(50) { Slot::Hole } else { Slot::Marker { timestamp: 1_000_500 } });
        }
        if dice.percent(climate.foreign) {
            foreign += 1;
            slots.push(Slot::Record(Entry::new(1_000_000, "foreign", format!("{foreign}"))));
        }
        if at > 0 && dice.percent(climate.repeat) {
            let from = at - 1 - dice.below(at.min(50));
            // A whole restart goes on behind the block; a retried batch ends before it.
            let to = if dice.percent(70) { at } else { from + 1 + dice.below(at - from) };
            slots.extend(originals[from..to].iter().cloned().map(Slot::Record));
        }
        if at + 1 < stop && dice.percent(climate.swap) {
            slots.push(Slot::Record(originals[at + 1].clone()));
            slots.push(Slot::Record(originals[at].clone()));
            at += 2;
            continue;
        }
        if dice.percent(climate.alter) {
            slots.push(Slot::Record(altered(&originals[at], dice)));
        } else if !dice.percent(climate.drop) {
            slots.push(Slot::Record(originals[at].clone()));
        }
        at += 1;
    }
    while dice.percent(climate.target_holes * 2) {
        slots.push(Slot::Marker { timestamp: 1_000_500 });
    }
    slots
}

/// The same record with one field changed.
pub fn altered(original: &Entry, dice: &mut Dice) -> Entry {
    let mut entry = original.clone();
    match dice.below(4) {
        0 => entry.key = Some(b"another".to_vec()),
        1 => {
            entry.value = entry
                .value
                .map_or(Some(vec![]), |value| dice.percent(50).then(|| [value, b"!".to_vec()].concat()))
        }
        2 => entry.headers.push(b"added", None),
        _ => entry.timestamp += 1_000_000,
    }
    entry
}

/// The bounds of a log, as a range.
pub fn all(log: &MemoryLog) -> std::ops::Range<i64> {
    let mut log = log.clone();
    let bounds = log.bounds().expect("a log in memory knows its bounds");
    bounds.log_start..bounds.end(log.isolation())
}
