//! The two stand-alone questions, answered from two clusters: are the records the same, and where does a group go on.
//!
//! Wires [`Cluster`] to crate `parity` and returns plain data. Colours are given by whoever asks.

mod in_parallel;
mod pair;
mod positions;
mod settle;
mod topic_comparison;
mod topics;
mod whereabouts;

pub use positions::{GroupPositions, PositionOptions, positions};
pub use topic_comparison::{PartitionComparison, TopicComparison, TopicOutcome};
pub use topics::{TopicOptions, TopicProgress, compare_topics};
pub use whereabouts::{Neighbour, Whereabouts, whereabouts};
