use std::sync::Arc;

use parity::image::Canonical;
use parity::where_is::around;
use parity::{Fingerprint, Ignore, Image, PartitionLog, ReadError};
use runbook::world::PartitionPosition;

use super::groups::{PositionOptions, positions};
use crate::{Cluster, ClusterError, PartitionReader, Patience, ReadOptions, TopicPartition};

/// Records shown before and behind a position.
const NEIGHBOURS: usize = 3;

/// A position on both sides with the records around it.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    pub position: PartitionPosition,
    /// Around the source commit; or why they could not be read.
    pub source: Result<Vec<Neighbour>, String>,
    /// Around the exact target position, or the target commit where that is not known.
    pub target: Result<Vec<Neighbour>, String>,
}

/// A record, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    pub offset: i64,
    /// Milliseconds since 1970; -1: none.
    pub timestamp: i64,
    /// Bytes; `None`: null.
    pub key_bytes: Option<usize>,
    pub value_bytes: Option<usize>,
    pub headers: usize,
    /// Equal images have equal fingerprints: this is how a twin is recognised.
    pub fingerprint: String,
    /// The first record at or behind the position: the one that would be read next.
    pub next: bool,
}

/// The record a group would read next, its twin, and both neighbourhoods. `None`: the group has no commit there.
///
/// # Errors
/// A side that cannot be asked at all.
pub fn whereabouts(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    group: &str,
    partition: &TopicPartition,
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Option<Whereabouts>, ClusterError> {
    let only = PositionOptions { topics: Some([partition.topic.clone()].into()), ..options.clone() };
    let answers = positions(source, target, &[group.to_owned()], &only, patience, &|_| ())?;
    let found = answers.into_iter().flat_map(|answer| answer.partitions);
    let Some(position) = found.into_iter().find(|p| p.partition == partition.partition) else {
        return Ok(None);
    };
    let seen = |cluster: &Arc<Cluster>, offset: Option<i64>| match offset {
        Some(offset) => around_on(cluster, partition, offset, options, patience),
        None => Err("no position".to_owned()),
    };
    Ok(Some(Whereabouts {
        source: seen(source, position.source_committed),
        target: seen(target, position.exact_target.or(position.target_committed)),
        position,
    }))
}

fn around_on(
    cluster: &Arc<Cluster>,
    partition: &TopicPartition,
    offset: i64,
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<Neighbour>, String> {
    let topics = cluster.topics(&[&partition.topic], patience).map_err(|error| error.to_string())?;
    let topic = topics.first().ok_or_else(|| "the topic was not told".to_owned())?;
    let reading = ReadOptions::new(options.isolation, patience.clone());
    let mut log = PartitionReader::new(Arc::clone(cluster), topic, partition.partition, None, reading);
    read_around(&mut log, offset).map_err(|error| error.to_string())
}

fn read_around(log: &mut PartitionReader, offset: i64) -> Result<Vec<Neighbour>, ReadError> {
    let isolation = log.isolation();
    let bounds = log.bounds()?;
    // A commit outside the log is shown at the end nearest to it.
    let offset = offset.clamp(bounds.log_start, bounds.end(isolation));
    let found = around(log, offset, NEIGHBOURS)?;
    let all = found.records.iter().enumerate();
    Ok(all.map(|(index, image)| neighbour(&image, index == found.before)).collect())
}

fn neighbour(image: &Image<'_>, next: bool) -> Neighbour {
    let mut bytes = Vec::new();
    Canonical::write(image, &Ignore::NOTHING, &mut bytes);
    Neighbour {
        offset: image.offset,
        timestamp: image.timestamp,
        key_bytes: image.key.map(<[u8]>::len),
        value_bytes: image.value.map(<[u8]>::len),
        headers: image.headers.iter().count(),
        fingerprint: format!("{:?}", Fingerprint::lasting(&bytes)),
        next,
    }
}
