use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::side::Side;
use crate::version::KafkaVersion;

/// A cluster of a lab, as others need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Which of the two.
    pub side: Side,
    /// Release of its brokers.
    pub version: KafkaVersion,
    /// Its id, as every broker answers it.
    pub cluster_id: String,
    /// `host:port` of the PLAINTEXT listeners, separated by commas; whoever comes here is a super user.
    pub bootstrap: String,
    /// The same of the SASL_PLAINTEXT listeners (SCRAM-SHA-256).
    pub sasl_bootstrap: String,
    /// Client properties file for the PLAINTEXT listeners.
    pub properties: PathBuf,
    /// Its brokers.
    pub brokers: Vec<Broker>,
}

/// One broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// `node.id`.
    pub id: i32,
    /// Name of its server in the lab.
    pub server: String,
    /// Port of the PLAINTEXT listener.
    pub port: u16,
    /// Port of the SASL_PLAINTEXT listener.
    pub sasl_port: u16,
    /// Where its log segments lie.
    pub data: PathBuf,
}

/// A user of both clusters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Name; its principal is `User:NAME`.
    pub name: String,
    /// Password, random, of this lab alone. It stands in the lab's own files (mode 0600) and nowhere else.
    pub password: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Cluster {
    pub(super) fn new(
        lab: &Path,
        side: Side,
        version: KafkaVersion,
        cluster_id: String,
        brokers: Vec<Broker>,
    ) -> Self {
        let list = |port: fn(&Broker) -> u16| {
            brokers.iter().map(|b| format!("127.0.0.1:{}", port(b))).collect::<Vec<_>>().join(",")
        };
        Cluster {
            side,
            version,
            cluster_id,
            bootstrap: list(|broker| broker.port),
            sasl_bootstrap: list(|broker| broker.sasl_port),
            properties: lab.join(format!("{side}.properties")),
            brokers,
        }
    }

    /// The client properties file of a user.
    pub fn sasl_properties(&self, user: &str) -> PathBuf {
        self.properties.with_file_name(format!("{}-{user}-sasl.properties", self.side))
    }
}
