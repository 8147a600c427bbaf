//! A migration unit, resolved: every name expanded, every parameter put in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::{Begins, BornSpan, Isolation};

/// What moves together, and who answers for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    pub name: String,
    /// A role of the plan.
    pub owner: String,
    pub topics: Vec<String>,
    pub retry: Vec<String>,
    pub dead_letter: Vec<String>,
    pub groups: BTreeMap<String, Group>,
    pub producers: BTreeMap<String, Producer>,
    /// `User:…`; together with the producers' principals, all whose rights must be the same on the target.
    pub principals: Vec<String>,
    pub stays_behind: Vec<StaysBehind>,
    /// Positions that are kept outside Kafka, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub external_positions: BTreeMap<String, PositionSource>,
    pub tolerates: Tolerances,
    pub business_key: Option<String>,
    pub recovery: Option<Recovery>,
    /// Spans of the target that are no part of the copy, sorted; none overlaps or touches another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_born: Vec<BornSpan>,
}

/// A consumer group of a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Application on the target, as the site's `apps` know it.
    pub app: Option<String>,
    pub source_app: Option<String>,
    pub replicas: Option<u32>,
    pub isolation: Isolation,
    /// The consumers' `auto.offset.reset`: `earliest`, `latest`, `none`.
    pub reset: Option<String>,
    pub session_timeout_ms: Option<u64>,
    /// `manual`, `auto`, …
    pub commits: Option<String>,
    pub truth: Truth,
    /// The unit's, replaced by the group's own where it has any.
    pub tolerates: Tolerances,
    pub business_key: Option<String>,
    /// For how long the application recognises and removes what it has processed; `None`: it declares none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_ms: Option<u64>,
}

impl Group {
    /// Where it begins without a commit; `None`: it stops there, or nobody says it.
    pub fn begins(&self) -> Option<Begins> {
        match self.reset.as_deref() {
            Some("earliest") => Some(Begins::Earliest),
            Some("latest") => Some(Begins::Latest),
            _ => None,
        }
    }
}

/// Where a group's position is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    #[default]
    Committed,
    Checkpoint,
    Timestamp,
    Marker,
}

/// Declared tolerances; `None` means the default: nothing is tolerated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tolerances {
    /// Records replayed per partition.
    pub replayed: Option<i64>,
    /// Records skipped per partition.
    pub skipped: Option<i64>,
    /// Event-time lag of a group.
    pub lag_ms: Option<i64>,
    /// Records of lag.
    pub lag_records: Option<i64>,
    /// How long the application may stand still.
    pub stall_ms: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Producer {
    pub app: Option<String>,
    pub source_app: Option<String>,
    pub replicas: Option<u32>,
    pub principal: Option<String>,
    /// `buffers`, `retries`, `fails`.
    pub on_refusal: Option<String>,
}

/// A reader that stays on the source, and who accepted it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaysBehind {
    pub group: String,
    pub until: Option<String>,
    pub accepted_by: Option<String>,
}

/// Who tells a position that is kept outside Kafka: one JSON object with `topic`, `partition` and `offset`, the next
/// record to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PositionSource {
    /// A command and its arguments.
    Exec(Vec<String>),
    /// An address that is asked with GET.
    Http(String),
    /// A file beside the runbook.
    File(String),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    pub switch_back_within_ms: Option<u64>,
    /// `source` or `target`.
    pub authority_after: Option<String>,
}

impl Unit {
    /// Every topic of the unit, retry and dead-letter topics included; sorted, each once.
    pub fn all_topics(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.topics.iter().chain(&self.retry).chain(&self.dead_letter).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// The declared spans that lie on these topics.
    pub fn born_on<S: AsRef<str>>(&self, topics: &[S]) -> Vec<BornSpan> {
        let is_on = |span: &&BornSpan| topics.iter().any(|topic| topic.as_ref() == span.topic);
        self.target_born.iter().filter(is_on).cloned().collect()
    }

    /// What the unit's consumers see: committed records only, unless every group of it is declared to read all.
    pub fn isolation(&self) -> Isolation {
        let all = |isolation| self.groups.values().all(|group| group.isolation == isolation);
        if !self.groups.is_empty() && all(Isolation::ReadUncommitted) {
            Isolation::ReadUncommitted
        } else {
            Isolation::ReadCommitted
        }
    }

    /// Every principal of the unit, the producers' included; sorted, each once.
    pub fn all_principals(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .principals
            .iter()
            .cloned()
            .chain(self.producers.values().filter_map(|producer| producer.principal.clone()))
            .collect();
        all.sort();
        all.dedup();
        all
    }
}
