//! The only code that speaks to a Kafka cluster.
//!
//! Metadata, groups, offsets and ACLs and records go over our own connections ([`Cluster`], [`PartitionReader`]); librdkafka is only handed its configuration.
//! It must not know runs, journals or reports.
pub mod observe;
pub mod properties;

mod cluster;
mod code;
mod error;
mod patience;
mod reader;
mod records;
mod topic_partition;
mod wire;

pub use cluster::{
    Acl, AclOperation, AclPattern, AclPermission, AclResource, Acls, Broker, BrokerApis, Cluster, Commit,
    Commits, Config, ConfigOrigin, Configs, Ends, Group, GroupKind, GroupListing, Isolation, Listed, Member,
    NewCommit, OffsetSpec, Partition, Topic, TopicId, TopicState,
};
pub use code::Code;
pub use error::{ClusterError, ErrorKind};
pub use patience::Patience;
pub use reader::{Meter, PartitionReader, ReadBudget, ReadOptions};
pub use topic_partition::TopicPartition;
pub use wire::{ApiVersions, Traffic, VersionRange};
