use super::Way;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The way back, as far as checks and the report need it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rollback {
    /// Which cluster is authoritative before the switch: `source`.
    pub authority_before: Option<String>,
    pub authority_after_switch: Option<String>,
    pub triggers: Vec<Trigger>,
    /// `triggers: none` with its reason.
    pub no_triggers: Option<String>,
    /// Names of the rollback plans.
    pub plans: Vec<String>,
}

/// What starts a rollback: a check that stays bad, or a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    pub id: String,
    /// Id of the check it watches; `None` for one that people call, and for one that watches the closed source.
    pub check: Option<String>,
    /// `red`, `yellow`, `unknown`.
    pub breach: Option<String>,
    pub for_ms: Option<u64>,
    pub armed_from: Option<String>,
    pub armed_until: Option<String>,
    /// `ask` or `auto`.
    pub act: Option<String>,
    pub ask_role: Option<String>,
    /// How long the role has to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_within_ms: Option<u64>,
    /// What happens when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_is: Option<Way>,
    /// Roles that may call it.
    pub called_by: Vec<String>,
    pub plan: Option<String>,
    /// No runbook wrote it: it is there wherever somebody can be asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub built_in: bool,
    /// It watches no check, but that nothing is written on the source after it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_source: Option<ClosedSource>,
}

/// Topics of the source that nobody may write to any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedSource {
    /// The step that closed them.
    pub fence: String,
    pub topics: Vec<String>,
}
