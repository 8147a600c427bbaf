//! Cases that fool tools, each with the exact answer, both compared whole and found from the middle.

use parity::Isolation;
use parity::memory::{Entry, MemoryLog, Slot};
use parity::translate::{Options, Outcome, Point, Translation, Why, translate};

fn record(n: i64) -> Entry {
    Entry::new(1_000_000 + 10 * n, format!("{n:04}"), format!("value {n:04}"))
}

fn records(range: std::ops::Range<i64>) -> Vec<Entry> {
    range.map(record).collect()
}

/// Bytes of one record here.
const SIZE: u64 = 14;

fn ask(source: &MemoryLog, target: &MemoryLog, committed: i64, target_committed: i64) -> Translation {
    let points = [Point { committed: Some(committed), target_committed: Some(target_committed) }];
    let whole = Options::default();
    let from_the_middle = Options { whole_bytes: 0, ..Options::default() };
    let [one, other] = [whole, from_the_middle]
        .map(|options| translate(&mut source.clone(), &mut target.clone(), &points, &[], &options).remove(0));
    let short = |answer: &Translation| (answer.outcome, answer.exact_target, answer.size, answer.span);
    assert_eq!(short(&one), short(&other), "whole: {one:?}\nfrom the middle: {other:?}");
    other
}

fn is_exact(source: &MemoryLog, target: &MemoryLog, committed: i64, target_committed: i64) {
    let answer = ask(source, target, committed, target_committed);
    assert_eq!(answer.outcome, Outcome::Exact, "{answer:?}");
}

/// Outcome, exact position, and how many records.
fn is(answer: &Translation, outcome: Outcome, exact_target: i64, records: u64) {
    let size = answer.size.expect("measured");
    assert_eq!(
        (answer.outcome, answer.exact_target, size.records, size.bytes),
        (outcome, Some(exact_target), records, SIZE * records),
        "{answer:?}"
    );
}

#[test]
fn a_replicator_that_translates_coarsely_replays() {
    let (source, target) = (MemoryLog::of(records(0..2_000)), MemoryLog::of(records(0..2_000)));
    let answer = ask(&source, &target, 1_234, 1);
    is(&answer, Outcome::Replay, 1_234, 1_233);
    assert_eq!(answer.size.map(|size| size.event_time_ms()), Some(10 * 1_232));
    assert_eq!(answer.span, Some((1, 1_233)));
    assert_eq!(answer.proof, Some(parity::translate::Proof::Aligned), "the place itself is proved");
    is_exact(&source, &target, 1_234, 1_234);
    is_exact(&source, &target, 2_000, 2_000);
    is(&ask(&source, &target, 1_234, 1_300), Outcome::Skip, 1_234, 66);
}

#[test]
fn markers_and_aborted_records_are_no_records() {
    // Ten records, a marker, five aborted ones, their marker, over and over.
    let mut slots = Vec::new();
    for n in 0..100 {
        slots.extend(records(10 * n..10 * n + 10).into_iter().map(Slot::Record));
        slots.push(Slot::Marker { timestamp: 9_000_000 });
        slots.extend(
            (0..5).map(|m| Slot::Aborted(Entry::new(1_000_000 + 100 * n, "aborted", format!("{n} {m}")))),
        );
        slots.push(Slot::Marker { timestamp: 9_000_000 });
    }
    let source = MemoryLog::new(slots);
    let clean = MemoryLog::of(records(0..1_000));
    // 17 offsets of the source are 10 of the target; a commit may stand behind the markers or before them.
    is_exact(&source, &clean, 17 * 50 + 4, 504);
    is_exact(&source, &clean, 17 * 50 + 10, 510);
    is_exact(&source, &clean, 17 * 51, 510);
    is_exact(&source, &clean, 1_700, 1_000);
    is_exact(&source, &clean, 1_698, 1_000);
    is(&ask(&source, &clean, 17 * 50 + 4, 500), Outcome::Replay, 504, 4);

    // A replicator that reads uncommitted records makes the aborted ones ordinary data.
    let uncommitted = source.clone().at(Isolation::ReadUncommitted);
    let dirty = MemoryLog::of(uncommitted.visible().map(|image| Entry::of(&image)));
    is_exact(&source, &dirty, 17 * 50 + 4, 15 * 50 + 4);
    // Between the last record of one and the first of the next: any of them is the same boundary.
    for at in [15 * 50 + 10, 15 * 50 + 13, 15 * 51] {
        is_exact(&source, &dirty, 17 * 51, at);
    }
    is(&ask(&source, &dirty, 17 * 51, 15 * 51 + 1), Outcome::Skip, 15 * 51, 1);
}

#[test]
fn an_open_transaction_leaves_open_what_lies_beyond_it() {
    let source = MemoryLog::of(records(0..100)).open_from(90);
    let target = MemoryLog::of(records(0..100));
    is_exact(&source, &target, 90, 90);
    is_exact(&source, &target, 50, 50);
    let answer = ask(&source, &target, 90, 95);
    assert!(
        matches!(answer.why, Some(Why::OpenTransaction { last_stable: 90, high_watermark: 100 })),
        "{answer:?}"
    );
    let answer = ask(&source, &target, 95, 95);
    assert!(matches!(answer.why, Some(Why::AboveEnd { committed: 95, end: 90, high_watermark: 100 })));
}

#[test]
fn after_a_restart_the_place_is_behind_the_repetition_or_as_little_before_as_can_be() {
    for block in [3, 50, 700] {
        // 1,000 records copied, the last ones again, then the rest.
        let mut copied = records(0..1_000);
        copied.extend(records(1_000 - block..1_500));
        let (source, target) = (MemoryLog::of(records(0..1_500)), MemoryLog::of(copied));
        // Before the block, inside it (both copies are there: the second), behind it.
        let before = 1_000 - block - 10;
        let answer = ask(&source, &target, before, before);
        assert_eq!((answer.outcome, answer.exact_target), (Outcome::Exact, Some(before)), "{answer:?}");
        is_exact(&source, &target, 1_200, 1_200 + block);
        let inside = 1_000 - block / 2;
        is_exact(&source, &target, inside, inside + block);
        is(
            &ask(&source, &target, inside, inside),
            Outcome::Replay,
            inside + block,
            (block - block / 2) as u64,
        );
    }
    // A batch sent twice: whoever stands inside it gets its beginning again, wherever he goes on.
    let mut copied = records(0..100);
    copied.extend(records(90..95));
    copied.extend(records(100..200));
    let (source, target) = (MemoryLog::of(records(0..200)), MemoryLog::of(copied));
    is(&ask(&source, &target, 93, 93), Outcome::Replay, 93, 3);
    is(&ask(&source, &target, 98, 98), Outcome::Replay, 98, 5);
    is_exact(&source, &target, 100, 105);
    is(&ask(&source, &target, 100, 101), Outcome::Replay, 105, 4);
}

#[test]
fn a_target_that_ends_inside_a_repetition_will_repeat_more() {
    let mut copied = records(0..100);
    copied.extend(records(50..60));
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(copied));
    let answer = ask(&source, &target, 100, 110);
    assert!(matches!(answer.why, Some(Why::InsideRepetition { at: 59 })), "{answer:?}");
    is(&ask(&source, &target, 100, 100), Outcome::Replay, 100, 10);
    is_exact(&source, &target, 50, 50);
}

#[test]
fn what_is_gone_is_skipped_wherever_it_was() {
    let source = MemoryLog::of(records(0..500));
    // The head of the target is gone while the source still has it.
    let target = MemoryLog::of(records(0..500)).trimmed(200);
    let answer = ask(&source, &target, 150, 200);
    is(&answer, Outcome::Skip, 200, 50);
    assert_eq!(answer.span, Some((150, 199)));
    is_exact(&source, &target, 200, 200);
    is_exact(&source, &target, 300, 300);
    let answer = ask(&source, &target, 150, 150);
    assert!(matches!(answer.why, Some(Why::OutsideTarget { .. })));
    assert_eq!((answer.outcome, answer.exact_target), (Outcome::Untranslated, Some(200)));
    // One record lost in the middle, one altered, and a hole where the source was purged under the replicator.
    let mut copied = records(0..500);
    copied.drain(300..340);
    copied[250].value = None;
    copied.remove(200);
    let target = MemoryLog::of(copied);
    is(&ask(&source, &target, 100, 100), Outcome::Skip, 100, 42);
    is(&ask(&source, &target, 220, 219), Outcome::Skip, 219, 41);
    is(&ask(&source, &target, 320, 299), Outcome::Skip, 299, 20);
    is_exact(&source, &target, 350, 309);
}

#[test]
fn records_that_changed_places_at_the_boundary_cost_one_or_the_other() {
    let mut copied = records(0..100);
    copied.swap(49, 50);
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(copied));
    is(&ask(&source, &target, 50, 49), Outcome::Replay, 49, 1);
    is(&ask(&source, &target, 50, 50), Outcome::Skip, 49, 1);
    is_exact(&source, &target, 49, 49);
    is_exact(&source, &target, 51, 51);
}

#[test]
fn the_ends_and_the_empty() {
    let source = MemoryLog::of(records(0..100)).trimmed(10);
    let target = MemoryLog::of(records(0..100)).starting_at(5);
    let why = |committed, at| ask(&source, &target, committed, at).why;
    assert!(matches!(why(9, 14), Some(Why::BelowLogStart { committed: 9, log_start: 10 })));
    assert!(matches!(why(101, 105), Some(Why::AboveEnd { committed: 101, end: 100, .. })));
    assert!(matches!(
        why(50, 106),
        Some(Why::OutsideTarget { target_committed: 106, log_start: 5, end: 105 })
    ));
    is_exact(&source, &target, 10, 15);
    is_exact(&source, &target, 100, 105);
    // Ten records older than the source still has: finished, most likely.
    assert!(matches!(why(10, 5), Some(Why::OlderThanSource { records: 10, log_start: 10 })));
    // Nothing anywhere.
    let nothing = MemoryLog::new(vec![]);
    is_exact(&nothing, &nothing, 0, 0);
    // Nothing left on the source; nothing ever on the target, or something.
    let purged = MemoryLog::of(records(0..100)).trimmed(100);
    is_exact(&purged, &nothing, 100, 0);
    let answer = ask(&purged, &target, 100, 105);
    assert_eq!((answer.outcome, answer.why), (Outcome::Unprovable, Some(Why::NothingVisible)));
    // Nothing copied yet.
    let fresh = MemoryLog::of(records(0..100));
    is_exact(&fresh, &nothing, 0, 0);
    let answer = ask(&fresh, &nothing, 40, 0);
    assert_eq!((answer.outcome, answer.exact_target), (Outcome::Unprovable, None), "{answer:?}");
    // Everything removed from the target: that is no empty one.
    let removed = MemoryLog::of(records(0..100)).trimmed(100);
    let answer = ask(&fresh, &removed, 0, 100);
    assert!(matches!(answer.why, Some(Why::NothingInCommon { .. })), "{answer:?}");
}

#[test]
fn behind_the_replicator_there_is_no_place_yet() {
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(records(0..60)));
    is_exact(&source, &target, 60, 60);
    let answer = ask(&source, &target, 61, 60);
    assert_eq!(answer.why, Some(Why::NotReplicated { last: 60, frontier: Some(59) }));
    assert_eq!(ask(&source, &target, 50, 50).pending, Some(40));
}

#[test]
fn in_a_burst_of_identical_records_their_number_counts() {
    let same = || Entry::new(1_000_500, "heartbeat", "");
    let mut all = records(0..50);
    all.extend(std::iter::repeat_with(same).take(200));
    all.extend(records(100..150));
    let (source, target) = (MemoryLog::of(all.clone()), MemoryLog::of(all.clone()));
    is_exact(&source, &target, 130, 130);
    assert_eq!(ask(&source, &target, 130, 140).outcome, Outcome::Skip);
    assert_eq!(ask(&source, &target, 130, 120).outcome, Outcome::Replay);
    // One of them is lost: from the left it is another one than from the right.
    let mut copied = all.clone();
    copied.remove(60);
    let target = MemoryLog::of(copied);
    assert_ne!(ask(&source, &target, 130, 130).outcome, Outcome::Exact);
    // Nothing but identical records, and the heads are gone: no number to count from.
    let log = |count: usize| MemoryLog::of(std::iter::repeat_with(same).take(count));
    let answer = ask(&log(100).trimmed(20), &log(90).trimmed(10), 50, 50);
    assert_eq!((answer.outcome, answer.why), (Outcome::Ambiguous, Some(Why::Identical)));
    is_exact(&log(100), &log(100), 50, 50);
}

#[test]
fn records_the_target_had_before_are_no_finished_ones() {
    let mut all: Vec<Entry> = (0..30).map(|n| Entry::new(n, "older", format!("{n}"))).collect();
    all.extend(records(0..100));
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(all));
    is_exact(&source, &target, 0, 30);
    is_exact(&source, &target, 0, 0);
    is_exact(&source, &target, 40, 70);
    is(&ask(&source, &target, 40, 10), Outcome::Replay, 70, 40);
}

#[test]
fn trouble_in_reading_is_never_an_answer() {
    let whole = MemoryLog::of(records(0..100));
    for (source, target) in [
        (whole.clone().failing_at(70, parity::ReadErrorKind::TimedOut), whole.clone()),
        (whole.clone(), whole.clone().failing_at(70, parity::ReadErrorKind::TimedOut)),
    ] {
        let answer = ask(&source, &target, 50, 50);
        assert_eq!((answer.outcome, answer.exact_target), (Outcome::Unprovable, None));
        assert!(matches!(answer.why, Some(Why::Unreadable { .. })), "{answer:?}");
    }
}

#[test]
fn of_several_good_places_the_last_one_is_offered() {
    // The repetition begins exactly where the group stands: nothing finished comes again from either place.
    let mut copied = records(0..1_000);
    copied.extend(records(950..1_500));
    let (source, target) = (MemoryLog::of(records(0..1_500)), MemoryLog::of(copied));
    for at in [950, 1_000] {
        let answer = ask(&source, &target, 950, at);
        assert_eq!((answer.outcome, answer.exact_target), (Outcome::Exact, Some(1_000)), "{answer:?}");
    }
}

#[test]
fn an_old_record_that_comes_again_is_known_even_where_timestamps_lead_astray() {
    let mut ours = records(0..6_000);
    // From here on every lookup by timestamp leads to the beginning of the log.
    ours[2].timestamp = 9_000_000_000;
    let mut theirs = ours.clone();
    theirs.insert(5_500, ours[4_000].clone());
    let (source, target) = (MemoryLog::of(ours), MemoryLog::of(theirs));
    let answer = ask(&source, &target, 5_000, 5_000);
    is(&answer, Outcome::Replay, 5_000, 1);
    assert_eq!(answer.span, Some((4_000, 4_000)));
    is_exact(&source, &target, 3_990, 3_990);
}

#[test]
fn a_repeated_record_that_looks_like_a_finished_one_counts_as_one() {
    let mut ours = records(0..6_000);
    ours[5_010] = ours[10].clone();
    let mut theirs = ours.clone();
    theirs.splice(5_020..5_020, ours[5_005..5_020].to_vec());
    let (source, target) = (MemoryLog::of(ours), MemoryLog::of(theirs));
    let answer = ask(&source, &target, 5_000, 5_000);
    assert_eq!(
        (answer.outcome, answer.size.map(|size| size.records)),
        (Outcome::Replay, Some(1)),
        "{answer:?}"
    );
    is_exact(&source, &target, 5_020, 5_035);
}

#[test]
fn a_record_that_came_too_early_is_lost_to_who_stands_between() {
    let mut copied = records(0..80);
    copied.extend(records(99..100));
    copied.extend(records(80..99));
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(copied));
    is(&ask(&source, &target, 95, 96), Outcome::Skip, 96, 1);
    is_exact(&source, &target, 80, 80);
}

#[test]
fn the_place_offered_is_before_a_record_that_changed_places_with_the_first() {
    let mut copied = records(0..100);
    copied.swap(50, 51);
    let (source, target) = (MemoryLog::of(records(0..100)), MemoryLog::of(copied));
    let answer = ask(&source, &target, 50, 50);
    assert_eq!((answer.outcome, answer.exact_target), (Outcome::Exact, Some(50)), "{answer:?}");
    is(&ask(&source, &target, 50, 51), Outcome::Skip, 50, 1);
}
