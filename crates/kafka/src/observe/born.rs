use std::collections::BTreeMap;
use std::sync::Arc;

use parity::{Limit, PartitionLog, Tally};
use runbook::world::{BornSeen, Isolation, PartitionBorn, Place, Reason};

use super::{NotObserved, isolation};
use crate::{Cluster, PartitionReader, Patience, ReadOptions, Topic, TopicState};

/// Records read at once.
const WINDOW: usize = 2_000;

/// The visible records of each partition from a place on, read to the end the log had when it was opened.
pub(super) fn observe(
    cluster: &Arc<Cluster>,
    places: &[Place],
    visible: Isolation,
    patience: &Patience,
) -> Result<BornSeen, NotObserved> {
    let mut names: Vec<&str> = places.iter().map(|place| place.topic.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let topics = cluster.topics(&names, patience)?;
    let mut partitions = Vec::with_capacity(places.len());
    for place in places {
        let topic = topics.iter().find(|topic| topic.name == place.topic);
        let Some(topic) = topic.filter(|topic| topic.state == TopicState::Present) else {
            let message = format!("topic {} is not readable on the {} cluster", place.topic, cluster.name());
            return Err(NotObserved::new(Reason::Failed, message));
        };
        partitions.push(one(cluster, topic, place, visible, patience)?);
    }
    partitions.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    let ids = topics.iter().filter_map(|topic| Some((topic.name.clone(), topic.id?.to_string())));
    Ok(BornSeen { partitions, topic_ids: ids.collect::<BTreeMap<_, _>>() })
}

fn one(
    cluster: &Arc<Cluster>,
    topic: &Topic,
    place: &Place,
    visible: Isolation,
    patience: &Patience,
) -> Result<PartitionBorn, NotObserved> {
    let options = ReadOptions::new(isolation(visible), patience.clone());
    let mut log = PartitionReader::new(Arc::clone(cluster), topic, place.partition, None, options);
    let bounds = log.bounds()?;
    let seen_to = bounds.end(log.isolation());
    if bounds.log_start > place.offset {
        let message = format!(
            "{}-{} on the {} cluster begins at {}: what was between {} and there is gone, and cannot be counted",
            place.topic,
            place.partition,
            cluster.name(),
            bounds.log_start,
            place.offset
        );
        return Err(NotObserved::new(Reason::Failed, message));
    }
    let (mut at, mut tally, mut span) = (place.offset, Tally::NOTHING, None::<[i64; 2]>);
    while at < seen_to {
        let window = log.read(at, Limit::records(WINDOW))?;
        for image in window.records.iter().filter(|image| image.offset >= at && image.offset < seen_to) {
            tally.add_image(&image);
            let first = span.map_or(image.offset, |[first, _]| first);
            span = Some([first, image.offset]);
        }
        if window.next <= at {
            let message = format!(
                "{}-{} on the {} cluster could not be read past {at}",
                place.topic,
                place.partition,
                cluster.name()
            );
            return Err(NotObserved::new(Reason::Failed, message));
        }
        at = window.next;
    }
    log.check_identity()?;
    Ok(PartitionBorn {
        topic: place.topic.clone(),
        partition: place.partition,
        from: place.offset,
        end: bounds.high_watermark,
        records: tally.records,
        bytes: tally.bytes,
        span,
        timestamps: tally.timestamps.map(|(earliest, latest)| [earliest, latest]),
    })
}
