//! What must stay cheap and can be counted: allocations, memory, fetches. Times are a matter of `make bench`.

mod worst;

use allocation_counter::{AllocationInfo, measure};
use parity::memory::{Entry, MemoryLog};
use parity::ordered::{Breakpoints, Ending, Options, align};
use parity::translate::{self, Aligned, Cut, Point, translate};
use parity::{
    Bounds, Fetches, Headers, Image, Isolation, Limit, PartitionLog, Pull, ReadError, RecordSource, Window,
};

const MEBIBYTE: u64 = 1 << 20;

/// Records of 100 bytes, made as they are read: what is counted is the comparison alone.
#[derive(Clone)]
struct Made {
    records: i64,
    /// Every so many records are missing.
    dropped: Option<i64>,
}

struct Stream {
    of: Made,
    next: i64,
    to: i64,
    /// Handed out by one pull.
    step: i64,
}

impl RecordSource for Stream {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        let end = (self.next + self.step).min(self.to);
        let mut value = [7; 100];
        for offset in self.next..end {
            if self.of.dropped.is_some_and(|every| offset % every == every / 2) {
                continue;
            }
            value[..8].copy_from_slice(&offset.to_be_bytes());
            each(Image { offset, timestamp: offset, key: None, value: Some(&value), headers: Headers::NONE });
        }
        self.next = end;
        Ok(if end == self.to { Pull::End } else { Pull::UpTo(end) })
    }
}

impl PartitionLog for Made {
    fn isolation(&self) -> Isolation {
        Isolation::ReadCommitted
    }

    fn bounds(&mut self) -> Result<Bounds, ReadError> {
        Ok(Bounds { log_start: 0, last_stable: self.records, high_watermark: self.records })
    }

    fn read(&mut self, from: i64, _: Limit) -> Result<Window, ReadError> {
        Ok(Window { from, next: self.records, ..Window::default() })
    }

    fn offset_for_timestamp(&mut self, _: i64) -> Result<Option<i64>, ReadError> {
        Ok(None)
    }

    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError> {
        // The two sides come in steps of different length, as batches do.
        let step = if self.dropped.is_some() { 900 } else { 1_000 };
        Ok(Box::new(Stream { of: self.clone(), next: from, to: to.min(self.records), step }))
    }

    fn fetches(&self) -> Fetches {
        Fetches::default()
    }
}

fn compared(records: i64, dropped: Option<i64>) -> AllocationInfo {
    let mut source = Made { records, dropped: None };
    let mut target = Made { records, dropped };
    let missing = dropped.map_or(0, |every| records / every).unsigned_abs();
    measure(|| {
        let range = 0..records;
        let found =
            align(&mut source, range.clone(), &mut target, range.clone(), &Options::default(), &mut ());
        assert_eq!(found.ending, Ending::Complete);
        let matched = records.unsigned_abs() - missing;
        assert_eq!((found.counts.missing, found.counts.matched), (missing, matched));
    })
}

/// Counted apart from the length: whatever is set up once.
#[test]
fn equal_records_cost_no_allocation_each() {
    let (short, long) = (compared(200_000, None), compared(400_000, None));
    let more = long.count_total - short.count_total;
    assert!(more < 200, "{more} allocations for 200,000 more records");
}

#[test]
fn memory_does_not_grow_with_the_length_and_stays_small() {
    let (short, long) = (compared(200_000, None), compared(800_000, None));
    assert!(long.bytes_max <= short.bytes_max + MEBIBYTE / 4, "{} and {}", short.bytes_max, long.bytes_max);
    // Four partitions are compared at once: what they hold must leave room for everything else.
    assert!(long.bytes_max < 8 * MEBIBYTE, "{} bytes", long.bytes_max);
    let faulty = compared(800_000, Some(1_000));
    assert!(faulty.bytes_max < 24 * MEBIBYTE, "{} bytes with every 1,000th record missing", faulty.bytes_max);
}

/// Bytes allocated for a position answered from the map, on average.
fn position_from_the_map(records: i64) -> u64 {
    const POINTS: i64 = 10_000;
    let (mut source, mut target) = (Made { records, dropped: None }, Made { records, dropped: Some(1_000) });
    let options = Options { breakpoints: Some(Breakpoints::default()), ..Options::default() };
    let found = align(&mut source, 0..records, &mut target, 0..records, &options, &mut ());
    let missing = records.unsigned_abs() / 1_000;
    assert_eq!(found.counts.missing, missing);
    let cut = |log: &mut Made| Cut::of(log).expect("its bounds are known");
    let aligned = Aligned::new(found, cut(&mut source), 0, cut(&mut target), 0);
    // What is put in order once is not counted.
    aligned.judge(0, None, None);
    let info = measure(|| {
        for committed in (0..POINTS).map(|n| n * 7_919 % records) {
            let answer = aligned.judge(committed, Some(committed), None);
            let lost = missing - (committed + 499).unsigned_abs() / 1_000;
            assert_eq!(answer.size.map(|size| size.records), Some(lost), "{committed}: {answer:?}");
        }
    });
    info.bytes_total / POINTS.unsigned_abs()
}

#[test]
fn a_position_from_the_map_costs_the_same_however_many_faults_there_are() {
    let (few, many) = (position_from_the_map(100_000), position_from_the_map(800_000));
    assert!(many <= few && few <= 64, "{few} and {many} bytes a position");
}

#[test]
fn a_position_costs_about_two_fetches() {
    const RECORDS: i64 = 100_000;
    const SHIFT: i64 = 777;
    let entry = |n: i64| Entry::new(1_000_000 + n, format!("{n}"), vec![3; 40]);
    let older = (0..SHIFT).map(|n| Entry::new(n, format!("older {n}"), vec![4; 40]));
    let all = older.chain((0..RECORDS).map(entry));
    let mut source = MemoryLog::of(all).trimmed(SHIFT);
    let mut target = MemoryLog::of((0..RECORDS).map(entry));
    let points: Vec<Point> = (0..1_000)
        .map(|n| {
            let committed = SHIFT + n * (RECORDS / 1_000) + 50;
            Point { committed: Some(committed), target_committed: Some(committed - SHIFT) }
        })
        .collect();
    // Tails are not read: the search alone is counted.
    let options =
        translate::Options { read_bytes: 0, whole_bytes: 0, samples: 0, ..translate::Options::default() };
    // All at once, and each asked for alone.
    for together in [points.len(), 1] {
        let mut costs = Vec::new();
        for points in points.chunks(together) {
            let before = source.fetches() + target.fetches();
            let found = translate(&mut source, &mut target, points, &[], &options);
            let cost = source.fetches() + target.fetches() - before;
            costs.push(cost.data);
            for (point, found) in points.iter().zip(&found) {
                assert_eq!(found.exact_target, point.target_committed, "{found:?}");
            }
        }
        let dearest = costs.iter().max().copied().unwrap_or_default();
        let most = 2 * together as u64;
        assert!(dearest <= most, "{dearest} data fetches for {together} positions, of {costs:?}");
    }
}
