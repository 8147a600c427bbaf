//! The documents as written. Every value keeps its place; what was wrong is absent, and recorded.
//!
//! Nothing here is resolved: names are names, templates are filled in before. [`crate::lint`] finds what does not fit
//! together, [`crate::plan`] makes the plan of what does.

mod amounts;
mod check;
mod condition;
mod gate;
mod library;
mod raw;
mod rollback;
mod runbook;
mod site;
mod slice;
mod step;
mod step_with;
pub mod text;
mod unit;
mod way;

pub use amounts::{Duration, Moment, Rate, Size};
pub use check::{Budget, CheckDef, CheckTable, Covers, NoData, Sample, SampleMode, Settle};
pub use condition::Condition;
pub use gate::{All, Decide, Guard, Hold, Need, NoGo, Poll, Require};
pub use library::Library;
pub use raw::Raw;
pub use rollback::{
    Act, Armed, Ask, Authority, AuthorityName, Mirrored, Observe, RollbackDef, RollbackPlan, TargetBorn,
    TargetProgress, TriggerDef, Triggers,
};
pub use runbook::{
    AfterCommitPoint, ApiVersion, BudgetDef, Coordination, Fault, Freeze, Metadata, OnExceed, OutOfScopeDef,
    Parameter, ParameterType, Rehearsal, Report, RunbookDoc, RunbookKind, WaiverDef, WindowDef, Workload,
    WorkloadKind,
};
pub use site::{
    AppCall, Apps, ClusterDef, Clusters, Environment, PersonDef, Policy, Replication, RoleDef, Secret,
    SecretRef, SiteDoc, SiteKind, Tool, TopicNames, Via,
};
pub use slice::{Adjust, Shape, SliceDoc, SliceKind, SliceWindow, Stall};
pub use step::{Checks, Effect, RunIn, StepDef, Timeout, Undo, UndoCommand};
pub use step_with::{
    Affects, Backstop, BornWord, CapturePositions, CommitOffsets, CommitOffsetsBack, ExecWith, Fence,
    FenceBy, HttpWith, Ledger, ManualWith, Names, NotifyWith, PauseGroupSync, PauseReplication, Retire,
    StartStop, SyncAcls, TopicConfig,
};
pub use text::{ClusterId, ExpressionText, FilePath, GroupName, Id, Opaque, Principal, Text, TopicName, Url};
pub use unit::{
    Amount, Commits, GroupDef, IsolationWord, Marker, OnRefusal, ProducerDef, RecoveryDef, ReplayPolicy,
    Reset, StaysBehindDef, TargetBornDef, ToleratesDef, TruthDef, UnitDef,
};
pub use way::Way;
