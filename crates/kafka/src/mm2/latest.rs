//! Reading an internal topic from its start to its end.

use super::fields::Malformed;
use crate::Isolation;
use crate::cluster::{Cluster, TopicState};
use crate::reader::{PartitionReader, ReadOptions, fault};
use crate::topic_partition::TopicPartition;
use parity::{PartitionLog, Pull, ReadError, ReadErrorKind, RecordSource};
use std::sync::Arc;

/// Records that could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// How many.
    pub records: u64,
    /// Where the first lies, and what is wrong with it.
    pub first: String,
}

/// How a reading went.
#[derive(Default)]
pub(super) struct Read {
    records: u64,
    first: Option<String>,
    /// Records before these were left out.
    pub is_cut: bool,
}

impl Read {
    /// None if everything could be decoded.
    pub fn some(self) -> Option<Unreadable> {
        self.first.map(|first| Unreadable { records: self.records, first })
    }

    fn note(&mut self, partition: &TopicPartition, offset: i64, wrong: &Malformed) {
        self.records += 1;
        self.first.get_or_insert_with(|| format!("{partition} at offset {offset}: {wrong}"));
    }
}

/// Takes key and value of one record.
pub(super) type Decode<'a> = dyn FnMut(&[u8], Option<&[u8]>) -> Result<(), Malformed> + 'a;

/// Hands key and value of every record to `decode`, partition by partition, in order of offset; None if there is no such
/// topic. Only committed records: an exactly-once replicator writes these topics in transactions.
pub(super) fn each(
    cluster: &Arc<Cluster>,
    topic: &str,
    options: &ReadOptions,
    decode: &mut Decode<'_>,
) -> Result<Option<Read>, ReadError> {
    newest(cluster, topic, i64::MAX, options, decode)
}

/// The same of the last so many offsets of each partition only.
pub(super) fn newest(
    cluster: &Arc<Cluster>,
    topic: &str,
    most: i64,
    options: &ReadOptions,
    decode: &mut Decode<'_>,
) -> Result<Option<Read>, ReadError> {
    let options = ReadOptions { isolation: Isolation::ReadCommitted, ..options.clone() };
    let patience = options.patience.at_most(options.stall);
    let whole = TopicPartition::new(topic, 0);
    let topics = cluster.topics(&[topic], &patience).map_err(|error| fault::of_cluster(&whole, &error))?;
    let Some(described) = topics.first() else {
        return Err(fault::of(
            cluster.name(),
            &whole,
            ReadErrorKind::Failed,
            "the cluster does not tell its metadata",
        ));
    };
    match described.state {
        TopicState::Present => {}
        TopicState::Absent => return Ok(None),
        TopicState::NotAuthorised => {
            let code = crate::Code::TOPIC_AUTHORIZATION_FAILED;
            return Err(fault::of_code(cluster.name(), &whole, code, "reading an internal topic"));
        }
        TopicState::Failed(code) => {
            return Err(fault::of_code(cluster.name(), &whole, code, "reading an internal topic"));
        }
    }
    let partitions: Vec<TopicPartition> =
        described.partitions.iter().map(|found| TopicPartition::new(topic, found.partition)).collect();
    let mut ends = cluster.ends(&partitions, &patience).map_err(|error| fault::of_cluster(&whole, &error))?;
    let mut read = Read::default();
    for partition in partitions {
        let ends = ends
            .remove(&partition)
            .unwrap_or(Err(crate::Code(-1)))
            .map_err(|code| fault::of_code(cluster.name(), &partition, code, "measuring its ends"))?;
        let number = partition.partition;
        let mut reader =
            PartitionReader::new(Arc::clone(cluster), described, number, Some(ends), options.clone());
        let from = ends.log_start.max(ends.high_watermark.saturating_sub(most));
        read.is_cut |= from > ends.log_start;
        let mut stream = reader.open(from, i64::MAX)?;
        while stream.pull(&mut |image| {
            let decoded = image.key.ok_or(Malformed::NoKey).and_then(|key| decode(key, image.value));
            if let Err(wrong) = decoded {
                read.note(&partition, image.offset, &wrong);
            }
        })? != Pull::End
        {}
    }
    Ok(Some(read))
}
