//! What a rehearsal proved: the document `cutover rehearse` writes and the kind `rehearsal-covered` reads. Everything in it
//! was measured; times are milliseconds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::Answers;

/// The format this version writes and reads.
pub const FORMAT: &str = "cutover/rehearsal/v1";

/// The six things a rehearsal shows.
pub const ELEMENTS: [&str; 6] =
    ["steady-writes", "catch-up", "target-start", RECONCILIATION, "source-rollback", "observation"];

/// So many points a way back is rehearsed from, at the least.
pub const POINTS: usize = 2;

/// Shown only where the runbook has a check of the application's own.
pub const RECONCILIATION: &str = "reconciliation";

/// What a rehearsal proved (`rehearsal.json` in the folder of each of its runs).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsed {
    /// `cutover/rehearsal/v1`.
    pub format: String,
    /// Name of the runbook.
    pub runbook: String,
    pub environment: String,
    pub environment_digest: String,
    /// SHA-256 (hex) of each part of the environment, by its name: tells what differs where it is used.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment_parts: BTreeMap<String, String>,
    pub plan_digest: String,
    /// SHA-256 (hex) of each part of the plan, by its name: tells what differs from another plan.
    pub parts: BTreeMap<String, String>,
    /// The rollback plan that was gone.
    pub rollback_plan: String,
    /// `mirrored` or `synthetic`, as the runbook says.
    pub workload: String,
    pub answers: Answers,
    pub began: Timestamp,
    /// Its age counts from here.
    pub ended: Timestamp,
    /// In the order in which they were rehearsed.
    pub points: Vec<PointRehearsed>,
    pub faults: Vec<FaultRehearsed>,
    /// The six elements, by name.
    pub elements: BTreeMap<String, ElementRehearsed>,
    /// What became of the run each time its conductor was killed.
    pub crash_matrix: Vec<CrashRehearsed>,
}

/// One run: forward to a point, and back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointRehearsed {
    pub point: String,
    pub past_commit_point: bool,
    /// Its run; `None`: it was not begun.
    pub run: Option<String>,
    /// Hash (hex) of the last record of its journal.
    pub head: Option<String>,
    /// It went back from this very point, by itself.
    pub reached: bool,
    /// It was reached, and everything was taken back.
    pub rolled_back: bool,
    /// How it ended, in words.
    pub outcome: String,
    pub steps: Vec<StepRehearsed>,
    /// From the stop of the producers until the applications ran again: on the target, or on the source where it went back
    /// before the commit point.
    pub stall_ms: Option<u64>,
    /// Past the commit point: from going back until the applications ran on the source.
    pub stall_back_ms: Option<u64>,
    /// Records that would have come again on the target, as measured at the landing.
    pub replayed: Option<u64>,
    /// Records that were born on the target, as its ledger counts them.
    pub born_on_target: Option<u64>,
    /// From going back until the run was over.
    pub rollback_ms: Option<u64>,
    pub answers: Vec<AnswerRehearsed>,
    /// Units whose target is no copy any more.
    pub dirty: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRehearsed {
    pub step: String,
    /// `forward`, `undo`, or `back`: a step of the rollback plan.
    pub way: String,
    pub took_ms: u64,
}

/// How long people took to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerRehearsed {
    pub step: String,
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRehearsed {
    /// `kill-engine`, …
    pub fault: String,
    /// It was made, at least once.
    pub made: bool,
    /// Every run in which it was made came to its planned end.
    pub survived: bool,
    /// Where it was made; else why it was not.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElementRehearsed {
    pub covered: bool,
    /// What was measured.
    pub why: String,
}

/// A step that may change something, and the kill of its conductor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrashRehearsed {
    pub point: String,
    pub step: String,
    /// `forward`, `undo` or `back`.
    pub way: String,
    /// It began a command. Without one it had no effect, and there was nothing to kill in.
    pub effect: bool,
    /// The conductor was killed while this step was under way; otherwise it had no effect, or was too quick to be hit.
    pub killed: bool,
    /// Another process went on with the run.
    pub went_on: bool,
    /// The run came to its planned end.
    pub survived: bool,
}
