use super::GroupKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every group of a cluster with the topics it has commits on and those its members read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadersSeen {
    pub readers: Vec<Reader>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reader {
    pub group: String,
    pub kind: GroupKind,
    pub state: String,
    /// Topics it has commits on; sorted.
    pub topics: Vec<String>,
    /// Topics its members have partitions of now; sorted.
    #[serde(default)]
    pub assigned: Vec<String>,
    /// `None`: the cluster does not tell the members of this kind of group.
    #[serde(default)]
    pub members: Option<u64>,
    /// Why its commits could not be read; `topics` is then not the whole truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}
