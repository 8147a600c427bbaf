use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parity::{Ignore, Image, Limit, PartitionLog, ReadError, Records};
use runbook::world::{BornSpan, DrainedSeen, Isolation, LastCopied, PartitionDrained, Reason};

use super::record_image::canonical;
use super::{Clusters, NotObserved, isolation, named, record_image};
use crate::{
    Cluster, Ends, LeftOut, PartitionReader, Patience, ReadOptions, Topic, TopicPartition, TopicState,
};

/// Records of each log's end that are looked at: enough to see whether the last one is like others near it.
const WINDOW: usize = 1_024;
/// How many records behind the place its timestamp leads to the last record is looked for on the target.
const REACH: usize = 65_536;
/// How often a target that does not hold it yet is looked at again.
const PAUSE: Duration = Duration::from_millis(200);

/// The question: of which topics, and how long to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub topics: &'a [String],
    pub isolation: Isolation,
    pub ignore_headers: &'a [String],
    /// How long the target may take.
    pub within: Duration,
    /// How long the source has to stand still at least.
    pub over: Duration,
    /// Spans of the target that are no part of the copy.
    pub without: &'a [BornSpan],
}

/// Whether the target holds the last visible source record of every partition, and the source stands still.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    asked: &Asked<'_>,
    patience: &Patience,
) -> Result<DrainedSeen, NotObserved> {
    let Asked { topics, isolation: visible, ignore_headers, within, over, without } = *asked;
    let (begun, until) = (Instant::now(), Instant::now() + within);
    let partitions = named::partitions(clusters.source, topics, patience)?;
    let cut = named::ends(clusters.source, &partitions, patience)?;
    let on_source = described(clusters.source, topics, patience)?;
    let on_target = described(clusters.target, topics, patience)?;
    let configs = clusters.target.topic_configs(topics, patience)?;
    let search = Search { clusters, visible, until, without, patience };

    let mut found = BTreeMap::new();
    for (partition, ends) in &cut {
        let Some(topic) = on_source.get(&partition.topic) else { continue };
        let told = configs.get(&partition.topic);
        let ignore = record_image::ignored(clusters.target.name(), &partition.topic, told, ignore_headers)?;
        let target = there(clusters.target, on_target.get(&partition.topic), partition)?;
        found.insert(partition.clone(), search.last(partition, topic, *ends, target, &ignore)?);
    }
    patience.pause(over.saturating_sub(begun.elapsed()));
    if patience.is_stopped() || patience.is_over() {
        return Err(NotObserved::new(Reason::Stopped, "stopped between the two looks at the source"));
    }
    let later = named::ends(clusters.source, &partitions, patience)?;
    let seen = cut.into_iter().filter_map(|(partition, ends)| {
        let (later, (last, target_end)) = (later.get(&partition)?, found.remove(&partition)?);
        Some(PartitionDrained {
            topic: partition.topic,
            partition: partition.partition,
            source_lso: ends.last_stable,
            source_high_watermark: ends.high_watermark,
            source_lso_later: later.last_stable,
            source_high_watermark_later: later.high_watermark,
            open_transaction: later.last_stable < ends.high_watermark,
            last,
            target_end,
        })
    });
    let seen: Vec<PartitionDrained> = seen.collect();
    if seen.len() != partitions.len() {
        return Err(NotObserved::new(
            Reason::Changed,
            "partitions of the source went away while it was looked at",
        ));
    }
    Ok(DrainedSeen { partitions: seen })
}

fn described(
    cluster: &Cluster,
    topics: &[String],
    patience: &Patience,
) -> Result<BTreeMap<String, Topic>, NotObserved> {
    Ok(cluster.topics(topics, patience)?.into_iter().map(|topic| (topic.name.clone(), topic)).collect())
}

/// The topic, if it has this partition; nothing if it is known to have none.
fn there<'a>(
    cluster: &Cluster,
    topic: Option<&'a Topic>,
    partition: &TopicPartition,
) -> Result<Option<&'a Topic>, NotObserved> {
    let what = || format!("topic {}", partition.topic);
    match topic.map(|topic| (topic.state, topic)) {
        Some((TopicState::Present, topic)) => {
            Ok(topic.partitions.iter().any(|p| p.partition == partition.partition).then_some(topic))
        }
        Some((TopicState::Absent, _)) => Ok(None),
        Some((TopicState::NotAuthorised, _)) => {
            let message = format!("{} cluster: not authorised to describe {}", cluster.name(), what());
            Err(NotObserved::new(Reason::Unauthorised, message))
        }
        Some((TopicState::Failed(code), _)) => Err(NotObserved::code(cluster.name(), &what(), code)),
        None => Err(NotObserved::new(
            Reason::Failed,
            format!("{} cluster: {} was not told", cluster.name(), what()),
        )),
    }
}

struct Search<'a> {
    clusters: &'a Clusters<'a>,
    visible: Isolation,
    until: Instant,
    without: &'a [BornSpan],
    patience: &'a Patience,
}

type Found = (Option<LastCopied>, Option<i64>);

impl Search<'_> {
    fn open(
        &self,
        cluster: &Arc<Cluster>,
        topic: &Topic,
        partition: i32,
        ends: Option<Ends>,
    ) -> PartitionReader {
        let options = ReadOptions::new(isolation(self.visible), self.patience.clone());
        PartitionReader::new(Arc::clone(cluster), topic, partition, ends, options)
    }

    /// The last record below the cut, with its twin; and where the target ends.
    fn last(
        &self,
        partition: &TopicPartition,
        topic: &Topic,
        cut: Ends,
        target: Option<&Topic>,
        ignore: &Ignore,
    ) -> Result<Found, NotObserved> {
        let mut source = self.open(self.clusters.source, topic, partition.partition, Some(cut));
        let end = source.bounds()?.end(source.isolation());
        let window = source.before(end, WINDOW)?;
        let whole = window.from <= cut.log_start;
        source.check_identity()?;
        let tail = tail(&window.records, ignore, whole);
        loop {
            let (twin, target_end) = match target {
                None => (None, None),
                Some(target) => {
                    let left_out = LeftOut::of(self.without, partition);
                    let log = self.open(self.clusters.target, target, partition.partition, None);
                    let mut log = log.without(left_out);
                    let twin = match &tail {
                        Some(tail) => twin(&mut log, tail, ignore)?,
                        None => None,
                    };
                    let end = log.bounds()?.high_watermark;
                    log.check_identity()?;
                    (twin, Some(end))
                }
            };
            let Some(tail) = &tail else { return Ok((None, target_end)) };
            let left = self.until.saturating_duration_since(Instant::now());
            let complete = twin.is_some_and(|twin| twin.alike >= tail.alike);
            if complete || left.is_zero() || self.patience.is_stopped() || self.patience.is_over() {
                let last = LastCopied {
                    source_offset: tail.offset,
                    timestamp: tail.timestamp,
                    alike: tail.alike,
                    target_offset: twin.map(|twin| twin.offset),
                    target_alike: twin.map_or(0, |twin| twin.alike),
                    elsewhere: tail.elsewhere,
                };
                return Ok((Some(last), target_end));
            }
            self.patience.pause(PAUSE.min(left));
        }
    }
}

/// The end of a log: its last record, and what is like it.
struct Tail {
    wanted: Vec<u8>,
    offset: i64,
    timestamp: i64,
    alike: u64,
    elsewhere: bool,
}

fn tail(records: &Records, ignore: &Ignore, whole: bool) -> Option<Tail> {
    let last = records.last()?;
    let wanted = canonical(&last, ignore);
    let alike = records.iter().rev().take_while(|image| canonical(image, ignore) == wanted).count();
    let before = records.len() - alike;
    let elsewhere = records.iter().take(before).any(|image| canonical(&image, ignore) == wanted);
    Some(Tail {
        wanted,
        offset: last.offset,
        timestamp: last.timestamp,
        alike: alike as u64,
        // Where all that was looked at is alike, more of the same may lie further back.
        elsewhere: elsewhere || before == 0 && !whole,
    })
}

/// The last record equal to the wanted one, and how many stand in a row there.
#[derive(Clone, Copy)]
struct Twin {
    offset: i64,
    alike: u64,
}

fn twin(target: &mut PartitionReader, tail: &Tail, ignore: &Ignore) -> Result<Option<Twin>, ReadError> {
    let bounds = target.bounds()?;
    let end = bounds.end(target.isolation());
    let wanted = tail.wanted.as_slice();
    let at_end = last_run(target.before(end, WINDOW)?.records.iter(), wanted, ignore);
    if at_end.is_some() || ignore.timestamp {
        return Ok(at_end);
    }
    // Behind records that were born on the target, or behind a block that came again.
    let Some(from) = target.offset_for_timestamp(tail.timestamp)? else { return Ok(None) };
    let (mut at, mut read, mut records) = (from.max(bounds.log_start), 0, Records::new());
    while at < end && read < REACH {
        let window = target.read(at, Limit::records(WINDOW))?;
        read += window.records.len();
        // Only what equals it or separates two that do is kept.
        for image in window.records.iter() {
            let equal = canonical(&image, ignore) == wanted;
            let run = records.last().is_some_and(|last| canonical(&last, ignore) == wanted);
            if equal || run {
                records.push(&image);
            }
        }
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(last_run(records.iter(), wanted, ignore))
}

fn last_run<'a>(
    records: impl DoubleEndedIterator<Item = Image<'a>>,
    wanted: &[u8],
    ignore: &Ignore,
) -> Option<Twin> {
    let mut twin: Option<Twin> = None;
    for image in records.rev() {
        match (canonical(&image, ignore) == wanted, &mut twin) {
            (true, None) => twin = Some(Twin { offset: image.offset, alike: 1 }),
            (true, Some(twin)) => twin.alike += 1,
            (false, None) => {}
            (false, Some(_)) => break,
        }
    }
    twin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(values: &[&str]) -> Records {
        let images = values.iter().zip(0..).map(|(value, offset)| Image {
            offset,
            timestamp: 1,
            key: None,
            value: Some(value.as_bytes()),
            headers: parity::image::Headers::default(),
        });
        images.collect()
    }

    fn of(values: &[&str], whole: bool) -> (u64, bool) {
        let tail = tail(&records(values), &Ignore::NOTHING, whole).expect("there are records");
        (tail.alike, tail.elsewhere)
    }

    #[test]
    fn the_last_record_is_told_from_those_like_it() {
        assert_eq!(of(&["a", "b", "c"], false), (1, false));
        assert_eq!(of(&["c", "b", "c"], false), (1, true));
        assert_eq!(of(&["a", "c", "c"], false), (2, false));
        assert_eq!(of(&["c", "c"], true), (2, false));
        assert_eq!(of(&["c", "c"], false), (2, true));
        assert!(tail(&records(&[]), &Ignore::NOTHING, true).is_none());
    }

    #[test]
    fn the_twin_is_the_last_run() {
        let wanted = tail(&records(&["c"]), &Ignore::NOTHING, true).expect("there is one").wanted;
        let found = |values: &[&str]| {
            last_run(records(values).iter(), &wanted, &Ignore::NOTHING).map(|twin| (twin.offset, twin.alike))
        };
        assert_eq!(found(&["a", "b"]), None);
        assert_eq!(found(&["a", "c", "c", "d"]), Some((2, 2)));
        assert_eq!(found(&["c", "c", "a", "c"]), Some((3, 1)));
    }
}
