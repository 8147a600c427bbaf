//! One partition of one cluster, bound to a topic id, an isolation and a cut.

use super::fault;
use super::fetch::{Lane, Subject};
use super::left_out::LeftOut;
use super::meter::{Meter, ReadBudget};
use super::options::ReadOptions;
use super::stream::Stream;
use crate::cluster::{Cluster, Ends, OffsetSpec, Topic};
use crate::code::Code;
use crate::records::{self, Scratch, Wanted};
use crate::topic_partition::TopicPartition;
use parity::{
    Bounds, Fetches, Isolation, Limit, PartitionLog, ReadError, ReadErrorKind, RecordSource, Records, Window,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Bytes of a window when only its records are limited: about what that many records of 256 bytes take.
const BYTES_PER_RECORD: usize = 256;
/// A probe reads at least this much: batches of producers with default settings are up to 16 KiB.
const LEAST_WINDOW: usize = 16 * 1024;
/// And at most this much at once.
const LARGEST_WINDOW: usize = 1024 * 1024;

/// Reads one partition.
pub struct PartitionReader {
    subject: Subject,
    bounds: Option<Bounds>,
    lane: Option<Lane>,
    scratch: Scratch,
    /// Visible records of spans that are left out, by the first offset: counted once for all positions before them.
    pub(super) counted: BTreeMap<i64, u64>,
}

impl std::fmt::Debug for PartitionReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionReader")
            .field("cluster", &self.subject.cluster.name())
            .field("partition", &self.subject.partition)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl PartitionReader {
    /// A reader of a topic as it was described; whatever is read later belongs to this topic id. Bounds are measured at
    /// first use, unless they are given because many partitions were measured at once.
    pub fn new(
        cluster: Arc<Cluster>,
        topic: &Topic,
        partition: i32,
        bounds: Option<Ends>,
        options: ReadOptions,
    ) -> Self {
        let budgets = [Arc::clone(&options.budget), Arc::clone(cluster.read_budget())];
        let options = ReadOptions { budget: Arc::new(ReadBudget::within(budgets)), ..options };
        let subject = Subject {
            cluster,
            partition: TopicPartition::new(&topic.name, partition),
            id: topic.id,
            options,
            left_out: LeftOut::default(),
            meter: Arc::new(Meter::default()),
        };
        PartitionReader {
            subject,
            bounds: bounds.map(bounds_of),
            lane: None,
            scratch: Scratch::default(),
            counted: BTreeMap::new(),
        }
    }

    /// The same reader, to which these spans hold nothing: they are passed over unread, as a hole would be.
    #[must_use]
    pub fn without(mut self, left_out: LeftOut) -> PartitionReader {
        self.subject.left_out = left_out;
        self
    }

    pub(super) fn left_out(&self) -> &LeftOut {
        &self.subject.left_out
    }

    /// Another reader of the same partition at the same cut, with nothing left out.
    pub(super) fn with_everything(&self) -> PartitionReader {
        let subject = Subject { left_out: LeftOut::default(), ..self.subject.clone() };
        let (lane, scratch, counted) = (None, Scratch::default(), BTreeMap::new());
        PartitionReader { subject, bounds: self.bounds, lane, scratch, counted }
    }

    /// Which partition.
    pub fn partition(&self) -> &TopicPartition {
        &self.subject.partition
    }

    /// Fails if the topic is not the one this reader was made for any more: deleted, or created anew. Asked after
    /// everything was read, it makes what was read evidence.
    ///
    /// # Errors
    /// The topic is another or gone, or the cluster does not tell.
    pub fn check_identity(&self) -> Result<(), ReadError> {
        let patience = self.subject.options.patience.at_most(self.subject.options.stall);
        self.subject.check_identity(&patience)
    }

    fn end(&mut self) -> Result<i64, ReadError> {
        let isolation = self.isolation();
        Ok(self.bounds()?.end(isolation))
    }

    fn in_range(&mut self, from: i64) -> Result<i64, ReadError> {
        let start = self.bounds()?.log_start;
        let end = self.end()?;
        if from < start || from > end {
            let what = format!("offset {from} is outside {start}..={end}");
            return Err(self.subject.fault(ReadErrorKind::OutOfRange, &what));
        }
        Ok(end)
    }
}

fn bounds_of(ends: Ends) -> Bounds {
    Bounds { log_start: ends.log_start, last_stable: ends.last_stable, high_watermark: ends.high_watermark }
}

impl PartitionLog for PartitionReader {
    fn isolation(&self) -> Isolation {
        match self.subject.options.isolation {
            crate::Isolation::ReadCommitted => Isolation::ReadCommitted,
            crate::Isolation::ReadUncommitted => Isolation::ReadUncommitted,
        }
    }

    fn bounds(&mut self) -> Result<Bounds, ReadError> {
        if let Some(bounds) = self.bounds {
            return Ok(bounds);
        }
        let subject = &self.subject;
        let patience = subject.options.patience.at_most(subject.options.stall);
        let ends = subject
            .cluster
            .ends(std::slice::from_ref(&subject.partition), &patience)
            .map_err(|error| fault::of_cluster(&subject.partition, &error))?;
        let told = ends.get(&subject.partition).copied().unwrap_or(Err(Code(-1)));
        let ends = told.map_err(|code| {
            fault::of_code(subject.cluster.name(), &subject.partition, code, "measuring its ends")
        })?;
        let bounds = bounds_of(ends);
        self.bounds = Some(bounds);
        Ok(bounds)
    }

    fn read(&mut self, from: i64, limit: Limit) -> Result<Window, ReadError> {
        let end = self.in_range(from)?;
        let mut window = Window { records: Records::new(), from, next: from };
        if from == end {
            return Ok(window);
        }
        if let Some(behind) = self.subject.left_out.end_at(from) {
            window.next = behind.min(end);
            return Ok(window);
        }
        let by_records = limit.records.saturating_mul(BYTES_PER_RECORD);
        let by_bytes = usize::try_from(limit.bytes).unwrap_or(usize::MAX);
        let bytes = by_records.min(by_bytes).clamp(LEAST_WINDOW, LARGEST_WINDOW);
        let bytes = u32::try_from(bytes).expect("it is at most a MiB");
        let mut fetched = self.subject.fetch(&mut self.lane, from, bytes, &|_| None)?;
        let (mut count, mut size) = (0, 0);
        let isolation = self.subject.options.isolation;
        let wanted = Wanted { isolation, from, to: end, bytes: usize::MAX };
        let mut rest = &fetched.records[..];
        let walk = records::walk(&mut rest, &mut fetched.aborted, wanted, &mut self.scratch, &mut |image| {
            if self.subject.left_out.holds(image.offset) {
                return ControlFlow::Continue(());
            }
            window.records.push(&image);
            count += 1;
            size += image.size();
            if limit.reached(count, size) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let walk = walk.map_err(|corrupt| self.subject.fault(ReadErrorKind::Corrupt, &corrupt.0))?;
        self.subject.meter.handed_out(size);
        window.next = walk.up_to;
        if walk.up_to == from {
            window.next = self.subject.decide_nothing(&fetched, from, end)?;
        }
        Ok(window)
    }

    fn offset_for_timestamp(&mut self, timestamp: i64) -> Result<Option<i64>, ReadError> {
        let end = self.end()?;
        let subject = &self.subject;
        let patience = subject.options.patience.at_most(subject.options.stall);
        let wanted = BTreeMap::from([(subject.partition.clone(), OffsetSpec::At(timestamp))]);
        subject.meter.looked_up();
        let told = subject
            .cluster
            .list_offsets(&wanted, subject.options.isolation, &patience)
            .map_err(|error| fault::of_cluster(&subject.partition, &error))?;
        let listed = told.get(&subject.partition).copied().unwrap_or(Err(Code(-1)));
        let listed = listed.map_err(|code| {
            fault::of_code(subject.cluster.name(), &subject.partition, code, "looking for a timestamp")
        })?;
        Ok(listed.offset.filter(|offset| *offset < end))
    }

    fn open(&mut self, from: i64, to: i64) -> Result<Box<dyn RecordSource + Send>, ReadError> {
        let end = self.in_range(from)?;
        Ok(Box::new(Stream::new(self.subject.clone(), from, to.min(end))))
    }

    fn fetches(&self) -> Fetches {
        self.subject.meter.read()
    }
}

impl Drop for PartitionReader {
    fn drop(&mut self) {
        self.subject.close(self.lane.take());
    }
}
