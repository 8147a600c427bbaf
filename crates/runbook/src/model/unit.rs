use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::Written;
use super::{
    AuthorityName, Duration, ExpressionText, FilePath, GroupName, Id, Principal, Text, TopicName, Url,
};
use crate::syntax::{Code, List, Optional, Refusal, Required, Span, Table};

/// What moves together, and who answers for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// A role.
    pub owner: Optional<Id>,
    pub topics: Required<List<TopicName>>,
    pub retry: Optional<List<TopicName>>,
    pub dead_letter: Optional<List<TopicName>>,
    pub groups: Optional<Table<GroupName, GroupDef>>,
    pub producers: Optional<Table<Id, ProducerDef>>,
    /// Principals whose rights must be the same on the target, beside the producers'.
    pub principals: Optional<List<Principal>>,
    /// Readers that stay on the source, each accepted by somebody.
    pub stays_behind: Optional<List<StaysBehindDef>>,
    pub connectors: Optional<List<Id>>,
    /// Application id of a Kafka Streams application.
    pub streams_application: Optional<GroupName>,
    /// Subjects of the schema registry.
    pub schemas: Optional<List<Text>>,
    /// Positions kept outside Kafka.
    pub external_positions: Optional<Table<Id, Marker>>,
    pub tolerates: Optional<ToleratesDef>,
    /// Expression over a record that names its business object.
    pub business_key: Optional<ExpressionText>,
    pub recovery: Optional<RecoveryDef>,
    /// Records of the target that an earlier run left there and the source never had: they are no part of the copy.
    pub target_born: Optional<List<TargetBornDef>>,
}

/// A consumer group; what is set here wins over the unit's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// The application on the target, as the site's `apps` know it.
    pub app: Optional<Text>,
    pub source_app: Optional<Text>,
    pub replicas: Optional<u32>,
    pub isolation: Optional<IsolationWord>,
    /// The consumers' `auto.offset.reset`.
    pub reset: Optional<Reset>,
    /// The consumers' `session.timeout.ms`; static members stay in the group that long after they stop.
    pub session_timeout: Optional<Duration>,
    pub commits: Optional<Commits>,
    /// Where the group's position is kept.
    pub truth: Optional<TruthDef>,
    pub tolerates: Optional<ToleratesDef>,
    pub business_key: Optional<ExpressionText>,
    pub recovery: Optional<RecoveryDef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IsolationWord {
    ReadCommitted,
    ReadUncommitted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    Earliest,
    Latest,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Commits {
    /// The application commits after it has finished.
    Manual,
    /// The client commits on a timer.
    Auto,
    /// With the output, in one transaction.
    Transactional,
    /// Outside Kafka.
    External,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TruthDef {
    /// The group's committed offsets.
    Committed,
    /// The replicator's checkpoints.
    Checkpoint,
    /// A moment, with a replay policy and a deduplication horizon.
    Timestamp(TimestampTruth),
    /// A marker of the application's own.
    Marker(Marker),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimestampTruth {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// What becomes of records that come again.
    pub policy: Required<ReplayPolicy>,
    /// How far back the application recognises what it has seen.
    pub horizon: Required<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayPolicy {
    Deduplicate,
    Idempotent,
    Accept,
}

/// Gives topic, partition and offset; exactly one of `exec`, `http`, `file`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub exec: Optional<List<Text>>,
    pub http: Optional<Url>,
    pub file: Optional<FilePath>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToleratesDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Records per partition, event time (`30s`) or business keys (`{ keys: 5 }`) that may come again.
    pub replayed: Optional<Amount>,
    /// The same for records that never come.
    pub skipped: Optional<Amount>,
    /// How far a group may be behind, in event time.
    pub lag: Optional<Duration>,
    /// The same in records, per partition.
    pub lag_records: Optional<u64>,
    /// How long the application may stand still.
    pub stall: Optional<Duration>,
}

/// A number of records, a span of event time, or a number of business keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Records(u64),
    EventTime(Duration),
    Keys(u64),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of records, a duration of event time, or { keys: N }")
            }

            fn visit_u64<E: serde::de::Error>(self, records: u64) -> Result<Amount, E> {
                Ok(Amount::Records(records))
            }

            fn visit_i64<E: serde::de::Error>(self, records: i64) -> Result<Amount, E> {
                Err(E::custom(
                    Refusal::new(Code::BadValue, format!("{records} is below zero"))
                        .help("0 tolerates nothing"),
                ))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                Duration::parse(text).map(Amount::EventTime).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Amount, A::Error> {
                let wrong = || {
                    serde::de::Error::custom(
                        Refusal::new(Code::BadValue, "expected { keys: N }")
                            .help("business keys are counted with `keys`"),
                    )
                };
                let mut keys = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "keys" {
                        return Err(wrong());
                    }
                    keys = Some(map.next_value::<u64>()?);
                }
                keys.map(Amount::Keys).ok_or_else(wrong)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": Duration::PATTERN },
            { "type": "object", "properties": { "keys": { "type": "integer", "minimum": 0 } }, "required": ["keys"], "additionalProperties": false }
        ] })
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProducerDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub app: Optional<Text>,
    pub source_app: Optional<Text>,
    pub replicas: Optional<u32>,
    pub principal: Optional<Principal>,
    /// What the application does when a write is refused.
    pub on_refusal: Optional<OnRefusal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnRefusal {
    Buffers,
    Retries,
    Fails,
}

/// A span of one partition of the target that holds only records born there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBornDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub topic: Required<TopicName>,
    pub partition: Required<u32>,
    /// Target offset of the first of them.
    pub from: Required<u64>,
    /// Behind the last of them.
    pub to: Required<u64>,
}

/// A reader that stays on the source, `group` or `principal`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaysBehindDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub group: Required<GroupName>,
    /// A wave, a date, an event: in words.
    pub until: Required<Text>,
    /// A person.
    pub accepted_by: Required<Id>,
    pub why: Optional<Text>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub switch_back_within: Optional<Duration>,
    /// Which cluster is right after a rollback.
    pub authority_after: Optional<AuthorityName>,
}
