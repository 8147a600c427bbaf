use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{LabError, Result};
use crate::flow::Flow;
use crate::version::KafkaVersion;

/// What a lab shall be. [`LabSpec::default`] is one broker per cluster and one flow of MirrorMaker 2 as
/// connectors, in a directory of its own that goes when the process does.
#[derive(Debug, Clone)]
pub struct LabSpec {
    /// Where the lab lives; none: a new temporary directory, removed at the end.
    pub dir: Option<PathBuf>,
    /// Whether its servers outlive this process.
    pub life: Life,
    /// Brokers of each cluster: 1 (which is its own controller), or 3 with 3 controllers beside them.
    pub brokers: u16,
    /// Release of the source cluster; below 3.3 it gets a ZooKeeper.
    pub source_version: KafkaVersion,
    /// What copies from source to target.
    pub replicator: Replicator,
    /// What it copies. A dedicated MirrorMaker 2 takes exactly one flow.
    pub flows: Vec<Flow>,
    /// More properties of the source's brokers; they win over the lab's own.
    pub source_options: BTreeMap<String, String>,
    /// More properties of the target's brokers.
    pub target_options: BTreeMap<String, String>,
    /// More properties of the Connect worker, or of the whole dedicated MirrorMaker 2.
    pub replicator_options: BTreeMap<String, String>,
    /// Users with a random SCRAM-SHA-256 password on both clusters.
    pub users: Vec<String>,
}

/// What copies records from source to target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replicator {
    /// Nothing: tests write both sides themselves.
    None,
    /// A process of its own, `org.apache.kafka.connect.mirror.MirrorMaker`, without a public REST interface.
    Dedicated,
    /// MirrorMaker 2's connectors in a Connect worker beside the target cluster.
    Connect,
}

/// How long a lab's servers live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// They end with the process that started them, whatever ends it.
    Owned,
    /// They go on until [`crate::Lab::down`]; but a start that is broken off leaves none behind.
    Detached,
}

impl Default for LabSpec {
    fn default() -> Self {
        LabSpec {
            dir: None,
            life: Life::Owned,
            brokers: 1,
            source_version: KafkaVersion::CURRENT,
            replicator: Replicator::Connect,
            flows: vec![Flow::default()],
            source_options: BTreeMap::new(),
            target_options: BTreeMap::new(),
            replicator_options: BTreeMap::new(),
            users: ["checkout", "settlement", "cutover", "mm2"].map(str::to_owned).to_vec(),
        }
    }
}

impl LabSpec {
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(LabError::Spec(why.to_owned()));
        if !matches!(self.brokers, 1 | 3) {
            return refuse("a cluster of the lab has 1 or 3 brokers");
        }
        // The oldest that Kafka 4 clients, MirrorMaker among them, still speak to.
        if self.source_version < KafkaVersion::OLDEST || self.source_version > KafkaVersion::CURRENT {
            return Err(LabError::Spec(format!(
                "the source can be of Kafka {} to {}",
                KafkaVersion::OLDEST,
                KafkaVersion::CURRENT
            )));
        }
        if self.life == Life::Detached && self.dir.is_none() {
            return refuse("a lab that outlives its process needs a directory");
        }
        if self.users.iter().any(|name| !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) {
            return refuse("users of the lab have names of letters, digits and dashes");
        }
        Ok(())
    }
}
