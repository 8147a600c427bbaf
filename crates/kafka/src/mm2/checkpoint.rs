//! `<source>.checkpoints.internal`: what MirrorMaker 2 translated the commits of groups to.

use super::fields::{Fields, Malformed};
use super::latest::{self, Unreadable};
use crate::cluster::Cluster;
use crate::reader::ReadOptions;
use crate::topic_partition::TopicPartition;
use parity::ReadError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose position, and where on the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckpointKey {
    /// Group id.
    pub group: String,
    /// Partition on the target, by its name there.
    pub partition: TopicPartition,
}

/// A translated position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What the group had committed on the source.
    pub source: i64,
    /// What that became on the target.
    pub target: i64,
    /// The metadata of the commit.
    pub metadata: String,
}

/// The newest checkpoint of every group and partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoints {
    /// By group and partition.
    pub newest: BTreeMap<CheckpointKey, Checkpoint>,
    /// Records that are none of MirrorMaker 2's, or of a later version.
    pub unreadable: Option<Unreadable>,
}

impl Checkpoint {
    /// Decodes a key.
    ///
    /// # Errors
    /// The bytes are something else.
    pub fn decode_key(key: &[u8]) -> Result<CheckpointKey, Malformed> {
        let mut fields = Fields::new(key);
        let (group, topic, partition) = (fields.text()?, fields.text()?, fields.partition()?);
        fields.end()?;
        Ok(CheckpointKey { group, partition: TopicPartition { topic, partition } })
    }

    /// Decodes a value of version 0.
    ///
    /// # Errors
    /// The bytes are something else, or of a later version.
    pub fn decode(value: &[u8]) -> Result<Checkpoint, Malformed> {
        let mut fields = Fields::new(value);
        match fields.i16()? {
            0 => {}
            version => return Err(Malformed::Version(version)),
        }
        let (source, target, metadata) = (fields.offset()?, fields.offset()?, fields.text()?);
        fields.end()?;
        Ok(Checkpoint { source, target, metadata })
    }
}

impl Checkpoints {
    /// Reads the topic on the target; None if it is not there.
    ///
    /// # Errors
    /// The topic could not be read to its end.
    pub fn read(
        cluster: &Arc<Cluster>,
        topic: &str,
        options: &ReadOptions,
    ) -> Result<Option<Checkpoints>, ReadError> {
        let mut newest = BTreeMap::new();
        let unreadable = latest::each(cluster, topic, options, &mut |key, value| {
            let key = Checkpoint::decode_key(key)?;
            match value {
                Some(value) => newest.insert(key, Checkpoint::decode(value)?),
                None => newest.remove(&key),
            };
            Ok(())
        })?;
        Ok(unreadable.map(|unreadable| Checkpoints { newest, unreadable: unreadable.some() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::tests::{hostile, text};
    use super::*;

    #[test]
    fn layout() {
        let key = [text("payments"), text("orders"), 2i32.to_be_bytes().to_vec()].concat();
        let value =
            [vec![0, 0], 123_457i64.to_be_bytes().to_vec(), 1i64.to_be_bytes().to_vec(), text("m")].concat();
        assert_eq!(key, b"\x00\x08payments\x00\x06orders\x00\x00\x00\x02");
        let expected =
            CheckpointKey { group: "payments".into(), partition: TopicPartition::new("orders", 2) };
        assert_eq!(Checkpoint::decode_key(&key).unwrap(), expected);
        assert_eq!(
            Checkpoint::decode(&value).unwrap(),
            Checkpoint { source: 123_457, target: 1, metadata: "m".into() }
        );
        hostile(&key, &value, |key, value| Ok((Checkpoint::decode_key(key)?, Checkpoint::decode(value)?)));
    }

    #[test]
    fn a_later_version_is_not_guessed_at() {
        let value = [vec![0, 1], 5i64.to_be_bytes().to_vec(), 5i64.to_be_bytes().to_vec(), text("")].concat();
        assert_eq!(Checkpoint::decode(&value), Err(Malformed::Version(1)));
    }
}
