use schemars::JsonSchema;
use serde::Deserialize;

use super::{Duration, ExpressionText, Id, Rate, Raw, Size, Text};
use crate::syntax::{List, Optional, Required, Span, Table};
use crate::verdict::{Dimension, Proof, Severity};
use crate::world::Side;

/// Checks by id.
pub type CheckTable = Table<Id, CheckDef>;

/// A check: what to measure, how to judge it, where it counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// The kind; the check's own name when that is a kind.
    #[serde(rename = "use")]
    pub kind: Optional<Id>,
    /// Only exec, http, promql, datadog and review state their own.
    pub dimension: Optional<Dimension>,
    pub proof: Optional<Proof>,
    /// Who may waive a finding; never changes a level.
    pub severity: Optional<Severity>,
    pub on: Optional<Side>,
    /// Parameters of the kind.
    pub with: Optional<Raw>,
    /// One check per item: `id[item]`.
    pub for_each: Optional<List<Text>>,
    /// Replaces the kind's own rule: true is green.
    pub green: Optional<ExpressionText>,
    /// Beside `green`: what is not green but true here is yellow.
    pub yellow: Optional<ExpressionText>,
    /// What the check is when the measured system answers with no data.
    pub no_data: Optional<NoData>,
    /// A bad result counts only if it persists.
    pub settle: Optional<Settle>,
    pub sample: Optional<Sample>,
    /// What measuring may cost; running out is unknown.
    pub budget: Optional<Budget>,
    /// Older evidence is unknown.
    pub max_age: Optional<Duration>,
    /// A step or a kind of step; before it the check counts nowhere.
    pub due: Optional<Id>,
    /// What a signal covers.
    pub covers: Optional<List<Covers>>,
    /// Answered from a rehearsal's evidence.
    pub from_rehearsal: Optional<bool>,
    /// A role.
    pub owner: Optional<Id>,
    pub title: Optional<Text>,
    pub help: Optional<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoData {
    Unknown,
    Red,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Covers {
    Source,
    Target,
    Replication,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// `replication_lag` or a duration.
    pub wait_out: Optional<Text>,
    /// How often a bad result is measured again before it counts.
    pub recheck: Required<u32>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub mode: Required<SampleMode>,
    /// Probes; with `mode: all` none.
    pub size: Optional<u64>,
    pub seed: Optional<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SampleMode {
    All,
    Random,
    Boundary,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub time: Optional<Duration>,
    pub read: Optional<Size>,
    pub rate: Optional<Rate>,
}
