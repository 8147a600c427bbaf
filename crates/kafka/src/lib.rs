//! The only code that speaks to a Kafka cluster.
//!
//! Everything goes over our own connections (`docs/decisions/0007`): [`Cluster`] for metadata, groups, offsets and ACLs,
//! [`PartitionReader`] for records, [`mm2`] for what MirrorMaker 2 writes down about itself. librdkafka is only handed
//! its configuration. This crate must not know runs, journals or reports.
#![forbid(unsafe_code)]

pub mod apply;
pub mod land;
pub mod mm2;
pub mod observe;
pub mod properties;

mod cluster;
mod code;
pub mod compare;
mod error;
mod inventory;
mod lease;
mod patience;
mod reader;
mod records;
mod setting;
mod topic_partition;
mod wire;

pub use cluster::{
    Acl, AclOperation, AclPattern, AclPermission, AclResource, Acls, Broker, BrokerApis, Cluster, Commit,
    Commits, Config, ConfigOrigin, Configs, Denial, Ends, Group, GroupKind, GroupListing, Isolation, Listed,
    Member, NewCommit, OffsetSpec, Partition, Topic, TopicId, TopicState, WritingTransaction,
};
pub use code::Code;
pub use error::{ClusterError, ErrorKind};
pub use inventory::{Inventory, InventoryGroup, InventoryTopic, inventory};
pub use lease::{Lease, LeaseError};
pub use patience::Patience;
pub use reader::{LeftOut, Meter, PartitionReader, ReadBudget, ReadOptions};
pub use topic_partition::TopicPartition;
pub use wire::{ApiVersions, Traffic, VersionRange};
