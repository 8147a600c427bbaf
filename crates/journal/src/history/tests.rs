use std::collections::BTreeMap;

use runbook::Level;

use super::*;
use crate::fixture::time;

fn history() -> (tempfile::TempDir, History) {
    let top = tempfile::tempdir().unwrap();
    let history = History::of(Folder::open(top.path()).unwrap());
    (top, history)
}

fn sample(at: i64, level: Level) -> Sample {
    let check = CheckSample {
        unit: "orders".to_owned(),
        check: "group-lag".to_owned(),
        level,
        findings: u32::from(level == Level::Red),
        first: None,
        why: None,
        numbers: BTreeMap::from([("lag".to_owned(), 7)]),
    };
    Sample {
        at: time(at),
        took_ms: 200,
        every_ms: 1_000,
        overall: level,
        checks: vec![check],
        fired: Vec::new(),
        left_out: 0,
    }
}

fn read(history: &History) -> Vec<Sample> {
    let mut samples = Vec::new();
    history.read(|sample| samples.push(sample)).unwrap();
    samples
}

#[test]
fn samples_come_back_in_order_over_days() {
    let (_top, mut history) = history();
    let samples = [0, 86_400, 86_401].map(|at| sample(at, Level::Green));
    for sample in &samples {
        assert_eq!(history.append(sample).unwrap(), Kept::Written);
    }
    assert_eq!(history.folder.names().unwrap(), [file_of(time(0)), file_of(time(86_400))]);
    assert_eq!(read(&history), samples);
}

#[test]
fn a_line_that_a_crash_cut_short_is_passed_over_and_the_next_stands_alone() {
    let (top, mut first) = history();
    first.append(&sample(0, Level::Green)).unwrap();
    let file = top.path().join(file_of(time(0)));
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str(&sample(1, Level::Red).line()[..40]);
    std::fs::write(&file, text).unwrap();
    assert_eq!(read(&first), [sample(0, Level::Green)], "torn at the end");
    let mut second = History::of(Folder::open(top.path()).unwrap());
    second.append(&sample(2, Level::Green)).unwrap();
    assert_eq!(read(&second), [sample(0, Level::Green), sample(2, Level::Green)]);
}

#[test]
fn a_day_has_an_end_and_the_next_day_goes_on() {
    let (top, mut history) = history();
    let file = std::fs::File::create(top.path().join(file_of(time(0)))).unwrap();
    file.set_len(limits::DAY - 10).unwrap();
    assert_eq!(history.append(&sample(0, Level::Green)).unwrap(), Kept::DayIsFull);
    assert_eq!(history.append(&sample(86_400, Level::Green)).unwrap(), Kept::Written);
}

#[test]
fn a_line_is_never_longer_than_it_may_be_and_what_is_not_green_is_left_out_last() {
    let one = &sample(0, Level::Green).checks[0];
    let check = |n: usize| CheckSample {
        unit: format!("unit-{n}-{}", "u".repeat(100)),
        level: if n == 1_999 { Level::Red } else { Level::Green },
        why: Some("ä".repeat(500)),
        ..one.clone()
    };
    let long = Sample { checks: (0..2_000).map(check).collect(), ..sample(0, Level::Red) };
    let line = long.line();
    assert!(line.len() <= limits::SAMPLE && line.ends_with('\n'), "{}", line.len());
    let read: Sample = serde_json::from_str(&line).unwrap();
    assert_eq!(read.checks[0].level, Level::Red);
    assert_eq!(read.left_out as usize + read.checks.len(), 2_000);
    // One long reason is cut, and nothing else.
    let short: Sample = serde_json::from_str(&Sample { checks: vec![check(0)], ..long }.line()).unwrap();
    assert_eq!((short.left_out, &short.checks[0].numbers), (0, &one.numbers));
    assert!(short.checks[0].why.as_ref().unwrap().len() <= limits::SAMPLE_TEXT);
}

#[test]
fn time_belongs_to_the_level_before_it_and_a_gap_to_none() {
    let mut tally = Tally::default();
    let seen = [(0, Level::Green), (1, Level::Green), (2, Level::Red), (3, Level::Red), (4, Level::Green)];
    for (at, level) in seen {
        tally.add(sample(at, level));
    }
    // The watch was not running for an hour: 2.2 s of it are trusted.
    tally.add(sample(3_604, Level::Unknown));
    let check = &tally.checks[&("orders".to_owned(), "group-lag".to_owned())];
    assert_eq!([Level::Green, Level::Red, Level::Unknown].map(|level| check.ms(level)), [4_200, 2_000, 0]);
    assert_eq!((check.changes, check.level, check.since), (3, Level::Unknown, time(3_604)));
    assert_eq!((check.worst, check.worst_at), (Level::Red, time(3)));
    assert_eq!((tally.looks, tally.late, tally.unwatched_ms), (6, 0, 3_600_000 - 2_200));
}
