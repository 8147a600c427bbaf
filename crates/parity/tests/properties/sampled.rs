use parity::memory::{Entry, MemoryLog, Slot};
use parity::ordered::{Ending, Head};
use parity::sample::{Probe, Probed};
use parity::{Ignore, PartitionLog};

use crate::cases;
use crate::dice::Dice;

fn probe(at: i64, source: &MemoryLog) -> Probe {
    let cut = source.clone().bounds().expect("a log in memory").high_watermark;
    Probe {
        at,
        before: 8,
        behind: 8,
        source_cut: cut,
        ignore: Ignore::NOTHING,
        source_head: Head::default(),
        target_head: Head::default(),
    }
}

/// The same records with markers and holes of its own between them.
fn spread(entries: &[Entry], dice: &mut Dice) -> MemoryLog {
    let mut slots = Vec::new();
    for entry in entries {
        while dice.percent(15) {
            slots.push(if dice.percent(50) {
                Slot::Hole
            } else {
                Slot::Marker { timestamp: entry.timestamp }
            });
        }
        slots.push(Slot::Record(entry.clone()));
    }
    MemoryLog::new(slots).fetching(1 + dice.below(40))
}

#[test]
fn a_probe_finds_what_is_at_its_place_and_nothing_that_is_not() {
    let (mut looked, mut met) = (0u32, 0u32);
    let counts = std::sync::Mutex::new((&mut looked, &mut met));
    cases::run("sampled", 1_500, |seed| {
        let mut dice = Dice::new(seed);
        let records = 1 + dice.below(300);
        let same_time = dice.percent(20);
        let entries: Vec<Entry> = (0..records as i64)
            .map(|n| {
                Entry::new(if same_time { 5 } else { 1_000 + n }, format!("k{}", n % 5), format!("v{n}"))
            })
            .collect();
        let source = spread(&entries, &mut dice);
        let lost = dice.below(records);
        let mut left = entries.clone();
        left.remove(lost);
        let (whole, lossy) = (spread(&entries, &mut dice), spread(&left, &mut dice));
        let offsets: Vec<i64> = source.visible().map(|image| image.offset).collect();
        let look = |at: i64, target: &MemoryLog| {
            let found = probe(at, &source).look(&mut source.clone(), &mut target.clone());
            match found.expect("logs in memory can be read") {
                Probed::Unplaced => None,
                Probed::Compared(found) => {
                    assert_eq!(found.ending, Ending::Complete);
                    assert!(found.counts.add_up());
                    Some(found.counts)
                }
            }
        };
        let anywhere = dice.below(offsets[records - 1] as usize + 2) as i64;
        if let Some(counts) = look(anywhere, &whole) {
            assert_eq!((counts.matched, counts.reordered), (counts.source_records, 0), "{counts:?}");
            assert_eq!(counts.matched, counts.target_records, "{counts:?}");
        }
        let found = look(offsets[lost], &lossy);
        if let Some(counts) = found {
            assert_eq!(counts.missing + counts.pending, 1, "{counts:?}");
            assert_eq!(counts.altered + counts.extra + counts.reordered + counts.duplicated, 0, "{counts:?}");
        }
        let mut seen = counts.lock().expect("no test panics with it");
        *seen.0 += 1;
        *seen.1 += u32::from(found.is_some());
    });
    assert!(met * 10 > looked * 9, "{met} of {looked} losses were met");
}
