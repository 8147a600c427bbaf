//! Where a group would go on: a client of its own group, at the group's positions, and what it is delivered first.

mod shadow;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parity::{Ignore, Limit, PartitionLog};
use runbook::world::{BornSpan, Isolation, PartitionResume, Reason, RecordSeen, ResumeFrom, ResumeSeen};

use super::{Clusters, NotObserved, first_record, isolation, named, record_image};
use crate::{Cluster, LeftOut, PartitionReader, Patience, Topic, TopicPartition};
use shadow::{Delivered, Shadow};

/// The question: positions of a group, and how records are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub group: &'a str,
    pub isolation: Isolation,
    pub from: &'a [ResumeFrom],
    pub ignore_headers: &'a [String],
    /// How long a record that is not on the target yet is waited for.
    pub within: Duration,
    /// Spans of the target that are no part of the copy.
    pub without: &'a [BornSpan],
}

/// Lets a client begin at these positions of the target, and looks up on the source what it has to be delivered.
///
/// The client reads first: what is on the target then is on the source when that is looked at.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    scratch: &str,
    asked: &Asked<'_>,
    patience: &Patience,
) -> Result<ResumeSeen, NotObserved> {
    let Asked { group, isolation: visible, from, ignore_headers, within, without } = *asked;
    let mut topics: Vec<String> = from.iter().map(|at| at.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    let configs = clusters.target.topic_configs(&topics, patience)?;
    let ignores: BTreeMap<&str, Ignore> = topics
        .iter()
        .map(|topic| {
            let told = configs.get(topic);
            let ignored = record_image::ignored(clusters.target.name(), topic, told, ignore_headers)?;
            Ok((topic.as_str(), ignored))
        })
        .collect::<Result<_, NotObserved>>()?;
    let looking = Looking { clusters, visible, ignores, without, patience };
    let on_source = looking.topics(clusters.source, &topics)?;
    let on_target = looking.topics(clusters.target, &topics)?;

    let others = looking.others(from, &on_target)?;
    let mut shadow = Shadow::new(clusters.target, scratch, group, visible, patience);
    let seen = shadow
        .place(from, &others)
        .and_then(|()| shadow.begin(&topics))
        .and_then(|()| looking.all(&shadow, from, [&on_source, &on_target], within));
    // What was made is removed, whatever became of it.
    let left_behind = shadow.remove();
    if patience.is_stopped() {
        return Err(NotObserved::new(Reason::Stopped, "stopped while a client read at the positions"));
    }
    let (_, version) = rdkafka::util::get_rdkafka_version();
    Ok(ResumeSeen {
        group: group.to_owned(),
        scratch_group: shadow.group().to_owned(),
        client: format!("librdkafka {version}"),
        partitions: seen?,
        left_behind,
    })
}

type Topics = BTreeMap<String, Topic>;

struct Looking<'a> {
    clusters: &'a Clusters<'a>,
    visible: Isolation,
    ignores: BTreeMap<&'a str, Ignore>,
    without: &'a [BornSpan],
    patience: &'a Patience,
}

impl Looking<'_> {
    fn topics(&self, cluster: &Cluster, names: &[String]) -> Result<Topics, NotObserved> {
        let told = cluster.topics(names, self.patience)?;
        Ok(told.into_iter().map(|topic| (topic.name.clone(), topic)).collect())
    }

    /// Partitions of these topics on which the group has no position, with their ends.
    fn others(
        &self,
        from: &[ResumeFrom],
        topics: &Topics,
    ) -> Result<BTreeMap<TopicPartition, i64>, NotObserved> {
        let has = |place: &TopicPartition| {
            from.iter().any(|at| at.topic == place.topic && at.partition == place.partition)
        };
        let places: Vec<TopicPartition> = topics
            .values()
            .flat_map(|topic| topic.partitions.iter().map(|p| TopicPartition::new(&topic.name, p.partition)))
            .filter(|place| !has(place))
            .collect();
        let ends = named::ends(self.clusters.target, &places, self.patience)?;
        Ok(ends.into_iter().map(|(place, ends)| (place, ends.high_watermark)).collect())
    }

    fn all(
        &self,
        shadow: &Shadow<'_>,
        from: &[ResumeFrom],
        topics: [&Topics; 2],
        within: Duration,
    ) -> Result<Vec<PartitionResume>, NotObserved> {
        let places: Vec<TopicPartition> =
            from.iter().map(|at| TopicPartition::new(&at.topic, at.partition)).collect();
        shadow.join(&places)?;
        let until = Instant::now() + within;
        from.iter().zip(&places).map(|(at, place)| self.one(shadow, at, place, topics, until)).collect()
    }

    fn one(
        &self,
        shadow: &Shadow<'_>,
        at: &ResumeFrom,
        place: &TopicPartition,
        topics: [&Topics; 2],
        until: Instant,
    ) -> Result<PartitionResume, NotObserved> {
        let nothing = Ignore::NOTHING;
        let ignore = self.ignores.get(place.topic.as_str()).unwrap_or(&nothing);
        let mut delivered = shadow.first(place, ignore, Duration::ZERO)?;
        let mut expected = self.expected(at, place, topics[0])?;
        match (&delivered, &expected) {
            // It is on the source, and may be on its way.
            (Delivered::Nothing, Some(_)) => {
                let left = until.saturating_duration_since(Instant::now());
                delivered = shadow.first(place, ignore, left)?;
            }
            // It may have been written after the source was looked at.
            (Delivered::Record(_), None) => expected = self.expected(at, place, topics[0])?,
            _ => {}
        }
        let came_to_the_end = matches!(delivered, Delivered::Nothing);
        let before = (came_to_the_end && expected.is_none()).then(|| self.before(at, topics)).transpose()?;
        let target_ends_here = came_to_the_end && expected.is_some() && {
            let mut log = self.log(self.clusters.target, topics[1], place)?;
            first_record::timestamp(&mut log, at.target)?.is_none()
        };
        let (delivered, error, reason) = match delivered {
            Delivered::Record(record) => (Some(record), None, None),
            Delivered::Nothing => (None, None, None),
            Delivered::Failed(error, reason) => (None, Some(error), Some(reason)),
        };
        Ok(PartitionResume {
            topic: at.topic.clone(),
            partition: at.partition,
            source: at.source,
            target: at.target,
            expected,
            delivered,
            before,
            target_ends_here,
            error,
            reason,
        })
    }

    fn log(
        &self,
        cluster: &Arc<Cluster>,
        topics: &Topics,
        place: &TopicPartition,
    ) -> Result<PartitionReader, NotObserved> {
        let Some(topic) = topics.get(&place.topic) else {
            let message = format!("{} cluster: topic {} was not told", cluster.name(), place.topic);
            return Err(NotObserved::new(Reason::Failed, message));
        };
        Ok(first_record::log(cluster, topic, place.partition, isolation(self.visible), self.patience))
    }

    /// The first visible source record at or behind the commit.
    fn expected(
        &self,
        at: &ResumeFrom,
        place: &TopicPartition,
        topics: &Topics,
    ) -> Result<Option<RecordSeen>, NotObserved> {
        let mut log = self.log(self.clusters.source, topics, place)?;
        let end = log.bounds()?.end(log.isolation());
        let (mut next, mut found) = (at.source, None);
        while next < end && found.is_none() {
            // Below the log start this fails, as it must: what the group had not read is gone.
            let window = log.read(next, Limit::records(1))?;
            found = window.records.first().map(|image| self.seen(place, &image));
            if window.next <= next {
                break;
            }
            next = window.next;
        }
        log.check_identity()?;
        Ok(found)
    }

    /// The last visible records before the position, on both sides.
    fn before(&self, at: &ResumeFrom, topics: [&Topics; 2]) -> Result<[Option<RecordSeen>; 2], NotObserved> {
        let place = TopicPartition::new(&at.topic, at.partition);
        let mut last = [None, None];
        let sides = [(self.clusters.source, at.source), (self.clusters.target, at.target)];
        for (n, (cluster, offset)) in sides.into_iter().enumerate() {
            let mut log = self.log(cluster, topics[n], &place)?;
            if n == 1 {
                log = log.without(LeftOut::of(self.without, &place));
            }
            let end = log.bounds()?.end(log.isolation());
            last[n] = log.before(offset.min(end), 1)?.records.last().map(|image| self.seen(&place, &image));
        }
        Ok(last)
    }

    fn seen(&self, place: &TopicPartition, image: &parity::Image<'_>) -> RecordSeen {
        record_image::seen(image, self.ignores.get(place.topic.as_str()).unwrap_or(&Ignore::NOTHING))
    }
}
