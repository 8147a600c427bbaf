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
    /// Why this item cannot be judged although it was asked for (not authorised, not provable, over budget). It is
    /// then unknown, whatever any rule says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Item {
    pub fn new(subject: impl Into<String>, facts: Facts) -> Item {
        Item { subject: subject.into(), facts, evidence: BTreeMap::new(), unknown: None }
    }

    /// An item that could not be measured, with the reason.
    pub fn unknown(subject: impl Into<String>, why: impl Into<String>) -> Item {
        Item {
            subject: subject.into(),
            facts: Facts::new(),
            evidence: BTreeMap::new(),
            unknown: Some(why.into()),
        }
    }

    /// Adds words of evidence.
    pub fn showing(mut self, name: &str, value: impl Into<String>) -> Item {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }
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
    /// Something that was asked for was not answered, or in part, or the items could not be told: no waiver of an item
    /// mends that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
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
            incomplete: true,
        }
    }
}
