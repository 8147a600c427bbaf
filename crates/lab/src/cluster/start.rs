use std::collections::BTreeMap;
use std::path::Path;

use super::{Cluster, Formatted, User, kraft, zookeeper};
use crate::error::{LabError, Result};
use crate::files;
use crate::jars::Jars;
use crate::limits::PORT_ATTEMPTS;
use crate::process::{Guard, Server, log_says};
use crate::side::Side;
use crate::version::KafkaVersion;

/// What starting a cluster needs to know.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) lab: &'a Path,
    pub(crate) side: Side,
    pub(crate) version: KafkaVersion,
    pub(crate) brokers: u16,
    pub(crate) options: &'a BTreeMap<String, String>,
    pub(crate) jars: &'a Jars,
    pub(crate) users: &'a [User],
    /// Storage made by Kafka's tool, for releases with KRaft.
    pub(crate) formatted: Option<&'a Formatted>,
}

/// Starts a cluster and waits until all its brokers answer. Chooses other ports if some were taken meanwhile.
pub(crate) fn start(spec: &Start<'_>) -> Result<(Cluster, Vec<(Server, Guard)>)> {
    let folder = spec.lab.join(spec.side.name());
    let mut attempt = 1;
    loop {
        files::remove(&folder)?;
        let started = if spec.version.needs_zookeeper() {
            zookeeper::start(spec, &folder)
        } else {
            kraft::start(spec, &folder)
        };
        match started {
            Err(LabError::Ended { ref log, ref server, .. })
                if attempt < PORT_ATTEMPTS && log_says(log, "Address already in use") =>
            {
                tracing::info!(%server, attempt, "a port was taken meanwhile; choosing others");
                attempt += 1;
            }
            other => return other,
        }
    }
}
