use schemars::JsonSchema;
use serde::Deserialize;

use super::{ExpressionText, Id, Opaque};
use crate::syntax::{List, Optional, Span};
use crate::verdict::Level;
use crate::world::Side;

/// Something that can be observed and is true for every subject: `{check: C, at_least: L}` or
/// `{probe: P, on: SIDE, of: [names], until: EXPR}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// A check of the runbook.
    pub check: Optional<Id>,
    /// The level the check must have at least; green when not written.
    pub at_least: Optional<Level>,
    /// What to look at: `ends`, `groups`, `lag`, `replication`, `topics`.
    pub probe: Optional<Id>,
    pub on: Optional<Side>,
    /// Names of the topics or groups; the unit's when not written.
    pub of: Optional<List<Opaque>>,
    /// Boolean expression over the probe's facts.
    pub until: Optional<ExpressionText>,
}
