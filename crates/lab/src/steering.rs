//! One flow among others in a Connect worker: stopping it, letting it go on, changing where it believes it is.

use crate::app;
use crate::error::{LabError, Result};
use crate::flow::Flow;
use crate::lab::Lab;
use crate::process::Server;
use crate::replicator::{Rest, await_flow, await_noted, resume, set_copied, stop};

impl Lab {
    /// Stops copying of one flow; its checkpoints and its group sync go on.
    pub fn stop_flow(&self, name: &str) -> Result<()> {
        let (_, rest, server) = self.flow_of(name)?;
        stop(&rest, &connector(name), &server)
    }

    /// Lets a stopped flow go on, and waits until it runs.
    pub fn resume_flow(&self, name: &str) -> Result<()> {
        let (flow, rest, server) = self.flow_of(name)?;
        resume(&rest, &connector(name))?;
        await_flow(&rest, &flow, &server, None)
    }

    /// Makes a stopped flow believe that it has copied a partition up to and with this source offset; none: that
    /// it has copied nothing, as when its connector is made anew under another name.
    pub fn set_copied(&self, name: &str, topic: &str, partition: i32, last: Option<i64>) -> Result<()> {
        let (flow, rest, server) = self.flow_of(name)?;
        set_copied(&rest, &connector(name), (&flow.source, topic, partition), last, &server)
    }

    /// Waits until a flow has noted that it copied a partition up to and with this source offset. Stopped before that,
    /// it copies what it has not noted again.
    pub fn await_noted(&self, name: &str, topic: &str, partition: i32, last: i64) -> Result<()> {
        let (_, rest, server) = self.flow_of(name)?;
        await_noted(&rest, &connector(name), (topic, partition), last, &server)
    }

    /// Deletes topics on the target and has the lab's flow copy them from their beginning: begun, and not waited for.
    /// What applications wrote there is gone with them, and their ledgers count it no more.
    ///
    /// # Errors
    /// Without MirrorMaker 2 as connectors there is nothing that could be told so.
    pub fn recopy(&self, topics: &[String]) -> Result<()> {
        let flow = self.flows().first().map(|flow| flow.name.clone());
        let flow = flow.ok_or_else(|| LabError::NoServer("flow".to_owned()))?;
        self.stop_flow(&flow)?;
        for topic in topics {
            for partition in self.source().partitions(topic)? {
                self.set_copied(&flow, topic, partition, None)?;
            }
            if !self.target().partitions(topic)?.is_empty() {
                self.target().delete_topic(topic)?;
            }
        }
        app::note_deleted(self.dir(), app::now())?;
        self.resume_flow(&flow)
    }

    fn flow_of(&self, name: &str) -> Result<(Flow, Rest, Server)> {
        let found = {
            let state = self.refreshed()?;
            state.replications.iter().find_map(|replication| {
                let flow = replication.flows.iter().find(|flow| flow.name == name)?;
                Some((flow.clone(), replication.clone()))
            })
        };
        let (flow, replication) = found.ok_or_else(|| LabError::NoServer(format!("flow {name}")))?;
        Ok((flow, replication.rest()?, self.server(&replication.server)?))
    }
}

fn connector(flow: &str) -> String {
    format!("{flow}-source")
}
