use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlannedStep;

/// A rollback plan, compiled. The undos in reverse follow from what a run has done; here stands what is done beside them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackPlan {
    /// Which cluster is authoritative afterwards: `source`.
    pub authority_after: Option<String>,
    /// What becomes of progress in records that were born on the target: `none`, `carried`, `replayed`, `discarded`,
    /// `reconcile`; `None`: the plan does not say. Then the ledger has to prove that there are none, and the run does not
    /// go back by itself.
    pub target_born: Option<String>,
    /// Past the commit point: after the target's applications are stopped, and before anything of the source is opened
    /// again. In order.
    pub between: Vec<PlannedStep>,
    /// What the plan adds, after all undos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<PlannedStep>,
    /// Past the commit point, last: whether the source works again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observation: Vec<PlannedStep>,
}

impl BackPlan {
    /// Whether the unit's owner decides over what was counted on the target. Else there is none, or it stays there and comes
    /// again; nobody is asked but where it could not be counted.
    pub fn leaves_it_to_the_owner(&self) -> bool {
        matches!(self.target_born.as_deref(), Some("carried" | "discarded" | "reconcile"))
    }

    /// All of them, in the order in which they are taken.
    pub fn steps(&self) -> impl Iterator<Item = &PlannedStep> {
        self.between.iter().chain(&self.additions).chain(&self.observation)
    }
}
