use std::collections::HashMap;

use parity::ReadErrorKind;
use parity::memory::{Entry, MemoryLog};
use parity::ordered::{Alignment, Ending, OnDivergence, Options, align};
use sha2::{Digest, Sha256};

use crate::cases;
use crate::census::{bytes, census};
use crate::dice::Dice;
use crate::world::{Climate, World, all};

pub fn compare(world: &World, options: &Options) -> Alignment {
    let (mut source, mut target) = (world.source.clone(), world.target.clone());
    align(&mut source, all(&world.source), &mut target, all(&world.target), options, &mut ())
}

/// What holds of any comparison, whatever the look-ahead was.
fn is_sound(world: &World, found: &Alignment) {
    assert_eq!(found.ending, Ending::Complete);
    assert!(found.counts.add_up(), "{:?}", found.counts);
    assert_eq!(found.counts.source_records, world.source.visible().count() as u64);
    assert_eq!(found.counts.target_records, world.target.visible().count() as u64);
    let images = |log: &MemoryLog| -> HashMap<i64, Vec<u8>> {
        log.visible().map(|image| (image.offset, bytes(&image))).collect()
    };
    let (ours, theirs) = (images(&world.source), images(&world.target));
    let mut last = (i64::MIN, i64::MIN);
    let mut twins = 0;
    for run in found.map.runs() {
        assert!(run.source > last.0 && run.target > last.1, "runs ascend on both sides");
        for step in 0..run.length {
            assert_eq!(ours[&(run.source + step)], theirs[&(run.target + step)]);
        }
        last = (run.source + run.length - 1, run.target + run.length - 1);
        twins += run.length;
    }
    for run in found.differences.strays.iter().chain(&found.differences.copies) {
        for step in 0..run.length {
            assert_eq!(ours[&(run.source + step)], theirs[&(run.target + step)]);
        }
    }
    let length = |runs: &[parity::ordered::Run]| runs.iter().map(|run| run.length).sum::<i64>();
    assert_eq!((twins + length(&found.differences.strays)) as u64, found.counts.matched);
    assert_eq!(length(&found.differences.copies) as u64, found.counts.duplicated);
    let inside =
        |offset: &i64| found.differences.absent.iter().any(|span| (span.0..=span.1).contains(offset));
    assert_eq!(ours.keys().filter(|offset| inside(offset)).count() as i64, ours.len() as i64 - twins);
    for (log, digest) in [(&world.source, found.source_sha256), (&world.target, found.target_sha256)] {
        let all: Vec<u8> = log.visible().flat_map(|image| bytes(&image)).collect();
        assert_eq!(digest.0, <[u8; 32]>::from(Sha256::digest(all)));
    }
}

#[test]
fn sums_agree_with_a_census_of_images() {
    cases::run("census", 4_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let found = compare(&world, &Options::default());
        is_sound(&world, &found);
        let (mut matched, mut lacking, mut surplus, mut unknown) = (0, 0, 0, 0);
        for &(source, target) in census(&world.source, &world.target).values() {
            matched += source.min(target);
            lacking += source.saturating_sub(target);
            let more = target.saturating_sub(source);
            *if source == 0 { &mut unknown } else { &mut surplus } += more;
        }
        let counts = found.counts;
        assert_eq!(counts.matched, matched, "{counts:?}");
        assert_eq!(counts.duplicated, surplus, "{counts:?}");
        assert_eq!(counts.missing + counts.altered + counts.pending, lacking, "{counts:?}");
        assert_eq!(counts.extra + counts.altered, unknown, "{counts:?}");
        let equal = world.source.visible().map(|i| bytes(&i)).eq(world.target.visible().map(|i| bytes(&i)));
        let clean = counts.matched == counts.source_records
            && counts.matched == counts.target_records
            && counts.reordered == 0;
        assert_eq!(clean, equal, "{counts:?}");
    });
}

#[test]
fn any_look_ahead_is_sound() {
    cases::run("narrow", 3_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let options = Options {
            window_records: *dice.pick(&[1, 2, 5, 16, 40]),
            window_bytes: *dice.pick(&[1, 300, 1 << 20]),
            lookups: *dice.pick(&[0, 3, 1000]),
            on_divergence: OnDivergence::GoOn,
            ..Options::default()
        };
        let found = compare(&world, &options);
        is_sound(&world, &found);
        let mut matched = 0;
        census(&world.source, &world.target)
            .values()
            .for_each(|&(source, target)| matched += source.min(target));
        assert!(found.counts.matched <= matched);
    });
}

#[test]
fn a_comparison_that_is_broken_off_calls_no_copy_foreign() {
    cases::run("broken off", 1_500, |seed| {
        let mut dice = Dice::new(seed);
        let records = 200 + dice.below(800);
        let originals: Vec<Entry> = (0..records as i64)
            .map(|n| Entry::new(1_000 + n, format!("k{}", n % 7), format!("v{n}")))
            .collect();
        let mut target = Vec::new();
        let mut at = 0;
        while at < originals.len() {
            let to = (at + 1 + dice.below(200)).min(originals.len());
            target.extend_from_slice(&originals[at..to]);
            // A replicator that was killed goes on at an older place.
            at = if dice.percent(40) { to - dice.below(to.min(150)) } else { to };
            if at == to && to == originals.len() {
                break;
            }
        }
        let fails = |log: MemoryLog, dice: &mut Dice| {
            let at = dice.below(2 * records) as i64;
            if dice.percent(60) { log.failing_at(at, ReadErrorKind::Unreachable) } else { log }
        };
        let mut source = fails(MemoryLog::of(originals.clone()), &mut dice);
        let mut target = fails(MemoryLog::of(target), &mut dice);
        let options = Options { window_records: *dice.pick(&[5, 40, 65_536]), ..Options::default() };
        let (ours, theirs) = (all(&source), all(&target));
        let found = align(&mut source, ours, &mut target, theirs, &options, &mut ());
        let counts = found.counts;
        assert!(counts.add_up(), "{counts:?}");
        assert_eq!(counts.missing + counts.altered + counts.extra + counts.reordered, 0, "{counts:?}");
    });
}

#[test]
fn what_is_compared_in_two_goes_is_what_is_compared_in_one() {
    let resumed = std::sync::atomic::AtomicU32::new(0);
    cases::run("resume", 2_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        // The first comparison was made when the logs ended here.
        let (ours, theirs) = (all(&world.source), all(&world.target));
        let cut = ours.start + dice.below((ours.end - ours.start + 1) as usize) as i64;
        let shorter = theirs.start + dice.below((theirs.end - theirs.start + 1) as usize) as i64;
        let (mut source, mut target) = (world.source.clone(), world.target.clone());
        let first = Options { source_cut: Some(cut), ..Options::default() };
        let before = align(&mut source, ours.start..cut, &mut target, theirs.start..shorter, &first, &mut ());
        let Some(resume) = before.resume else { return };
        let earlier = Options { earlier: Some(resume.digests), ..Options::default() };
        let rest = (resume.source + 1..ours.end, resume.target + 1..theirs.end);
        let after = align(&mut source, rest.0, &mut target, rest.1, &earlier, &mut ());
        let once = compare(&world, &Options::default());
        assert_eq!((after.source_sha256, after.target_sha256), (once.source_sha256, once.target_sha256));
        let sum = before.counts + after.counts;
        assert!(sum.add_up(), "{sum:?}");
        assert_eq!(sum.source_records, once.counts.source_records);
        assert_eq!(sum.target_records, once.counts.target_records);
        let equal = |counts: &parity::ordered::Counts| {
            counts.matched == counts.source_records
                && counts.matched == counts.target_records
                && counts.reordered == 0
        };
        assert_eq!(equal(&sum), equal(&once.counts), "{sum:?} {:?}", once.counts);
        resumed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(resumed.into_inner() > 50, "hardly any comparison could be resumed");
}
