use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two clusters, as the environment names it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterRef {
    /// Path of a client `.properties` file, or `host:port`.
    pub properties: String,
    /// The observed cluster id must equal this, or nothing runs.
    pub cluster_id: Option<String>,
    /// Bytes per second that validation may read.
    pub read_budget: Option<u64>,
}
