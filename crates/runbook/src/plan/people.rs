use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Dimension;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// Path of the public key that signs; without one a vote is recorded as asserted.
    pub key: Option<String>,
    /// What stood in that file when the plan was made: kind and base64, `ssh-ed25519 AAAA…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    pub people: Vec<String>,
    pub backup: Vec<String>,
    /// The dimensions this role's acceptance turns green.
    pub accepts: Vec<Dimension>,
}

impl Role {
    /// Whether this person may speak for the role: one of its people or their backups.
    pub fn is_held_by(&self, person: &str) -> bool {
        self.people.iter().chain(&self.backup).any(|holder| holder == person)
    }
}
