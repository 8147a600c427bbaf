use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cluster and the health of all its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterSeen {
    pub cluster_id: String,
    /// Broker id of the controller as clients see it; `None`: no controller reachable.
    pub controller: Option<i32>,
    /// Sorted by id; only brokers that are alive.
    pub brokers: Vec<BrokerSeen>,
    pub topics: u32,
    pub partitions: u32,
    /// Partitions without a leader.
    pub offline: Vec<PartitionRef>,
    /// Partitions whose ISR is smaller than their replica list.
    pub under_replicated: Vec<PartitionRef>,
    /// Partitions whose ISR is smaller than their topic's `min.insync.replicas`.
    pub under_min_isr: Vec<PartitionRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokerSeen {
    pub id: i32,
    /// `host:port` as advertised.
    pub address: String,
    pub rack: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PartitionRef {
    pub topic: String,
    pub partition: i32,
}
