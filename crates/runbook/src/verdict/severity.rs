use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may waive a finding. Severity never changes a level.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Minor,
    #[default]
    Major,
    /// Cannot be waived.
    Blocker,
}
