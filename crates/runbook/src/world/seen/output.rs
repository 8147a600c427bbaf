use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a command or an HTTP endpoint answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutputSeen {
    /// Exit code or HTTP status.
    pub status: i32,
    /// The top-level members of the JSON object it printed; empty when it printed none.
    pub facts: BTreeMap<String, serde_json::Value>,
    /// Why there are no facts (`not JSON: …`), else `None`.
    pub unreadable: Option<String>,
    /// First lines of standard error or of the body, masked, at most 2 KiB.
    pub excerpt: String,
}
