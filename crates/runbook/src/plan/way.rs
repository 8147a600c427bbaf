use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way out, when something fails, takes too long or cannot be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Stop here, change nothing, wait for people.
    #[default]
    Hold,
    /// Undo what was done and end.
    StandDown,
    /// Go on as if nothing had happened; waits only.
    Continue,
    /// Run this rollback plan.
    Rollback(String),
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Way::Hold => f.write_str("hold"),
            Way::StandDown => f.write_str("stand down"),
            Way::Continue => f.write_str("continue"),
            Way::Rollback(plan) => write!(f, "roll back by {plan}"),
        }
    }
}

impl From<&crate::model::Way> for Way {
    fn from(way: &crate::model::Way) -> Way {
        match way {
            crate::model::Way::Hold => Way::Hold,
            crate::model::Way::StandDown => Way::StandDown,
            crate::model::Way::Continue => Way::Continue,
            crate::model::Way::Rollback(plan) => Way::Rollback(plan.as_str().to_owned()),
        }
    }
}
