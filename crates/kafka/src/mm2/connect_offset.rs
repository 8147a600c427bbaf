//! Connect's offsets topic: how far MirrorMaker 2's source connectors have really copied.

use super::fields::Malformed;
use super::latest::{self, Unreadable};
use crate::cluster::Cluster;
use crate::reader::ReadOptions;
use crate::topic_partition::TopicPartition;
use parity::ReadError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which connector reads which partition of which cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectOffset {
    /// Name of the connector.
    pub connector: String,
    /// Alias of the source cluster.
    pub cluster: String,
    /// Partition on the source.
    pub partition: TopicPartition,
}

/// How far each source connector has copied each partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectOffsets {
    /// Offset of the last copied record; the next to copy is at least one more. Trailing markers are never copied.
    pub last_copied: BTreeMap<ConnectOffset, i64>,
    /// Records that are not Connect's.
    pub unreadable: Option<Unreadable>,
}

impl ConnectOffset {
    /// Decodes a key; None for offsets of connectors that are no MirrorMaker 2 source.
    ///
    /// # Errors
    /// The bytes are not Connect's JSON.
    pub fn decode_key(key: &[u8]) -> Result<Option<ConnectOffset>, Malformed> {
        let parts: (String, Value) = serde_json::from_slice(key).map_err(|_| Malformed::Json)?;
        let (connector, Value::Object(of)) = parts else { return Ok(None) };
        let text = |name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(cluster), Some(topic), Some(partition)) =
            (text("cluster"), text("topic"), of.get("partition").and_then(Value::as_i64))
        else {
            return Ok(None);
        };
        let partition =
            i32::try_from(partition).ok().filter(|partition| *partition >= 0).ok_or(Malformed::Negative)?;
        Ok(Some(ConnectOffset { connector, cluster, partition: TopicPartition { topic, partition } }))
    }

    /// Decodes a value: the last copied offset.
    ///
    /// # Errors
    /// The bytes are not what MirrorMaker 2 stores.
    pub fn decode(value: &[u8]) -> Result<i64, Malformed> {
        let value: Value = serde_json::from_slice(value).map_err(|_| Malformed::Json)?;
        let offset = value.get("offset").and_then(Value::as_i64).ok_or(Malformed::Json)?;
        if offset < 0 { Err(Malformed::Negative) } else { Ok(offset) }
    }
}

impl ConnectOffsets {
    /// Reads the topic, which lies on the worker's own cluster; None if it is not there. It lags behind by one
    /// `offset.flush.interval.ms`.
    ///
    /// # Errors
    /// The topic could not be read to its end.
    pub fn read(
        cluster: &Arc<Cluster>,
        topic: &str,
        options: &ReadOptions,
    ) -> Result<Option<ConnectOffsets>, ReadError> {
        let mut last_copied = BTreeMap::new();
        let unreadable = latest::each(cluster, topic, options, &mut |key, value| {
            let Some(key) = ConnectOffset::decode_key(key)? else { return Ok(()) };
            match value {
                Some(value) => last_copied.insert(key, ConnectOffset::decode(value)?),
                // A connector whose offsets were reset begins anew.
                None => last_copied.remove(&key),
            };
            Ok(())
        })?;
        Ok(unreadable.map(|unreadable| ConnectOffsets { last_copied, unreadable: unreadable.some() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values() {
        let key = br#"["mirror-source",{"cluster":"aws","partition":2,"topic":"orders"}]"#;
        let expected = ConnectOffset {
            connector: "mirror-source".into(),
            cluster: "aws".into(),
            partition: TopicPartition::new("orders", 2),
        };
        assert_eq!(ConnectOffset::decode_key(key).unwrap(), Some(expected));
        assert_eq!(ConnectOffset::decode(br#"{"offset":499}"#).unwrap(), 499);
        for other in [
            &br#"["file",{"filename":"/x"}]"#[..],
            br#"["heartbeat",{"sourceClusterAlias":"a"}]"#,
            br#"["x",null]"#,
        ] {
            assert_eq!(ConnectOffset::decode_key(other).unwrap(), None);
        }
    }

    #[test]
    fn hostile_bytes() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        for bytes in [&b""[..], b"{", b"[]", b"[1,{}]", b"null", b"\xff\xfe", b"[\"a\"]", deep.as_bytes()] {
            assert_eq!(ConnectOffset::decode_key(bytes), Err(Malformed::Json));
        }
        for bytes in [
            &b""[..],
            b"5",
            b"{}",
            br#"{"offset":"5"}"#,
            br#"{"offset":1.5}"#,
            br#"{"offset":99999999999999999999}"#,
            deep.as_bytes(),
        ] {
            assert_eq!(ConnectOffset::decode(bytes), Err(Malformed::Json));
        }
        assert_eq!(ConnectOffset::decode(br#"{"offset":-1}"#), Err(Malformed::Negative));
        let key = br#"["c",{"cluster":"a","topic":"t","partition":4294967296}]"#;
        assert_eq!(ConnectOffset::decode_key(key), Err(Malformed::Negative));
    }
}
