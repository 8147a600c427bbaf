use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Way;

/// The time from the start of one step to the end of another, and what happens when it is used up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpanBudget {
    pub name: String,
    pub from: String,
    pub to: String,
    pub warn_ms: Option<u64>,
    pub max_ms: u64,
    pub before_commit_point: Way,
    /// `ask` or `hold`.
    pub after: String,
}
