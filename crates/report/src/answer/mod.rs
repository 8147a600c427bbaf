//! What the commands that need no runbook answer: the JSON contract, the verdict without a runbook, and the text.

mod explained;
mod groups;
mod groups_text;
mod land;
mod status;
mod table;
mod topics;
mod verified;
mod whereabouts;

pub use explained::ExplainAnswer;
pub use groups::{GroupAnswer, GroupsAnswer};
pub use land::{LandAnswer, LandRefusal, LandState, LandedGroup, LandedPosition};
pub use status::{Stands, StatusAnswer, StepAnswer, WaitAnswer};
pub use table::Table;
pub use topics::{
    CompactedCounts, FindingAnswer, FoundRecordAnswer, OrderedCounts, PartitionAnswer, SampleAnswer,
    TopicAnswer, TopicsAnswer,
};
pub use verified::{SignatureAnswer, VerifiedAnswer};
pub use whereabouts::{RecordSeen, WhereAnswer};
