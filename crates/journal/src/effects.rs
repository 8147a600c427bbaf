use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of the commands of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effects {
    /// They are applied.
    #[default]
    Apply,
    /// They are shown; a person applies them, and looking tells whether they worked.
    Print,
    /// They are shown, and the steps count as done: what would happen is walked through.
    Dry,
}

impl Effects {
    pub fn are_applied(&self) -> bool {
        *self == Effects::Apply
    }
}
