//! What copies between the clusters of a lab: stopping, starting, changing it.

use std::collections::BTreeMap;

use crate::error::{LabError, Result};
use crate::flow::Flow;
use crate::lab::Lab;
use crate::replicator::{CONNECT, MIRRORMAKER, Replication, Rest, check_flows, remove_flow};

impl Lab {
    /// Name of the replicator's server, if there is one.
    pub fn replicator(&self) -> Option<String> {
        self.state().replications.first().map(|replication| replication.server.clone())
    }

    /// The flows of the replicator.
    pub fn flows(&self) -> Vec<Flow> {
        self.state().replications.first().map(|replication| replication.flows.clone()).unwrap_or_default()
    }

    /// Connect's REST interface, if the replicator runs as connectors.
    pub fn connect(&self) -> Option<Rest> {
        self.state().connect().map(Rest::new)
    }

    /// Stops the replicator, so that something can be done to a cluster that it does not see happen.
    pub fn stop_replicator(&self) -> Result<()> {
        self.stop(&self.first()?)
    }

    /// Kills the replicator: what it had copied and not yet noted, it will copy again.
    pub fn kill_replicator(&self) -> Result<()> {
        self.kill(&self.first()?)
    }

    /// Starts the replicator again, and waits until it runs.
    pub fn start_replicator(&self) -> Result<()> {
        self.start(&self.first()?)
    }

    /// Replaces the flows of the replicator: [`Lab::set_flows_of`].
    pub fn set_flows(&self, flows: Vec<Flow>) -> Result<()> {
        self.set_flows_of(&self.first()?, flows)
    }

    /// Replaces the flows of one server. Connectors are changed while they run; a dedicated MirrorMaker is
    /// restarted.
    ///
    /// # Errors
    /// If a dedicated MirrorMaker is given other than one flow, if flows share aliases, or if they do not come to
    /// run.
    pub fn set_flows_of(&self, server: &str, flows: Vec<Flow>) -> Result<()> {
        let old = self.replication(server)?;
        check_flows(server, &flows, &self.flows_of_others(server))?;
        let new = Replication { flows, ..old.clone() };
        self.update(|state| {
            if let Some(known) = state.replications.iter_mut().find(|known| known.server == server) {
                *known = new.clone();
            }
        })?;
        if server == MIRRORMAKER {
            self.stop(server)?;
            new.configure_dedicated(&self.dir, self.both())?;
            return self.start(server);
        }
        let (definition, rest) = (self.server(server)?, new.rest()?);
        for gone in old.flows.iter().filter(|flow| new.flows.iter().all(|kept| kept.name != flow.name)) {
            remove_flow(&rest, gone, &definition)?;
        }
        new.configure_connectors(self.both(), &definition, None)?;
        new.await_running(self.both(), &definition, None)
    }

    /// Adds a Connect worker of its own with flows of its own, for instance one with
    /// `exactly.once.source.support=enabled`, which a worker has for all its connectors or for none. Its server
    /// is called `connect-NAME`.
    pub fn add_worker(
        &self,
        name: &str,
        flows: Vec<Flow>,
        options: BTreeMap<String, String>,
    ) -> Result<Rest> {
        let server = format!("{CONNECT}-{name}");
        if self.replication(&server).is_ok() {
            return Err(LabError::Spec(format!("the lab has a {server} already")));
        }
        self.check_owner(&server)?;
        check_flows(&server, &flows, &self.flows_of_others(&server))?;
        let mut replication = Replication::new(&server, &flows, &options);
        let (running, guard) = replication.start(&self.dir, self.both())?;
        let rest = replication.rest()?;
        self.update(|state| {
            state.servers.push(running.clone());
            state.replications.push(replication);
        })?;
        self.keep(running, guard)?;
        Ok(rest)
    }

    pub(crate) fn replication(&self, server: &str) -> Result<Replication> {
        let state = self.state();
        let found = state.replications.iter().find(|replication| replication.server == server);
        found.cloned().ok_or_else(|| LabError::NoServer(server.to_owned()))
    }

    fn first(&self) -> Result<String> {
        self.replicator().ok_or_else(|| LabError::NoServer("replicator".into()))
    }

    fn flows_of_others(&self, server: &str) -> Vec<Flow> {
        let state = self.state();
        let others = state.replications.iter().filter(|replication| replication.server != server);
        others.flat_map(|replication| replication.flows.clone()).collect()
    }
}
