use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::side::Side;
use crate::state::State;

/// Where a lab is: the answer of `cutover lab up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Description {
    /// The lab's directory.
    pub dir: PathBuf,
    /// The Site document that describes it.
    pub site: PathBuf,
    /// The source cluster.
    pub source: ClusterStatus,
    /// The target cluster.
    pub target: ClusterStatus,
    /// URL of Connect's REST interface.
    pub connect: Option<String>,
}

/// What of a lab runs: the answer of `cutover lab status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Status {
    /// Where it is.
    pub lab: Description,
    /// Every server and application of the lab.
    pub servers: Vec<ServerStatus>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ClusterStatus {
    /// PLAINTEXT listeners.
    pub bootstrap: String,
    /// SASL_PLAINTEXT listeners.
    pub sasl_bootstrap: String,
    /// Client properties file for the PLAINTEXT listeners.
    pub properties: PathBuf,
    /// Its id.
    pub cluster_id: String,
    /// Release of its brokers.
    pub version: String,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ServerStatus {
    /// Its name.
    pub name: String,
    /// Its process id while it runs.
    pub pid: Option<i32>,
    /// Its log.
    pub log: PathBuf,
}

impl Status {
    pub(crate) fn of(dir: &Path, state: &State) -> Self {
        let cluster = |side: Side| {
            let found = state.clusters.iter().find(|cluster| cluster.side == side);
            ClusterStatus {
                bootstrap: found.map(|c| c.bootstrap.clone()).unwrap_or_default(),
                sasl_bootstrap: found.map(|c| c.sasl_bootstrap.clone()).unwrap_or_default(),
                properties: found.map(|c| c.properties.clone()).unwrap_or_default(),
                cluster_id: found.map(|c| c.cluster_id.clone()).unwrap_or_default(),
                version: found.map(|c| c.version.to_string()).unwrap_or_default(),
            }
        };
        let servers = state
            .servers
            .iter()
            .map(|server| ServerStatus {
                name: server.name.clone(),
                pid: server.process.as_ref().filter(|process| process.alive()).map(|process| process.pid),
                log: server.log.clone(),
            })
            .collect();
        let lab = Description {
            dir: dir.to_owned(),
            site: dir.join("site.yaml"),
            source: cluster(Side::Source),
            target: cluster(Side::Target),
            connect: state.connect().map(str::to_owned),
        };
        Status { lab, servers }
    }

    /// True if every server runs.
    pub fn all_run(&self) -> bool {
        self.servers.iter().all(|server| server.pid.is_some())
    }
}
