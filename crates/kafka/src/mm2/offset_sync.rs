//! `mm2-offset-syncs.<alias>.internal`: pairs of a source offset and the target offset of the same record.

use super::fields::{Fields, Malformed};
use super::latest::{self, Unreadable};
use crate::cluster::Cluster;
use crate::reader::ReadOptions;
use crate::topic_partition::TopicPartition;
use parity::ReadError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One pair. A record at `source` was written to the target at `target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OffsetPair {
    /// Offset on the source.
    pub source: i64,
    /// Offset on the target.
    pub target: i64,
}

/// One record of the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetSync {
    /// Partition on the source.
    pub partition: TopicPartition,
    /// The pair.
    pub pair: OffsetPair,
}

/// Pairs by source partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffsetSyncs {
    /// In order of source offset. Long histories are thinned out; the newest is always there.
    pub pairs: BTreeMap<TopicPartition, Vec<OffsetPair>>,
    /// Records that are none of MirrorMaker 2's.
    pub unreadable: Option<Unreadable>,
    /// The topic has older records that were not read.
    pub is_cut: bool,
}

/// Pairs kept for each partition. They only serve as places to begin a search, so fewer cost a few reads more.
const KEPT: usize = 4_096;

impl OffsetSync {
    /// Decodes one record. The layout has no version.
    ///
    /// # Errors
    /// The bytes are something else.
    pub fn decode(key: &[u8], value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(key);
        let (topic, partition) = (fields.text()?, fields.partition()?);
        fields.end()?;
        let mut fields = Fields::new(value);
        let (source, target) = (fields.offset()?, fields.offset()?);
        fields.end()?;
        Ok(OffsetSync { partition: TopicPartition { topic, partition }, pair: OffsetPair { source, target } })
    }
}

impl OffsetSyncs {
    fn add(&mut self, sync: OffsetSync) {
        let pairs = self.pairs.entry(sync.partition).or_default();
        if pairs.last().is_some_and(|last| sync.pair.source < last.source) {
            // The source began anew; what was before belongs to another history.
            pairs.clear();
        }
        pairs.push(sync.pair);
        if pairs.len() >= 2 * KEPT {
            let mut index = 0;
            let last = pairs.len() - 1;
            pairs.retain(|_| {
                index += 1;
                index % 2 == 0 || index - 1 == last
            });
        }
    }

    /// Reads the topic, on whichever cluster it lies; None if it is not there. `wanted` limits what is kept to these topics.
    ///
    /// # Errors
    /// The topic could not be read to its end.
    pub fn read(
        cluster: &Arc<Cluster>,
        topic: &str,
        wanted: Option<&BTreeSet<String>>,
        options: &ReadOptions,
    ) -> Result<Option<OffsetSyncs>, ReadError> {
        OffsetSyncs::read_newest(cluster, topic, wanted, i64::MAX, options)
    }

    /// The same of the last `most` offsets of the topic only.
    ///
    /// # Errors
    /// The topic could not be read to its end.
    pub fn read_newest(
        cluster: &Arc<Cluster>,
        topic: &str,
        wanted: Option<&BTreeSet<String>>,
        most: i64,
        options: &ReadOptions,
    ) -> Result<Option<OffsetSyncs>, ReadError> {
        let mut syncs = OffsetSyncs::default();
        let read = latest::newest(cluster, topic, most, options, &mut |key, value| {
            let Some(value) = value else { return Ok(()) };
            let sync = OffsetSync::decode(key, value)?;
            if wanted.is_none_or(|wanted| wanted.contains(&sync.partition.topic)) {
                syncs.add(sync);
            }
            Ok(())
        })?;
        Ok(read.map(|read| OffsetSyncs { is_cut: read.is_cut, unreadable: read.some(), ..syncs }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::tests::{hostile, text};
    use super::*;

    fn record(topic: &str, partition: i32, source: i64, target: i64) -> (Vec<u8>, Vec<u8>) {
        let key = [text(topic), partition.to_be_bytes().to_vec()].concat();
        (key, [source.to_be_bytes(), target.to_be_bytes()].concat())
    }

    #[test]
    fn layout() {
        let (key, value) = record("orders", 3, 2_500_000_000, 17);
        assert_eq!(key, b"\x00\x06orders\x00\x00\x00\x03");
        assert_eq!(value, b"\x00\x00\x00\x00\x95\x02\xf9\x00\x00\x00\x00\x00\x00\x00\x00\x11");
        let sync = OffsetSync::decode(&key, &value).unwrap();
        assert_eq!(sync.partition, TopicPartition::new("orders", 3));
        assert_eq!(sync.pair, OffsetPair { source: 2_500_000_000, target: 17 });
        hostile(&key, &value, OffsetSync::decode);
        let (key, value) = record("orders", -1, 0, 0);
        assert_eq!(OffsetSync::decode(&key, &value), Err(Malformed::Negative));
        let (key, value) = record("orders", 0, 0, -5);
        assert_eq!(OffsetSync::decode(&key, &value), Err(Malformed::Negative));
    }

    #[test]
    fn history_is_thinned_and_begins_anew_with_the_source() {
        let mut syncs = OffsetSyncs::default();
        let partition = TopicPartition::new("t", 0);
        let mut add = |source: i64| {
            let pair = OffsetPair { source, target: source };
            syncs.add(OffsetSync { partition: TopicPartition::new("t", 0), pair });
            let kept = &syncs.pairs[&partition];
            assert!(kept.len() < 2 * KEPT && kept.is_sorted() && kept.last() == Some(&pair));
            kept.len()
        };
        let kept = (0..100_000).map(&mut add).last().unwrap();
        assert!(kept >= KEPT / 2);
        assert_eq!(add(5), 1);
    }
}
