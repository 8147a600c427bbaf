//! What lies before groups: the records they still have to read, counted once for all groups that have the same before them,
//! and not again while nothing of it can have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lag::With;
use super::{NotObserved, first_record};
use crate::{Ends, Isolation, PartitionReader, Topic, TopicId, TopicPartition};

/// Partitions read at once.
const READING: usize = 4;
/// How long a count may be kept. Compaction takes records out of a span whose bounds stay, and is seen this much later.
const KEPT: Duration = Duration::from_secs(60);
/// Counts kept of one partition; what comes beyond is counted with every look.
const MOST: usize = 1_000;

/// A stretch of a partition that somebody has before him: never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub partition: TopicPartition,
    pub isolation: Isolation,
    pub from: i64,
    pub end: i64,
}

/// What is in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    /// Timestamp of the first visible record, -1 where it has none; `None`: there is no visible record.
    pub first: Option<i64>,
    /// Visible records, or the difference of offsets.
    pub records: u64,
    pub counted: bool,
    /// The newest timestamp of the last records of the span, where they were read.
    pub newest: Option<i64>,
}

/// Markers, aborted records and holes.
const NOTHING: Ahead = Ahead { first: None, records: 0, counted: true, newest: None };

/// A partition as it was when something was counted in it. Records between two offsets stay what they are while all of this
/// does: a log that begins elsewhere has lost some, one that ends elsewhere may have been cut back and written anew, and so
/// may one that had another leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    log_start: i64,
    end: i64,
    leader_epoch: i32,
}

/// A partition of a cluster, as somebody reads it.
type Place = (String, TopicId, i32, Isolation);

#[derive(Debug)]
struct Kept {
    state: State,
    /// By the first offset of the span; all of them end at the end of the state.
    counts: BTreeMap<i64, (Ahead, Instant)>,
}

/// What looks have counted, for the looks to come: a partition's counts until it changes, at most a minute.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<Place, Kept>>);

impl Counts {
    fn get(&self, place: &Place, state: State, from: i64, now: Instant) -> Option<Ahead> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(place)?;
        if kept.state != state {
            all.remove(place);
            return None;
        }
        let (ahead, at) = kept.counts.get(&from)?;
        (now.saturating_duration_since(*at) < KEPT).then_some(*ahead)
    }

    fn put(&self, place: Place, state: State, from: i64, ahead: Ahead, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(place).or_insert_with(|| Kept { state, counts: BTreeMap::new() });
        if kept.state != state {
            *kept = Kept { state, counts: BTreeMap::new() };
        }
        if kept.counts.len() < MOST || kept.counts.contains_key(&from) {
            kept.counts.insert(from, (ahead, now));
        }
    }

    /// Drops what is too old.
    fn sweep(&self, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, kept| {
            kept.counts.retain(|_, (_, at)| now.saturating_duration_since(*at) < KEPT);
            !kept.counts.is_empty()
        });
    }
}

/// A span that has to be read, and where its count is kept.
type Open<'a> = (&'a Span, Option<(Place, State)>);

/// What is in each of these spans, or why that cannot be told. `newest`: the newest timestamps that leaders have told.
pub(super) fn of(
    with: With<'_>,
    told: &[Topic],
    spans: &BTreeSet<Span>,
    newest: &BTreeMap<Span, i64>,
    bounds: &BTreeMap<TopicPartition, (Ends, bool)>,
) -> BTreeMap<Span, Result<Ahead, NotObserved>> {
    let now = Instant::now();
    let mut all = BTreeMap::new();
    let mut open: BTreeMap<(&TopicPartition, Isolation), Vec<Open<'_>>> = BTreeMap::new();
    let topics: BTreeMap<&str, &Topic> = told.iter().map(|topic| (topic.name.as_str(), topic)).collect();
    for span in spans {
        let known = topics.get(span.partition.topic.as_str()).zip(bounds.get(&span.partition));
        let place = known.and_then(|(topic, (ends, _))| place(with, topic, span, *ends));
        let kept = with.counts.zip(place.as_ref());
        let kept = kept.and_then(|(counts, (place, state))| counts.get(place, *state, span.from, now));
        match kept {
            // The leader may have told the newest timestamp then, and not now.
            Some(ahead) if ahead == NOTHING || ahead.newest.is_some() || newest.contains_key(span) => {
                all.insert(span.clone(), Ok(ahead));
            }
            _ => open.entry((&span.partition, span.isolation)).or_default().push((span, place)),
        }
    }
    let open_jobs = open.len();
    let jobs = Mutex::new(open.into_values());
    let read = || {
        let mut read = Vec::new();
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(job) = job else { return read };
            let Some((first, _)) = job.first() else { continue };
            let Some(topic) = topics.get(first.partition.topic.as_str()) else { continue };
            let (partition, isolation) = (first.partition.partition, first.isolation);
            let mut log = first_record::log(with.cluster, topic, partition, isolation, with.patience);
            for (span, place) in job {
                let told = ahead(&mut log, span.from, span.end, newest.contains_key(span));
                if let (Some(counts), Some((place, state)), Ok(ahead)) = (with.counts, place, &told) {
                    counts.put(place, state, span.from, *ahead, now);
                }
                read.push((span.clone(), told));
            }
        }
    };
    let threads = READING.min(open_jobs);
    let read: Vec<_> = match threads {
        0 | 1 => vec![read()],
        _ => std::thread::scope(|scope| {
            let reading: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            reading.into_iter().map(join).collect()
        }),
    };
    all.extend(read.into_iter().flatten());
    if let Some(counts) = with.counts {
        counts.sweep(now);
    }
    all
}

/// Where counts of a span are kept, and the state they hold for; `None`: what the cluster does not tell of the partition
/// cannot be seen to change.
fn place(with: With<'_>, topic: &Topic, span: &Span, ends: Ends) -> Option<(Place, State)> {
    let partition = span.partition.partition;
    let found = topic.partitions.iter().find(|found| found.partition == partition)?;
    let leader_epoch = Some(found.leader_epoch).filter(|epoch| *epoch >= 0)?;
    let place = (with.cluster.id().to_owned(), topic.id?, partition, span.isolation);
    Some((place, State { log_start: ends.log_start, end: span.end, leader_epoch }))
}

/// Reads what is between two offsets. The newest timestamp costs a reading of its own where there is too much to count, so
/// that it is left out there if the leader has told it.
fn ahead(log: &mut PartitionReader, from: i64, end: i64, newest_is_told: bool) -> Result<Ahead, NotObserved> {
    if end - from > first_record::COUNTED {
        let Some(first) = first_record::timestamp(log, from)? else { return Ok(NOTHING) };
        let (records, counted) = first_record::count(log, from, end)?;
        let newest = if newest_is_told { None } else { first_record::newest(log, from, end)? };
        return Ok(Ahead { first: Some(first), records, counted, newest });
    }
    let (mut first, mut newest, mut records) = (None, None, 0);
    first_record::each(log, from, end, |timestamp| {
        first = first.or(Some(timestamp));
        newest = newest.max(Some(timestamp));
        records += 1;
    })?;
    Ok(Ahead { first, records, counted: true, newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: State = State { log_start: 2, end: 20, leader_epoch: 4 };

    fn place() -> Place {
        ("cluster".to_owned(), TopicId(7), 0, Isolation::ReadCommitted)
    }

    fn six() -> Ahead {
        Ahead { first: Some(1_000), records: 6, counted: true, newest: Some(2_000) }
    }

    #[test]
    fn a_count_holds_until_anything_of_its_partition_changes() {
        let now = Instant::now();
        for other in [
            State { log_start: 3, ..STATE },
            State { end: 21, ..STATE },
            State { end: 19, ..STATE },
            State { leader_epoch: 5, ..STATE },
        ] {
            let counts = Counts::default();
            counts.put(place(), STATE, 10, six(), now);
            assert_eq!(counts.get(&place(), STATE, 10, now), Some(six()));
            assert_eq!(counts.get(&place(), STATE, 11, now), None);
            assert_eq!(counts.get(&place(), other, 10, now), None, "{other:?}");
            assert_eq!(counts.get(&place(), STATE, 10, now), None, "what was cut back and grew again is new");
        }
        let counts = Counts::default();
        counts.put(place(), STATE, 10, six(), now);
        let (cluster, topic, partition, isolation) = place();
        for other in [
            ("other".to_owned(), topic, partition, isolation),
            (cluster.clone(), TopicId(8), partition, isolation),
            (cluster.clone(), topic, 1, isolation),
            (cluster, topic, partition, Isolation::ReadUncommitted),
        ] {
            assert_eq!(counts.get(&other, STATE, 10, now), None, "{other:?}");
        }
    }

    #[test]
    fn counts_end_with_their_time_and_have_a_most() {
        let now = Instant::now();
        let counts = Counts::default();
        for from in 0..2_000 {
            counts.put(place(), STATE, from, six(), now);
        }
        assert_eq!(counts.0.lock().unwrap()[&place()].counts.len(), MOST);
        let later = now + KEPT;
        assert_eq!(counts.get(&place(), STATE, 5, later - Duration::from_millis(1)), Some(six()));
        assert_eq!(counts.get(&place(), STATE, 5, later), None, "compaction may have taken some");
        counts.sweep(later);
        assert!(counts.0.lock().unwrap().is_empty());
    }
}
