use super::limits;
use crate::Records;
use crate::source::{Limit, PartitionLog, ReadError};

/// The visible source records around a committed offset.
#[derive(Debug, Clone)]
pub(super) struct Boundary {
    /// Up to eight on either side, in offset order.
    pub records: Records,
    /// How many of them lie before the commit.
    pub before: usize,
    /// Bytes of the records read, and the offsets they were read from: how dense the log is here.
    pub bytes: u64,
    pub offsets: i64,
}

impl Boundary {
    /// Reads it: one fetch where there are no holes; as many as holes demand otherwise, but always so many that
    /// the record before and the record behind are known, or known not to be there.
    pub fn read(
        log: &mut dyn PartitionLog,
        committed: i64,
        log_start: i64,
        end: i64,
    ) -> Result<Boundary, ReadError> {
        let context = limits::CONTEXT as i64;
        let from = (committed - context).max(log_start);
        let mut records = Records::new();
        let mut at = from;
        let behind = |records: &Records| records.last().is_some_and(|last| last.offset >= committed);
        while at < end && !behind(&records) {
            let window = log.read(at, Limit::records(2 * limits::CONTEXT))?;
            records.extend(window.records.iter());
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        let mut known_from = from;
        let mut before = records.iter().filter(|image| image.offset < committed).count();
        if before == 0 && from > log_start {
            let window = log.before(from, limits::CONTEXT)?;
            before = window.records.len();
            known_from = window.from;
            let earlier = window.records;
            let later = std::mem::replace(&mut records, earlier);
            records.extend(later.iter());
        }
        let (bytes, offsets) = (records.size(), at - known_from);
        let first = before.saturating_sub(limits::CONTEXT);
        let records: Records = records.iter().skip(first).take(before - first + limits::CONTEXT).collect();
        Ok(Boundary { records, before: before - first, bytes, offsets })
    }

    /// The last visible record before the commit.
    pub fn last_before(&self) -> Option<i64> {
        self.records.get(self.before.checked_sub(1)?).map(|image| image.offset)
    }

    /// The first visible record at or behind the commit.
    pub fn first_behind(&self) -> Option<i64> {
        self.records.get(self.before).map(|image| image.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog, Slot};

    #[test]
    fn the_neighbours_are_found_in_one_fetch_or_across_any_hole() {
        let record = |n: i64| Slot::Record(Entry::new(n, "k", format!("{n}")));
        let mut slots: Vec<_> = (0..50).map(record).collect();
        slots.extend(std::iter::repeat_n(Slot::Hole, 300));
        slots.extend((350..400).map(record));
        let mut log = MemoryLog::new(slots).fetching(30);
        let offsets =
            |boundary: &Boundary| boundary.records.iter().map(|image| image.offset).collect::<Vec<_>>();
        let boundary = Boundary::read(&mut log, 20, 0, 400).unwrap();
        assert_eq!(offsets(&boundary), (12..28).collect::<Vec<_>>());
        assert_eq!(log.fetches().data, 1);
        for committed in [50, 200, 350] {
            let boundary = Boundary::read(&mut log, committed, 0, 400).unwrap();
            assert_eq!(
                (boundary.last_before(), boundary.first_behind()),
                (Some(49), Some(350)),
                "{committed}"
            );
        }
        let boundary = Boundary::read(&mut log, 0, 0, 400).unwrap();
        assert_eq!((boundary.last_before(), boundary.first_behind()), (None, Some(0)));
        let boundary = Boundary::read(&mut log, 400, 0, 400).unwrap();
        assert_eq!((boundary.last_before(), boundary.first_behind()), (Some(399), None));
    }
}
