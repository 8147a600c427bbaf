use runbook::world::{ConnectorSeen, ConnectorsSeen, Replicator};

use super::{Connect, Connector, MirrorRole};
use crate::{ServiceError, Until};

impl Connect {
    /// Answers `Probe::Connectors`: every connector of the cluster, with its part in the flow of `replicator`. One
    /// request, whatever their number.
    pub fn seen(&self, replicator: &Replicator, until: Until<'_>) -> Result<ConnectorsSeen, ServiceError> {
        let flow = (replicator.source_alias.as_str(), replicator.target_alias.as_str());
        let connectors = self.connectors(until)?;
        Ok(ConnectorsSeen { connectors: connectors.into_iter().map(|found| one(found, flow)).collect() })
    }
}

fn one(found: Connector, flow: (&str, &str)) -> ConnectorSeen {
    let role = found.mirror_role().filter(|_| found.mirror_flow() == flow).map(|role| match role {
        MirrorRole::Source => "source",
        MirrorRole::Checkpoint => "checkpoint",
        MirrorRole::Heartbeat => "heartbeat",
    });
    let mut seen = ConnectorSeen {
        role: role.map(str::to_owned),
        connector: found.name,
        state: String::new(),
        tasks: Default::default(),
        settings: found.config,
    };
    for state in found.states {
        match state.task {
            None => seen.state = state.state,
            Some(task) => drop(seen.tasks.insert(task, state.state)),
        }
    }
    seen
}
