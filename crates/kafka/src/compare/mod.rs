//! The two stand-alone questions, answered from two clusters: are the records the same, and where does a group go on.
//!
//! Wires [`Cluster`] to crate `parity` and returns plain data. Colours are given by whoever asks.

mod by_key;
mod found_record;
mod groups;
mod in_order;
mod in_parallel;
mod job;
mod pair;
mod sample;
mod sampled;
mod saved_cut;
mod settle;
mod topic_comparison;
mod topic_meter;
mod topic_options;
mod topics;
mod whereabouts;

pub use found_record::FoundRecord;
pub use groups::{
    AuditOptions, FoundGroup, FoundGroups, GroupPositions, GroupSelection, PositionOptions, PositionProgress,
    Positions, group_positions, positions,
};
pub use sample::{Sample, SampleResult};
pub use saved_cut::SavedCut;
pub use topic_comparison::{
    FindingKind, PartitionComparison, PartitionCounts, TopicComparison, TopicFinding, TopicOutcome,
};
pub use topic_meter::TopicProgress;
pub use topic_options::TopicOptions;
pub use topics::compare_topics;
pub use whereabouts::{Neighbour, Whereabouts, whereabouts};
