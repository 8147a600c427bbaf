use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every connector of a Connect cluster, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorsSeen {
    pub connectors: Vec<ConnectorSeen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorSeen {
    pub connector: String,
    /// Its part in the flow that was asked for: `source` (copies records), `checkpoint` (syncs groups), `heartbeat`;
    /// `None`: it has no part in it.
    pub role: Option<String>,
    /// Connect's word: `RUNNING`, `PAUSED`, `STOPPED`, `FAILED`, `UNASSIGNED`.
    pub state: String,
    /// The states of its tasks, by number.
    pub tasks: BTreeMap<i32, String>,
    /// Its settings, secrets masked.
    pub settings: BTreeMap<String, String>,
}
