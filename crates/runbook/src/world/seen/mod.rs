//! The shapes of evidence, one file per probe.

mod acls;
mod apis;
mod born;
mod client;
mod cluster;
mod connectors;
mod content;
mod drained;
mod ends;
mod file;
mod groups;
mod judgement;
mod lag;
mod output;
mod plan;
mod positions;
mod readers;
mod rehearsal;
mod replication;
mod rest;
mod resume;
mod retention;
mod topics;
mod twins;

pub use acls::{AclBinding, AclsSeen, Operation, PatternType, Permission, ResourceType};
pub use apis::{ApiRange, ApisSeen, BrokerApis};
pub use born::{BornSeen, PartitionBorn};
pub use client::{ClientSeen, ClientStep};
pub use cluster::{BrokerSeen, ClusterSeen, PartitionRef};
pub use connectors::{ConnectorSeen, ConnectorsSeen};
pub use content::{
    ContentCounts, ContentFinding, ContentSeen, KeyCounts, PartitionContent, RecordCounts, SampleSeen,
};
pub use drained::{DrainedSeen, LastCopied, PartitionDrained};
pub use ends::{EndsSeen, PartitionEnds};
pub use file::FileSeen;
pub use groups::{CommitSeen, GroupKind, GroupSeen, GroupsSeen, MemberSeen};
pub use judgement::JudgementSeen;
pub use lag::{LagSeen, LagsSeen, PartitionLag};
pub use output::OutputSeen;
pub use plan::PlanSeen;
pub use positions::{
    Outcome, PartitionPosition, PositionProof, PositionsSeen, Published, PublishedCheckpoint, RecordSum,
    ResetEffect, UntranslatedCause,
};
pub use readers::{Reader, ReadersSeen};
pub use rehearsal::{JournalsSeen, RehearsalSeen};
pub use replication::{PartitionProgress, ReplicationSeen, TaskSeen};
pub use rest::{OpenTransaction, PartitionRest, RestSeen};
pub use resume::{PartitionResume, RecordSeen, ResumeSeen};
pub use retention::{PartitionRetention, RetentionSeen};
pub use topics::{ConfigSeen, Found, PartitionSeen, TopicSeen, TopicsSeen};
pub use twins::{Twin, TwinsSeen};
