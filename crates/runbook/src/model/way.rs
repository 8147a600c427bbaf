use schemars::JsonSchema;
use serde::Deserialize;

use super::Id;

/// A way out, when something fails, takes too long or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Stop here, change nothing, wait for people.
    Hold,
    /// Undo what was done and end; before the commit point only.
    StandDown,
    /// Go on as if nothing had happened; waits only.
    Continue,
    /// Run this rollback plan.
    Rollback(Id),
}

impl Way {
    /// As written.
    pub fn text(&self) -> String {
        match self {
            Way::Hold => "hold".to_owned(),
            Way::StandDown => "stand-down".to_owned(),
            Way::Continue => "continue".to_owned(),
            Way::Rollback(plan) => format!("rollback: {plan}"),
        }
    }
}
