use std::ops::Range;

use parity::memory::{Entry, MemoryLog, Slot};
use parity::ordered::{Counts, Head, Options, align};
use parity::translate::{self, Outcome, Point, Why, translate};

use crate::cases;
use crate::dice::Dice;
use crate::world::all;

/// A stream as it was recorded on both sides of a replicator that makes no mistake.
struct Recording {
    source: Vec<Slot>,
    target: Vec<Slot>,
    /// Of each committed record its offsets on both sides, in order.
    twins: Vec<(i64, i64)>,
    /// Source offsets at which a transaction is open: from its first record to its marker.
    open: Vec<Range<i64>>,
}

/// Timestamps of the oldest records; retention removes from here.
const BEGIN: i64 = 1_000_000;

fn record(dice: &mut Dice) -> Recording {
    let length = *dice.pick(&[0, 1, 3, 20, 100, 400]);
    let transactions = *dice.pick(&[0, 0, 20, 100]);
    let exactly_once = dice.percent(30);
    // Retries and bursts: some records look like others of their millisecond.
    let alike = *dice.pick(&[0, 0, 5, 50]);
    let mut recording = Recording { source: vec![], target: vec![], twins: vec![], open: vec![] };
    let mut now = BEGIN;
    let mut number = 0;
    while number < length {
        let transactional = dice.percent(transactions);
        let aborted = transactional && dice.percent(30);
        let first = recording.source.len() as i64;
        for _ in 0..1 + dice.below(10) {
            now += dice.below(3) as i64;
            number += 1;
            let same = dice.percent(alike);
            let value = if same { format!("again {now}") } else { format!("value {number}") };
            let entry = Entry::new(now, format!("key {}", number % 5), value);
            if aborted {
                recording.source.push(Slot::Aborted(entry));
                continue;
            }
            let offsets = (recording.source.len() as i64, recording.target.len() as i64);
            recording.twins.push(offsets);
            recording.source.push(Slot::Record(entry.clone()));
            recording.target.push(Slot::Record(entry));
        }
        if transactional {
            recording.open.push(first..recording.source.len() as i64);
            recording.source.push(Slot::Marker { timestamp: now + 10_000 });
        }
        if exactly_once {
            recording.target.push(Slot::Marker { timestamp: now + 20_000 });
        }
    }
    recording
}

/// Both sides at one moment: the target has come this far, the source at least as far, and retention has removed
/// what is old, here more than there.
struct Moment {
    source: MemoryLog,
    target: MemoryLog,
    source_head: Head,
    target_head: Head,
}

fn moment(recording: &Recording, dice: &mut Dice) -> Moment {
    let arrived = dice.below(recording.target.len() + 1);
    let copied = recording.twins.partition_point(|twin| twin.1 < arrived as i64);
    let least = copied.checked_sub(1).map_or(0, |last| {
        // A replicator that reads committed records has seen the marker of what it copied.
        let offset = recording.twins[last].0;
        recording.open.iter().find(|open| open.contains(&offset)).map_or(offset + 1, |open| open.end + 1)
    });
    let least = least as usize;
    let written = least + dice.below(recording.source.len() - least + 1);
    let mut source = MemoryLog::new(recording.source[..written].to_vec()).fetching(1 + dice.below(60));
    if let Some(open) = recording.open.iter().find(|open| open.contains(&(written as i64))) {
        source = source.open_from(open.start);
    }
    let target = MemoryLog::new(recording.target[..arrived].to_vec()).fetching(1 + dice.below(60));
    // A purge that passes the replicator is a hole, and no clean run.
    let next = recording.twins.get(copied).map_or(i64::MAX, |twin| twin.0);
    let (source, source_head) = aged(source, next, dice);
    let (target, target_head) = aged(target, i64::MAX, dice);
    Moment { source, target, source_head, target_head }
}

/// The same log after retention by time has removed records below `most`, and what retention explains.
fn aged(log: MemoryLog, most: i64, dice: &mut Dice) -> (MemoryLog, Head) {
    let limit = BEGIN + dice.below(200) as i64;
    if !dice.percent(30) {
        return (log, Head::default());
    }
    // Whole segments go: less than what is old enough, never more, and nothing behind an open transaction.
    let end = all(&log).end;
    let old = log.visible().take_while(|image| image.timestamp < limit && image.offset < most).count();
    let stamps: Vec<i64> = log.visible().map(|image| image.timestamp).collect();
    // Segments are no cut through a burst here: what is left of one would look like what is gone of it.
    let keep = (0..=dice.below(old + 1)).rev().find(|&n| n == 0 || stamps.get(n) != stamps.get(n - 1));
    let keep = keep.unwrap_or(0);
    let first = log.visible().nth(keep).map_or(end, |image| image.offset);
    let log = log.clone().trimmed(first);
    let log_start = all(&log).start;
    (log, Head { log_start, removed_before: Some(limit), limited_by_size: false })
}

#[test]
fn a_thousand_clean_runs_raise_no_alarm() {
    cases::run("clean", 1_000, |seed| {
        let mut dice = Dice::new(seed);
        let recording = record(&mut dice);
        let now = moment(&recording, &mut dice);
        let options = Options {
            source_head: now.source_head,
            target_head: now.target_head,
            window_records: *dice.pick(&[50, 65_536]),
            ..Options::default()
        };
        let (mut source, mut target) = (now.source.clone(), now.target.clone());
        let (ours, theirs) = (all(&source), all(&target));
        let counts = align(&mut source, ours, &mut target, theirs, &options, &mut ()).counts;
        let quiet = Counts {
            matched: counts.matched,
            pending: counts.pending,
            trimmed_source: counts.trimmed_source,
            trimmed_target: counts.trimmed_target,
            source_records: now.source.visible().count() as u64,
            target_records: now.target.visible().count() as u64,
            ..Counts::default()
        };
        assert_eq!(counts, quiet);
    });
}

#[test]
fn groups_that_stand_where_they_stood_raise_no_alarm() {
    cases::run("clean groups", 1_000, |seed| {
        let mut dice = Dice::new(seed);
        let recording = record(&mut dice);
        let now = moment(&recording, &mut dice);
        let (ours, theirs) = (all(&now.source), all(&now.target));
        let points: Vec<Point> = (0..8)
            .map(|_| {
                let committed = ours.start + dice.below((ours.end - ours.start) as usize + 1) as i64;
                let next = recording.twins.iter().find(|twin| twin.0 >= committed);
                let at = next.map_or(theirs.end, |twin| twin.1).clamp(theirs.start, theirs.end);
                Point { committed: Some(committed), target_committed: Some(at) }
            })
            .collect();
        let options = translate::Options { whole_bytes: *dice.pick(&[0, 1 << 20]), ..Default::default() };
        let (mut source, mut target) = (now.source.clone(), now.target.clone());
        let answers = translate(&mut source, &mut target, &points, &[], &options);
        for (point, answer) in points.iter().zip(answers) {
            let explained = match answer.outcome {
                Outcome::Exact | Outcome::Ambiguous => true,
                // What retention took from the target is lost to whoever had not read it.
                Outcome::Skip => theirs.start > 0,
                // Finished records that look like some still to come.
                Outcome::Replay | Outcome::Untranslated => false,
                Outcome::Unprovable => !matches!(answer.why, Some(Why::Unreadable { .. })),
            };
            assert!(explained, "{point:?}: {answer:?}");
        }
    });
}
