use crate::world::Reason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a real client could do, step by step, on scratch objects of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSeen {
    /// `librdkafka 2.12.1`.
    pub client: String,
    pub steps: Vec<ClientStep>,
    /// Scratch objects that could not be removed.
    pub left_behind: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientStep {
    /// `create-topic`, `produce`, `produce-idempotent`, `consume`, `commit`, `read-commit`, `transaction-commit`,
    /// `transaction-abort`, `describe-configs`, `delete-group`, `delete-topic`.
    pub step: String,
    pub ok: bool,
    /// The error, where it is not.
    pub error: Option<String>,
    /// What sort of error. A refusal of rights or a lost connection says nothing about what the cluster can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub took_ms: u64,
}
