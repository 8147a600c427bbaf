use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Duration, Id, StepDef, Text, Way};
use crate::syntax::{Code, List, Optional, Refusal, Required, Span, Table, quoted};
use crate::verdict::Level;

/// The way back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub authority: Required<Authority>,
    /// At least one that measures and one a person may call; `none` is typed, with `why`.
    pub triggers: Required<Triggers>,
    /// Beside `triggers: none`.
    pub why: Optional<Text>,
    pub plans: Required<Table<Id, RollbackPlan>>,
}

/// Which cluster is right.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub before: Required<AuthorityName>,
    pub after_switch: Required<AuthorityName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthorityName {
    Source,
    Target,
}

impl AuthorityName {
    pub fn word(self) -> &'static str {
        match self {
            AuthorityName::Source => "source",
            AuthorityName::Target => "target",
        }
    }
}

/// `none`, or a list.
#[derive(Clone, Debug)]
pub enum Triggers {
    None,
    Listed(List<TriggerDef>),
}

impl<'de> Deserialize<'de> for Triggers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Triggers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of triggers, or `none` with a `why` beside it")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Triggers, E> {
                match text {
                    "none" => Ok(Triggers::None),
                    other => Err(E::custom(
                        Refusal::new(
                            Code::UnknownWord,
                            format!("{} is not `none` or a list of triggers", quoted(other)),
                        )
                        .help("write a list, or none with a `why` beside it"),
                    )),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Triggers, A::Error> {
                List::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Triggers::Listed)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Triggers {
    fn schema_name() -> Cow<'static, str> {
        "Triggers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = generator.subschema_for::<Vec<TriggerDef>>();
        json_schema!({ "anyOf": [{ "const": "none" }, list] })
    }
}

/// What starts a rollback: a check that stays bad (`check`, `breach`, `for`, `armed`, `act`), or a person
/// (`called_by`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub id: Required<Id>,
    pub check: Optional<Id>,
    /// The level that is too bad.
    pub breach: Optional<Level>,
    /// How long it must stay so.
    #[serde(rename = "for")]
    pub for_: Optional<Duration>,
    pub armed: Optional<Armed>,
    pub act: Optional<Act>,
    pub ask: Optional<Ask>,
    /// Roles that may call it.
    pub called_by: Optional<List<Id>>,
    pub plan: Required<Id>,
}

/// From the start of one step to the end of another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Armed {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub from: Required<Id>,
    pub until: Required<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    Ask,
    /// Roll back without asking; after the commit point only where `target_born: none` is proved.
    Auto,
}

impl Act {
    pub fn word(self) -> &'static str {
        match self {
            Act::Ask => "ask",
            Act::Auto => "auto",
        }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub role: Required<Id>,
    pub answer_within: Required<Duration>,
    pub silence_is: Required<Way>,
}

/// A plan back: the undos in reverse are derived, only additions are written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackPlan {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub authority_after: Required<AuthorityName>,
    pub target_progress: Optional<TargetProgress>,
    pub observe: Optional<Observe>,
    /// Steps beside the derived undos, run after them.
    pub steps: Optional<List<StepDef>>,
}

/// What becomes of work done on the target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetProgress {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Progress inside mirrored records.
    pub mirrored: Required<Mirrored>,
    /// Records the source never had.
    pub target_born: Required<TargetBorn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mirrored {
    TranslateBack,
    RecoveryPoint,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetBorn {
    /// There are none, and that is proved.
    None,
    Carried,
    Replayed,
    /// With the owner's signature.
    Discarded,
    /// A check that reconciles them.
    Reconcile(Id),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observe {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    #[serde(rename = "for")]
    pub for_: Required<Duration>,
    pub checks: Optional<List<Id>>,
}
