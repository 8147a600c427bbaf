use super::{Bounds, Fetches, Isolation, Limit, PartitionLog, Pull, ReadError, RecordSource, Window};
use crate::Image;

/// A partition as a reader of committed records sees it, and behind its last stable offset everything that is there.
///
/// What open transactions have written may commit. A replicator that reads uncommitted records has copied it already,
/// and its copy is neither foreign nor equal before it does: a comparison whose cut is the last stable offset has to
/// recognise it, in order to leave it out.
#[derive(Debug)]
pub struct WithUndecided<L> {
    decided: L,
    everything: L,
    bounds: Bounds,
}

impl<L: PartitionLog> WithUndecided<L> {
    /// The same partition at both isolations, `decided` at `read_committed`; its bounds are those of this one.
    ///
    /// # Errors
    /// The partition cannot be measured.
    pub fn new(mut decided: L, mut everything: L) -> Result<Self, ReadError> {
        let bounds = decided.bounds()?;
        // Measured later, it may begin and end further on; what it has beyond is not asked for.
        everything.bounds()?;
        Ok(WithUndecided { decided, everything, bounds })
    }
}

impl<L: PartitionLog> PartitionLog for WithUndecided<L> {
    fn isolation(&self) -> Isolation {
        Isolation::ReadCommitted
    }

    /// All of it can be read, so it ends at the high watermark.
    fn bounds(&mut self) -> Result<Bounds, ReadError> {
        Ok(Bounds { last_stable: self.bounds.high_watermark, ..self.bounds })
    }

    fn read(&mut self, from: i64, limit: Limit) -> Result<Window, ReadError> {
        if from < self.bounds.last_stable {
            return self.decided.read(from, limit);
        }
        let end = self.bounds.high_watermark;
        let mut window = self.everything.read(from, limit)?;
        window.records = window.records.iter().filter(|image| image.offset < end).collect();
        window.next = window.next.min(end);
        Ok(window)
    }

    fn offset_for_timestamp(&mut self, timestamp: i64) -> Result<Option<i64>, ReadError> {
        let found = self.everything.offset_for_timestamp(timestamp)?;
        Ok(found.filter(|offset| *offset < self.bounds.high_watermark))
    }

    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError> {
        let (stable, to) = (self.bounds.last_stable, to.min(self.bounds.high_watermark));
        if to <= stable {
            return self.decided.open(from, to);
        }
        let behind = self.everything.open(from.max(stable), to)?;
        if from >= stable {
            return Ok(behind);
        }
        Ok(Box::new(OneThenOther {
            one: Some(self.decided.open(from, stable)?),
            other: behind,
            from: stable,
        }))
    }

    fn fetches(&self) -> Fetches {
        self.decided.fetches() + self.everything.fetches()
    }
}

/// Two streams of one partition, the second behind the first.
struct OneThenOther {
    one: Option<Box<dyn RecordSource + Send>>,
    other: Box<dyn RecordSource + Send>,
    /// Where the second begins.
    from: i64,
}

impl RecordSource for OneThenOther {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        let Some(one) = &mut self.one else { return self.other.pull(each) };
        match one.pull(each)? {
            Pull::End => {
                self.one = None;
                Ok(Pull::UpTo(self.from))
            }
            pull => Ok(pull),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog, Slot};
    use crate::ordered::{self, Counts, Options};

    fn entries(numbers: std::ops::Range<i64>) -> impl Iterator<Item = Entry> {
        numbers.map(|n| Entry::new(1_000 + n, "k", format!("{n}")))
    }

    /// Ten records, five aborted ones, then fifteen of an open transaction.
    fn log() -> MemoryLog {
        let slots = entries(0..10).map(Slot::Record).chain(entries(10..15).map(Slot::Aborted));
        MemoryLog::new(slots.chain(entries(15..30).map(Slot::Record)).collect()).open_from(15).fetching(4)
    }

    fn with_undecided() -> WithUndecided<MemoryLog> {
        WithUndecided::new(log(), log().at(Isolation::ReadUncommitted)).unwrap()
    }

    #[test]
    fn what_is_not_decided_follows_what_is() {
        for (from, to, wanted) in
            [(0, 30, 25), (0, 15, 10), (0, 12, 10), (15, 30, 15), (20, 22, 2), (5, i64::MAX, 20)]
        {
            let mut stream = with_undecided().open(from, to).unwrap();
            let mut seen = Vec::new();
            while stream.pull(&mut |image| seen.push(image.offset)).unwrap() != Pull::End {}
            assert_eq!(seen.len(), wanted, "{from}..{to}: {seen:?}");
            assert!(
                seen.is_sorted() && seen.iter().all(|at| (from..to).contains(at) && !(10..15).contains(at))
            );
        }
        let mut log = with_undecided();
        assert_eq!(
            log.before(17, 4).unwrap().records.iter().map(|i| i.offset).collect::<Vec<_>>(),
            [8, 9, 15, 16]
        );
        assert_eq!(log.offset_for_timestamp(1_020).unwrap(), Some(20));
        assert_eq!(log.bounds().unwrap().end(Isolation::ReadCommitted), 30);
    }

    #[test]
    fn copies_of_an_open_transaction_are_left_out_and_aborted_ones_are_not() {
        let mut target = MemoryLog::of(entries(0..25));
        let options = Options { source_cut: Some(15), ..Options::default() };
        let found = ordered::align(&mut with_undecided(), 0..30, &mut target, 0..25, &options, &mut ());
        let wanted =
            Counts { source_records: 10, target_records: 15, matched: 10, extra: 5, ..Counts::default() };
        assert_eq!(found.counts, wanted);
        // Nor is what a replicator of committed records has not copied yet pending.
        let mut target = MemoryLog::of(entries(0..10));
        let found = ordered::align(&mut with_undecided(), 0..30, &mut target, 0..10, &options, &mut ());
        let wanted = Counts { source_records: 10, target_records: 10, matched: 10, ..Counts::default() };
        assert_eq!(found.counts, wanted);
    }
}
