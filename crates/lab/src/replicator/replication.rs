use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{CONNECT, MIRRORMAKER, Rest, connect, dedicated};
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::files;
use crate::flow::Flow;
use crate::jars::Jars;
use crate::limits::PORT_ATTEMPTS;
use crate::ports;
use crate::process::{Guard, Server, log_says};
use crate::version::KafkaVersion;

/// A process that copies, and what it copies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replication {
    /// Its server's name.
    pub(crate) server: String,
    /// Its REST interface; a dedicated MirrorMaker has none.
    pub(crate) url: Option<String>,
    pub(crate) flows: Vec<Flow>,
    /// More properties of the process.
    pub(crate) options: BTreeMap<String, String>,
}

impl Replication {
    /// A dedicated MirrorMaker 2, not yet started.
    pub(crate) fn dedicated(flows: &[Flow], options: &BTreeMap<String, String>) -> Self {
        Self::new(MIRRORMAKER, flows, options)
    }

    /// A Connect worker, not yet started.
    pub(crate) fn connect(flows: &[Flow], options: &BTreeMap<String, String>) -> Self {
        Self::new(CONNECT, flows, options)
    }

    pub(crate) fn new(server: &str, flows: &[Flow], options: &BTreeMap<String, String>) -> Self {
        Replication { server: server.to_owned(), url: None, flows: flows.to_vec(), options: options.clone() }
    }

    /// Starts it and waits until it copies.
    pub(crate) fn start(&mut self, lab: &Path, clusters: [&Cluster; 2]) -> Result<(Server, Guard)> {
        if self.server == MIRRORMAKER {
            let mut server = self.configure_dedicated(lab, clusters)?;
            let mut guard = Guard::start(&mut server)?;
            self.await_running(clusters, &server, Some(&mut guard))?;
            return Ok((server, guard));
        }
        let jars = Jars::of(KafkaVersion::CURRENT)?;
        let mut attempt = 1;
        loop {
            let [port] = ports::free::<1>()?;
            self.url = Some(format!("http://127.0.0.1:{port}"));
            let mut server = connect::worker(lab, &self.server, clusters[1], port, &jars, &self.options)?;
            let mut guard = Guard::start(&mut server)?;
            let running = self
                .configure_connectors(clusters, &server, Some(&mut guard))
                .and_then(|()| self.await_running(clusters, &server, Some(&mut guard)));
            match running {
                Ok(()) => return Ok((server, guard)),
                Err(LabError::Ended { log, .. })
                    if attempt < PORT_ATTEMPTS && log_says(&log, "Address already in use") =>
                {
                    attempt += 1;
                    files::remove(&log)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes the configuration of a dedicated MirrorMaker 2 anew.
    pub(crate) fn configure_dedicated(&self, lab: &Path, clusters: [&Cluster; 2]) -> Result<Server> {
        let jars = Jars::of(KafkaVersion::CURRENT)?;
        let flow = self.flows.first().ok_or_else(|| LabError::NoServer(MIRRORMAKER.into()))?;
        dedicated::mirrormaker(lab, flow, clusters, &jars, &self.options)
    }

    /// Creates or changes the connectors of all flows.
    pub(crate) fn configure_connectors(
        &self,
        clusters: [&Cluster; 2],
        server: &Server,
        mut guard: Option<&mut Guard>,
    ) -> Result<()> {
        let rest = self.rest()?;
        self.flows
            .iter()
            .try_for_each(|flow| connect::put_flow(&rest, flow, clusters, server, guard.as_deref_mut()))
    }

    /// Waits until every flow runs.
    pub(crate) fn await_running(
        &self,
        clusters: [&Cluster; 2],
        server: &Server,
        mut guard: Option<&mut Guard>,
    ) -> Result<()> {
        if self.server == MIRRORMAKER {
            return match (self.flows.first(), guard) {
                (Some(flow), Some(guard)) => dedicated::await_copying(flow, clusters, server, guard),
                _ => Ok(()),
            };
        }
        let rest = self.rest()?;
        self.flows.iter().try_for_each(|flow| connect::await_flow(&rest, flow, server, guard.as_deref_mut()))
    }

    pub(crate) fn rest(&self) -> Result<Rest> {
        self.url
            .as_ref()
            .map(Rest::new)
            .ok_or_else(|| LabError::NoServer(format!("REST interface of {}", self.server)))
    }
}

/// Flows that share a name or an alias would share connectors or internal topics.
pub(crate) fn check_flows(server: &str, flows: &[Flow], others: &[Flow]) -> Result<()> {
    if server == MIRRORMAKER && flows.len() != 1 {
        return Err(LabError::Spec(
            "a dedicated MirrorMaker 2 takes exactly one flow; use connectors for several".into(),
        ));
    }
    for (i, flow) in flows.iter().enumerate() {
        let shared = flows[..i].iter().chain(others).find(|other| {
            other.name == flow.name || other.source == flow.source || other.target == flow.target
        });
        if let Some(other) = shared {
            return Err(LabError::Spec(format!(
                "flows {} and {} share a name or an alias: connectors, checkpoints and offset syncs are named after them",
                other.name, flow.name
            )));
        }
    }
    Ok(())
}
