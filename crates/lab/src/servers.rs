//! Stopping and starting single servers of a lab.

use rustix::process::Signal;

use crate::cluster::{await_brokers, await_zookeeper, is_zookeeper};
use crate::error::{LabError, Result};
use crate::lab::{Lab, withstands};
use crate::limits::{KILL_GRACE, STOP_GRACE};
use crate::process::{Guard, Server, end};

impl Lab {
    /// Stops one server with SIGTERM, and waits until it has ended.
    pub fn stop(&self, server: &str) -> Result<()> {
        self.end_one(server, Signal::TERM)
    }

    /// Kills one server with SIGKILL, and waits until it has ended.
    pub fn kill(&self, server: &str) -> Result<()> {
        self.end_one(server, Signal::KILL)
    }

    /// Freezes one server (SIGSTOP).
    pub fn freeze(&self, server: &str) -> Result<()> {
        self.signal(server, Signal::STOP)
    }

    /// Lets a frozen server go on (SIGCONT).
    pub fn thaw(&self, server: &str) -> Result<()> {
        self.signal(server, Signal::CONT)
    }

    /// Starts a server that was stopped, and waits until it is ready.
    pub fn start(&self, server: &str) -> Result<()> {
        let mut definition = self.server(server)?;
        if definition.runs() {
            return Ok(());
        }
        self.check_owner(server)?;
        let mut running = vec![(definition.clone(), Guard::start(&mut definition)?)];
        running[0].0 = definition.clone();
        self.await_ready(&definition, &mut running)?;
        self.note(&definition)?;
        running.into_iter().try_for_each(|(server, guard)| self.keep(server, guard))
    }

    /// Stops a server with SIGTERM, starts it again, and waits until it is ready.
    ///
    /// # Errors
    /// Where it could not be started again it is not stopped.
    pub fn restart(&self, server: &str) -> Result<()> {
        self.check_owner(server)?;
        self.stop(server)?;
        self.start(server)
    }

    /// The same, killed with SIGKILL.
    ///
    /// # Errors
    /// As for [`restart`](Lab::restart).
    pub fn kill_and_start(&self, server: &str) -> Result<()> {
        self.check_owner(server)?;
        self.kill(server)?;
        self.start(server)
    }

    fn signal(&self, server: &str, signal: Signal) -> Result<()> {
        let server = self.server(server)?;
        match &server.process {
            Some(process) if process.signal(signal) => Ok(()),
            _ => Err(LabError::Spec(format!("{} does not run", server.name))),
        }
    }

    fn end_one(&self, name: &str, signal: Signal) -> Result<()> {
        let server = self.server(name)?;
        let gone = end(&server, signal, if signal == Signal::TERM { STOP_GRACE } else { KILL_GRACE });
        if let Some(guard) = self.guards().remove(name) {
            guard.collect();
        }
        if gone { Ok(()) } else { Err(withstands(&server)) }
    }

    fn await_ready(&self, server: &Server, running: &mut [(Server, Guard)]) -> Result<()> {
        for cluster in &self.clusters {
            if let Some(broker) = cluster.brokers.iter().find(|broker| broker.server == server.name) {
                return await_brokers(cluster, std::slice::from_ref(broker), running);
            }
        }
        let Some((_, guard)) = running.first_mut() else { return Ok(()) };
        if is_zookeeper(server) {
            return await_zookeeper(server, guard);
        }
        match self.replication(&server.name) {
            Ok(replication) => replication.await_running(self.both(), server, Some(guard)),
            Err(_) => guard.still_runs(server),
        }
    }
}
