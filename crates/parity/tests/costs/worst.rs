//! The most a comparison holds, whatever the two sides are: what the limits of its windows, pools and indexes add up to.

use std::ops::ControlFlow;

use allocation_counter::measure;
use parity::ordered::{Ending, OnDivergence, Options, Progress, align};
use parity::{
    Bounds, Fetches, Headers, Image, Isolation, Limit, PartitionLog, Pull, ReadError, RecordSource, Window,
};

const MEBIBYTE: u64 = 1 << 20;
const RECORDS: i64 = 150_000;

/// A side whose record at an offset is the one with this number, of so many bytes; made as it is read.
#[derive(Clone)]
struct Numbered {
    number: fn(i64) -> i64,
    bytes: usize,
    next: i64,
    to: i64,
}

impl RecordSource for Numbered {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        let end = (self.next + 1_000).min(self.to);
        let mut value = vec![7; self.bytes];
        for offset in self.next..end {
            let number = (self.number)(offset);
            value[..8].copy_from_slice(&number.to_be_bytes());
            let (key, value) = (Some(&value[..8]), Some(&value[..]));
            each(Image { offset, timestamp: number, key, value, headers: Headers::NONE });
        }
        self.next = end;
        Ok(if end == self.to { Pull::End } else { Pull::UpTo(end) })
    }
}

impl PartitionLog for Numbered {
    fn isolation(&self) -> Isolation {
        Isolation::ReadCommitted
    }

    fn bounds(&mut self) -> Result<Bounds, ReadError> {
        Ok(Bounds { log_start: 0, last_stable: RECORDS, high_watermark: RECORDS })
    }

    fn read(&mut self, from: i64, _: Limit) -> Result<Window, ReadError> {
        Ok(Window { from, next: RECORDS, ..Window::default() })
    }

    fn offset_for_timestamp(&mut self, _: i64) -> Result<Option<i64>, ReadError> {
        Ok(None)
    }

    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError> {
        Ok(Box::new(Numbered { next: from, to: to.min(RECORDS), ..self.clone() }))
    }

    fn fetches(&self) -> Fetches {
        Fetches::default()
    }
}

/// What it is, and the number of its record at an offset.
type Target = (&'static str, fn(i64) -> i64);

/// Targets of which a large part differs, one record at a time, all the way.
const DENSE: [Target; 5] = [
    ("alternate foreign", |offset| if offset % 2 == 0 { offset / 2 } else { offset + (1 << 40) }),
    ("alternate dropped", |offset| offset * 2),
    (
        "every third foreign",
        |offset| if offset % 3 < 2 { offset / 3 * 2 + offset % 3 } else { offset + (1 << 40) },
    ),
    ("each twice", |offset| offset / 2),
    ("neighbours changed places", |offset| offset ^ 1),
];

/// Each record is looked at a bounded number of times, whatever differs: else a comparison of such a target does not end.
#[test]
fn however_much_differs_a_record_is_looked_at_a_few_times() {
    let mut told = Vec::new();
    for (what, number) in DENSE {
        let side = |number| Numbered { number, bytes: 20, next: 0, to: 0 };
        let (mut source, mut target) = (side(|offset| offset), side(number));
        let mut looked_at = 0;
        let mut pulse = |progress: &Progress| {
            looked_at = progress.looked_at;
            // Broken off long before it would be many.
            if looked_at < 1_000 * RECORDS as u64 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let options = Options { on_divergence: OnDivergence::GoOn, ..Options::default() };
        let found = align(&mut source, 0..RECORDS, &mut target, 0..RECORDS, &options, &mut pulse);
        told.push((looked_at / RECORDS as u64, what, found.ending));
    }
    assert!(told.iter().all(|told| told.0 <= 32 && told.2 == Ending::Complete), "{told:?}");
}

/// Targets that make a comparison hold as much as it can.
const TARGETS: [Target; 4] = [
    ("equal", |offset| offset),
    ("nothing in common", |offset| offset + (1 << 40)),
    ("a third foreign", |offset| if offset % 9 < 6 { offset } else { offset + (1 << 40) }),
    ("turned round in blocks", |offset| offset / 60_000 * 60_000 + (59_999 - offset % 60_000)),
];

#[test]
fn whatever_differs_the_windows_of_one_comparison_stay_within_their_bound() {
    let mut told = Vec::new();
    for (what, number) in TARGETS {
        for bytes in [8, 100] {
            let side = |number| Numbered { number, bytes, next: 0, to: 0 };
            let (mut source, mut target) = (side(|offset| offset), side(number));
            let options = Options::default();
            let held = measure(|| {
                let (ours, theirs) = (0..RECORDS, 0..RECORDS);
                align(&mut source, ours, &mut target, theirs, &options, &mut ());
            });
            told.push((held.bytes_max, what, bytes));
        }
    }
    told.sort_unstable();
    let (most, what, bytes) = told[told.len() - 1];
    // As docs/decisions/0062 says. Four of them run at once, however many partitions there are.
    assert!(most < 72 * MEBIBYTE, "{most} bytes held: {what}, records of {bytes} bytes; {told:#?}");
}
