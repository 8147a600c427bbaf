use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::Side;

/// Where two conductors on two machines find each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lease {
    pub cluster: Side,
    pub topic: String,
}
