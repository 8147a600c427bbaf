use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rehearsal::Rehearsed;

/// What the file holds that `cutover rehearse` wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalSeen {
    /// `None`: it could not be read as a rehearsal.
    pub rehearsed: Option<Box<Rehearsed>>,
    /// Why there is none (`it is not JSON: …`), else `None`.
    pub unreadable: Option<String>,
}
