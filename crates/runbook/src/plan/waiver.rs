use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A finding that somebody asked to live with for a while, and another person allowed. It is still measured and shown,
/// and caps the check at yellow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// `W-31`.
    pub id: String,
    /// Id of the check.
    pub check: String,
    /// The item, by its whole subject or by the name in it; `None`: every item of the check.
    pub item: Option<String>,
    pub requested_by: String,
    /// Another person.
    pub approved_by: String,
    pub reason: String,
    pub effective: Timestamp,
    pub expires: Timestamp,
}
