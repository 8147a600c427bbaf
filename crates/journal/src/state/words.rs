//! What people said in a run.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Stand, Vote};

/// A vote that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Voted {
    pub at: Option<String>,
    pub role: String,
    pub person: String,
    pub vote: Vote,
    /// Of a signed vote: the digest of what was signed.
    pub signature: Option<String>,
    pub said: Timestamp,
}

/// A `manual` step's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub by: String,
    pub facts: BTreeMap<String, serde_json::Value>,
}

/// A voice that opens a gate against its checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    pub gate: String,
    pub role: String,
    pub person: String,
    pub reason: String,
    /// How the checks stood that the gate refused for; `None`: it had refused nothing, and the voice counts nowhere.
    pub given_for: Option<BTreeMap<String, Stand>>,
}
