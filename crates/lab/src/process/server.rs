use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Stamp;

/// One server of a lab: how it is started, and the process it is now, if it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// `source/broker-1`, `target/controller-101`, `connect`, `mirrormaker`, `app/NAME`.
    pub name: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What it prints goes here.
    pub log: PathBuf,
    /// The process itself.
    pub process: Option<Stamp>,
    /// The shell that started it and waits for it; leads the process group both are in.
    pub guard: Option<Stamp>,
}

impl Server {
    pub(crate) fn new(name: impl Into<String>, argv: Vec<String>, log: PathBuf) -> Self {
        Server { name: name.into(), argv, log, process: None, guard: None }
    }

    /// True for brokers, controllers and ZooKeeper: without them there is no cluster.
    pub(crate) fn is_of_a_cluster(&self) -> bool {
        self.name.starts_with("source/") || self.name.starts_with("target/")
    }

    /// True while its process runs.
    pub fn runs(&self) -> bool {
        self.process.as_ref().is_some_and(Stamp::alive)
    }
}
