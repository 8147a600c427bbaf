use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::Place;

/// Where positions of one side are on the other, in the order they were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TwinsSeen {
    pub twins: Vec<Twin>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Twin {
    pub place: Place,
    /// The offset on the side that was asked for, unless said otherwise the target, that continues at the same record; an
    /// earliest safe candidate where it is not proved.
    pub target: Option<i64>,
    /// One place only, and nothing before the position comes again after it.
    pub proved: bool,
    /// Why it is not proved; `None` only where it is.
    pub why: Option<String>,
}
