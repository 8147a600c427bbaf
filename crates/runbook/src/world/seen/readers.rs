use super::GroupKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every group of a cluster with the topics it has commits on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadersSeen {
    pub readers: Vec<Reader>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reader {
    pub group: String,
    pub kind: GroupKind,
    pub state: String,
    /// Sorted.
    pub topics: Vec<String>,
}
