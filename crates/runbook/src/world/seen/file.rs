use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file beside the runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSeen {
    pub path: String,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
    pub modified: Option<Timestamp>,
}
