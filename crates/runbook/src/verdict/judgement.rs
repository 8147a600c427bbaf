use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Facts;

use super::{Finding, Level};

/// One thing a check looked at (a topic, a partition, a group, a principal) with the facts measured about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// In Kafka's terms: `topic orders`, `group settlement, topic orders, partition 3`.
    pub subject: String,
    pub facts: Facts,
    /// Words of the evidence that a person should see beside the facts; may be empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, String>,
}

/// An item with the level the rule gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemVerdict {
    pub item: Item,
    pub level: Level,
}

/// A rule applied to evidence: the only form in which a verdict exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    pub level: Level,
    /// Why the level is what it is, in one sentence; always present for `unknown`.
    pub why: Option<String>,
    /// Sorted.
    pub findings: Vec<Finding>,
    pub items: Vec<ItemVerdict>,
    /// SHA-256 (hex) of every observation the judgement rests on, sorted.
    pub evidence: Vec<String>,
    /// The oldest of those observations.
    pub measured_at: Option<Timestamp>,
}

impl Judgement {
    /// A judgement that could not be made.
    pub fn unknown(why: impl Into<String>) -> Judgement {
        Judgement {
            level: Level::Unknown,
            why: Some(why.into()),
            findings: Vec::new(),
            items: Vec::new(),
            evidence: Vec::new(),
            measured_at: None,
        }
    }
}
