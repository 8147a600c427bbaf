use std::collections::BTreeMap;

use runbook::world::TaskSeen;

use super::{Connect, Connector};
use crate::{ServiceError, Until};

/// What a connector of MirrorMaker 2 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorRole {
    /// Copies records.
    Source,
    /// Translates and syncs positions of groups.
    Checkpoint,
    /// Writes heartbeats.
    Heartbeat,
}

impl Connector {
    /// Its part in MirrorMaker 2, by its class; Connect accepts the full name, the short one, and the short one without
    /// `Connector`.
    pub fn mirror_role(&self) -> Option<MirrorRole> {
        let class = self.setting("connector.class")?.trim();
        match class.rsplit('.').next()?.trim_end_matches("Connector") {
            "MirrorSource" => Some(MirrorRole::Source),
            "MirrorCheckpoint" => Some(MirrorRole::Checkpoint),
            "MirrorHeartbeat" => Some(MirrorRole::Heartbeat),
            _ => None,
        }
    }

    /// The flow it belongs to: aliases of source and target, `source` and `target` where they are not set.
    pub fn mirror_flow(&self) -> (&str, &str) {
        let alias = |key, default| self.setting(key).unwrap_or(default);
        (alias("source.cluster.alias", "source"), alias("target.cluster.alias", "target"))
    }
}

/// The connectors that make up one flow of MirrorMaker 2, and how far it has copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Sorted by name; at least one of them is a MirrorSourceConnector.
    pub connectors: Vec<Connector>,
    /// Last copied source offset by source topic and partition. Where two connectors of the flow tell one partition, the
    /// lower, since the other may copy nothing any more.
    pub copied: BTreeMap<(String, i32), i64>,
}

impl Mirror {
    /// States of the connectors and tasks, as evidence shows them.
    pub fn states(&self) -> Vec<TaskSeen> {
        self.connectors.iter().flat_map(|connector| connector.states.clone()).collect()
    }

    pub fn of_role(&self, role: MirrorRole) -> impl Iterator<Item = &Connector> {
        self.connectors.iter().filter(move |connector| connector.mirror_role() == Some(role))
    }
}

impl Connect {
    /// The flow from the cluster called `source` to the one called `target`, in MirrorMaker 2's own configuration.
    ///
    /// Error: no MirrorSourceConnector of this cluster copies that flow (the message names those that copy others), or
    /// its offsets cannot be had.
    pub fn mirror(&self, source: &str, target: &str, until: Until<'_>) -> Result<Mirror, ServiceError> {
        let mut connectors = self.connectors(until)?;
        connectors.retain(|connector| connector.mirror_role().is_some());
        let copies = |connector: &Connector| connector.mirror_role() == Some(MirrorRole::Source);
        let others: Vec<String> = connectors
            .iter()
            .filter(|connector| copies(connector))
            .map(|connector| {
                let (source, target) = connector.mirror_flow();
                format!("{} ({source} -> {target})", connector.name)
            })
            .collect();
        connectors.retain(|connector| connector.mirror_flow() == (source, target));
        let mut copied = BTreeMap::new();
        let mut any = false;
        for connector in connectors.iter().filter(|connector| copies(connector)) {
            any = true;
            for found in self.copied(&connector.name, until)? {
                // A connector whose alias was changed keeps the positions of the old one.
                if found.cluster == source {
                    let known = copied.entry((found.topic, found.partition)).or_insert(found.offset);
                    *known = found.offset.min(*known);
                }
            }
        }
        if !any {
            let others =
                if others.is_empty() { "none copies any flow".to_owned() } else { others.join(", ") };
            return Err(ServiceError::failed(format!(
                "no MirrorSourceConnector at {} copies {source} -> {target}: {others}",
                self.shown()
            ))
            .hint("check the flow in the site's `replication`, and that the address is the right Connect cluster"));
        }
        Ok(Mirror { connectors, copied })
    }
}
