use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The topics that were asked for, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopicsSeen {
    pub topics: Vec<TopicSeen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopicSeen {
    pub topic: String,
    pub found: Found,
    /// Kafka's topic id; `None` where the cluster has none.
    pub id: Option<String>,
    /// Sorted by partition; empty unless found.
    pub partitions: Vec<PartitionSeen>,
    pub configs: BTreeMap<String, ConfigSeen>,
    /// Why configs or partitions of a topic that is there could not be read (`not authorised to describe configs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// Whether the topic is there, as far as this client may know. `Unauthorised` is never "absent".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    Present,
    Absent,
    Unauthorised,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionSeen {
    pub partition: i32,
    /// Broker id; `None`: offline.
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigSeen {
    /// `None` for sensitive values.
    pub value: Option<String>,
    /// `topic`, `broker`, `dynamic-broker`, `default`, …
    pub origin: String,
}

impl TopicsSeen {
    pub fn topic(&self, name: &str) -> Option<&TopicSeen> {
        self.topics.iter().find(|t| t.topic == name)
    }
}

impl TopicSeen {
    /// The value of a config, whatever its origin.
    pub fn config(&self, name: &str) -> Option<&str> {
        self.configs.get(name).and_then(|c| c.value.as_deref())
    }
}
