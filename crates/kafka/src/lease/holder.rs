//! Who holds a lease, in words: a record of the lease's topic, keyed with the transactional id. The lease does not rest on
//! it; it tells people whom to call.

use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use parity::{Limit, PartitionLog};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde::{Deserialize, Serialize};

use crate::cluster::{Cluster, TopicState};
use crate::patience::Patience;
use crate::{Isolation, PartitionReader, ReadOptions};

/// Nobody waits longer for a name.
const NAMING: Duration = Duration::from_secs(5);
/// So far back a name is looked for: each question whether a lease is still held leaves a marker in its topic.
const BACK: i64 = 20_000;
/// Records read at once.
const WINDOW: usize = 1_000;
/// Characters of a name; a host and a run have fewer.
const NAME: usize = 300;

/// The record.
#[derive(Serialize, Deserialize)]
pub(super) struct Named {
    /// Which process on which host, and since when.
    pub by: String,
    pub producer: i64,
    pub epoch: i16,
}

/// Writes who holds the lease.
pub(super) fn write(cluster: &Cluster, topic: &str, id: &str, named: &Named) -> Result<(), String> {
    let mut config = cluster.config().client_config();
    config.set("message.timeout.ms", NAMING.as_millis().to_string());
    let producer: FutureProducer = config.create().map_err(|error| error.to_string())?;
    let value = serde_json::to_vec(named).map_err(|error| error.to_string())?;
    let record = FutureRecord::to(topic).partition(0).key(id).payload(&value);
    block_on(producer.send(record, NAMING)).map(drop).map_err(|(error, _)| error.to_string())
}

/// Who holds it now, other than the holder of this producer id and epoch; `None`: it is not told.
pub(super) fn read(
    cluster: &Arc<Cluster>,
    topic: &str,
    id: &str,
    own: (i64, i16),
    patience: &Patience,
) -> Option<String> {
    let patience = patience.at_most(NAMING);
    let topic = cluster.topics(&[topic], &patience).ok()?.pop()?;
    if topic.state != TopicState::Present {
        return None;
    }
    let options = ReadOptions::new(Isolation::ReadUncommitted, patience);
    let mut log = PartitionReader::new(Arc::clone(cluster), &topic, 0, None, options);
    let bounds = log.bounds().ok()?;
    let end = bounds.high_watermark;
    let (mut at, mut found) = (bounds.log_start.max(end - BACK), None);
    while at < end {
        let window = log.read(at, Limit::records(WINDOW)).ok()?;
        let of_id = window.records.iter().filter(|image| image.key == Some(id.as_bytes()));
        let mut named = of_id.filter_map(|image| serde_json::from_slice::<Named>(image.value?).ok());
        found = named.rfind(|named| (named.producer, named.epoch) != own).or(found);
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    // Whoever may write there may have written anything.
    found.map(|named| named.by.chars().filter(|sign| !sign.is_control()).take(NAME).collect())
}
