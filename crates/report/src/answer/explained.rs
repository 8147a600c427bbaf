use schemars::JsonSchema;
use serde::Serialize;

/// Answer of `cutover explain CODE -o json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExplainAnswer {
    /// The code, in capitals.
    pub code: String,
    /// Its page, as Markdown.
    pub page: String,
}
