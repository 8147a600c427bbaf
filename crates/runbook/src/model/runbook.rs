use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{
    CheckTable, Duration, FilePath, Id, Moment, Raw, RoleDef, RollbackDef, Secret, StepDef, Text, UnitDef,
    Way,
};
use crate::syntax::{List, Optional, Required, Span, Table};
use crate::world::Side;

/// The explicit form: everything the engine executes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunbookDoc {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    #[serde(rename = "apiVersion")]
    pub api_version: Required<ApiVersion>,
    pub kind: Required<RunbookKind>,
    /// The site's file.
    pub site: Required<FilePath>,
    pub metadata: Required<Metadata>,
    /// Library files; their checks join the runbook's own.
    pub include: Optional<List<FilePath>>,
    pub parameters: Optional<Table<Id, Parameter>>,
    /// Roles beside the site's.
    pub roles: Optional<Table<Id, RoleDef>>,
    /// References to secrets beside the site's.
    pub secrets: Optional<Table<Id, Secret>>,
    pub window: Optional<WindowDef>,
    pub freeze: Optional<Freeze>,
    /// Promises, each watched where it can be.
    pub out_of_scope: Optional<List<OutOfScopeDef>>,
    pub units: Required<Table<Id, UnitDef>>,
    pub checks: Optional<CheckTable>,
    pub waivers: Optional<List<WaiverDef>>,
    pub steps: Optional<List<StepDef>>,
    pub budgets: Optional<List<BudgetDef>>,
    pub rollback: Optional<RollbackDef>,
    pub rehearsal: Optional<Rehearsal>,
    pub report: Optional<Report>,
    pub coordination: Optional<Coordination>,
}

/// `cutover/v1`
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
pub enum ApiVersion {
    #[schemars(rename = "cutover/v1")]
    V1,
}

impl<'de> Deserialize<'de> for ApiVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl serde::de::Visitor<'_> for Read {
            type Value = ApiVersion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cutover/v1")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ApiVersion, E> {
                // Anything else is drawn before a document is decoded.
                if text == "cutover/v1" {
                    Ok(ApiVersion::V1)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
                }
            }
        }

        deserializer.deserialize_str(Read)
    }
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum RunbookKind {
    Runbook,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub name: Required<Id>,
    pub title: Optional<Text>,
    /// Change record.
    pub change: Optional<Text>,
    pub revision: Optional<u32>,
}

/// A value the runbook uses as `{{ name }}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    #[serde(rename = "type")]
    pub kind: Required<ParameterType>,
    /// Without it `--set` or the environment must give one.
    pub default: Optional<Raw>,
    pub min: Optional<Raw>,
    pub max: Optional<Raw>,
    /// The only values allowed.
    pub one_of: Optional<List<Raw>>,
    pub unit: Optional<Text>,
    pub why: Required<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    Integer,
    Number,
    Boolean,
    Text,
    Duration,
    Size,
}

impl ParameterType {
    pub fn word(self) -> &'static str {
        match self {
            ParameterType::Integer => "integer",
            ParameterType::Number => "number",
            ParameterType::Boolean => "boolean",
            ParameterType::Text => "text",
            ParameterType::Duration => "duration",
            ParameterType::Size => "size",
        }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub opens: Required<Moment>,
    pub closes: Required<Moment>,
    /// Time of the window kept free for the way back.
    pub keep_for_rollback: Optional<Duration>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub from: Required<Moment>,
    /// What may not change: `topic.partitions`, `topic.configs`, `group.protocol`, `acls`, `schemas`, …
    pub watch: Required<List<Id>>,
    pub on_drift: Required<Way>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutOfScopeDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub what: Required<Text>,
    pub watch: Optional<Id>,
}

/// A finding that two people accept for a time; still measured and shown, yellow at best.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub id: Required<Id>,
    pub check: Required<Id>,
    /// The subject; all of the check's when not written.
    pub item: Optional<Text>,
    pub requested_by: Required<Id>,
    /// Another person.
    pub approved_by: Required<Id>,
    pub reason: Required<Text>,
    pub effective: Required<Moment>,
    pub expires: Required<Moment>,
}

/// A span of steps that may not take longer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub name: Required<Id>,
    pub from: Required<Id>,
    pub to: Required<Id>,
    pub warn: Optional<Duration>,
    pub max: Required<Duration>,
    pub on_exceed: Required<OnExceed>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnExceed {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub before_commit_point: Required<Way>,
    pub after: Required<AfterCommitPoint>,
}

/// After the commit point a budget never rolls back by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AfterCommitPoint {
    Ask,
    Hold,
    /// Refused by lint, with the reason.
    #[schemars(skip)]
    Rollback(Id),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// An environment of the site, or `lab`.
    pub environment: Required<Id>,
    pub workload: Required<Workload>,
    /// Steps after which a rollback is rehearsed: each in a run of its own. At the commit point the run goes back instead
    /// of opening it; only one point may lie behind it, since the target is no copy afterwards.
    pub rollback_from: Required<List<Id>>,
    pub faults: Optional<List<Fault>>,
    pub valid_for: Required<Duration>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub kind: Required<WorkloadKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkloadKind {
    Mirrored,
    /// Caps the evidence at yellow.
    Synthetic,
}

impl WorkloadKind {
    pub fn word(self) -> &'static str {
        match self {
            WorkloadKind::Mirrored => "mirrored",
            WorkloadKind::Synthetic => "synthetic",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    KillReplicator,
    KillEngine,
    RestartBroker,
    RogueProducer,
    HungTransaction,
    CutSource,
    CutTarget,
}

impl Fault {
    pub fn word(self) -> &'static str {
        match self {
            Fault::KillReplicator => "kill-replicator",
            Fault::KillEngine => "kill-engine",
            Fault::RestartBroker => "restart-broker",
            Fault::RogueProducer => "rogue-producer",
            Fault::HungTransaction => "hung-transaction",
            Fault::CutSource => "cut-source",
            Fault::CutTarget => "cut-target",
        }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Roles.
    pub signers: Required<List<Id>>,
}

/// Where two conductors on two machines find each other.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coordination {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub cluster: Required<Side>,
    pub topic: Required<super::TopicName>,
}
