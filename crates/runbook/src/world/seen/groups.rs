use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The groups that were asked for, sorted by name; a group the cluster does not know has `kind: absent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupsSeen {
    pub groups: Vec<GroupSeen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupSeen {
    pub group: String,
    pub kind: GroupKind,
    /// Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, …; empty for an absent group.
    pub state: String,
    pub members: Vec<MemberSeen>,
    /// Commits at the first look, sorted.
    pub commits: Vec<CommitSeen>,
    /// Partitions whose commit differed between the two looks: `topic-partition` to (before, after).
    pub moved: BTreeMap<String, (Option<i64>, Option<i64>)>,
    /// Why members or commits of this group could not be read; what stands above is then not the whole truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupKind {
    Absent,
    /// The classic rebalance protocol.
    Classic,
    /// KIP-848.
    Consumer,
    Share,
    Streams,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberSeen {
    pub member_id: String,
    pub client_id: String,
    pub host: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitSeen {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// What the client wrote beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}
