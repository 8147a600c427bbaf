//! `heartbeats`: records written on one cluster only to be seen on the other.

use super::fields::{Fields, Malformed};
use super::latest::{self, Unreadable};
use crate::cluster::Cluster;
use crate::reader::ReadOptions;
use parity::ReadError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Alias of the cluster it comes from.
    pub source: String,
    /// Alias of the cluster it is for.
    pub target: String,
    /// When it was written, by the replicator's clock, in milliseconds since the epoch.
    pub timestamp: i64,
}

/// The newest heartbeat of every flow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heartbeats {
    /// Timestamp in milliseconds by source and target alias. A fresh one proves that one task copies one topic, no more.
    pub newest: BTreeMap<(String, String), i64>,
    /// Records that are none of MirrorMaker 2's, or of a later version.
    pub unreadable: Option<Unreadable>,
}

impl Heartbeat {
    /// Decodes one record of version 0.
    ///
    /// # Errors
    /// The bytes are something else, or of a later version.
    pub fn decode(key: &[u8], value: &[u8]) -> Result<Heartbeat, Malformed> {
        let mut fields = Fields::new(key);
        let (source, target) = (fields.text()?, fields.text()?);
        fields.end()?;
        let mut fields = Fields::new(value);
        match fields.i16()? {
            0 => {}
            version => return Err(Malformed::Version(version)),
        }
        let timestamp = fields.i64()?;
        fields.end()?;
        Ok(Heartbeat { source, target, timestamp })
    }
}

impl Heartbeats {
    /// Reads the topic; None if it is not there. On the target, what was copied proves the flow.
    ///
    /// # Errors
    /// The topic could not be read to its end.
    pub fn read(
        cluster: &Arc<Cluster>,
        topic: &str,
        options: &ReadOptions,
    ) -> Result<Option<Heartbeats>, ReadError> {
        let mut newest = BTreeMap::new();
        let unreadable = latest::each(cluster, topic, options, &mut |key, value| {
            let Some(value) = value else { return Ok(()) };
            let heartbeat = Heartbeat::decode(key, value)?;
            let known = newest.entry((heartbeat.source, heartbeat.target)).or_insert(heartbeat.timestamp);
            *known = (*known).max(heartbeat.timestamp);
            Ok(())
        })?;
        Ok(unreadable.map(|unreadable| Heartbeats { newest, unreadable: unreadable.some() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::tests::{hostile, text};
    use super::*;

    #[test]
    fn layout() {
        let key = [text("aws"), text("gcp")].concat();
        let value = [vec![0, 0], 1_700_000_000_000i64.to_be_bytes().to_vec()].concat();
        let heartbeat =
            Heartbeat { source: "aws".into(), target: "gcp".into(), timestamp: 1_700_000_000_000 };
        assert_eq!(Heartbeat::decode(&key, &value).unwrap(), heartbeat);
        hostile(&key, &value, Heartbeat::decode);
    }
}
