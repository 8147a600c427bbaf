use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Judgement;

/// The judgement of another check of the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgementSeen {
    pub check: String,
    pub judgement: Judgement,
    /// It speaks of what a later step brings about, so that it may have nothing to say yet.
    #[serde(default)]
    pub ahead: bool,
}
