use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Condition, Decide, Duration, ExpressionText, Hold, Id, Poll, Raw, Require, Text, Way};
use crate::syntax::{Code, List, Optional, Refusal, Required, Span, Spanned, quoted};
use crate::world::Side;

/// A step: the common keys, and what its kind (`do`) needs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub id: Required<Id>,
    pub title: Optional<Text>,
    /// The kind.
    #[serde(rename = "do")]
    pub kind: Required<Id>,
    pub on: Optional<Side>,
    /// The only unit, when there is one.
    pub unit: Optional<Id>,
    /// The step before when not written; `[]` runs in parallel.
    pub needs: Optional<List<Id>>,
    /// Boolean expression over the parameters; false skips the step.
    pub when: Optional<ExpressionText>,
    pub run_in: Optional<RunIn>,
    /// A role.
    pub owner: Optional<Id>,
    /// How long it is expected to take.
    pub est: Optional<Duration>,
    pub timeout: Optional<Timeout>,
    pub retry: Optional<Retry>,
    pub effect: Optional<Effect>,
    /// What an independent look must show before the step is done.
    pub confirm: Optional<Condition>,
    pub undo: Optional<Undo>,
    /// Beside `undo: none`.
    pub why: Optional<Text>,
    pub on_fail: Optional<Way>,
    pub on_timeout: Optional<Way>,
    pub on_unknown: Optional<Way>,
    /// Parameters of the kind.
    pub with: Optional<Raw>,
    /// One step per item: `id[item]`.
    pub for_each: Optional<List<Text>>,
    /// check, watch: the checks to run; all when not written (watch), past the commit point without those that hold the target against the source as its copy.
    pub checks: Optional<Checks>,
    /// check: `since-baseline` judges only what came after it.
    pub scope: Optional<Id>,
    /// gate
    pub require: Optional<Require>,
    /// gate: older evidence is measured again.
    pub fresh: Optional<Duration>,
    /// gate
    pub hold: Optional<Hold>,
    /// gate
    pub poll: Optional<Poll>,
    /// gate
    pub decide: Optional<Decide>,
    /// gate: the last place from which everything can be undone.
    pub commit_point: Optional<bool>,
    /// wait
    pub until: Optional<Condition>,
    /// wait
    pub every: Optional<Duration>,
    /// watch
    #[serde(rename = "for")]
    pub for_: Optional<Duration>,
    /// undo: the step to undo.
    pub of: Optional<Id>,
    /// sign-off
    pub roles: Optional<List<Id>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunIn {
    Rehearsal,
    Production,
    Both,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeout {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Of one attempt.
    pub attempt: Optional<Duration>,
    /// Of the step.
    pub total: Optional<Duration>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub max: Required<u32>,
    pub backoff: Optional<Duration>,
}

/// What a step does to the world, and how often it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    None,
    Idempotent,
    Guarded,
    /// Never repeated.
    Once,
}

impl Effect {
    pub fn word(self) -> &'static str {
        match self {
            Effect::None => "none",
            Effect::Idempotent => "idempotent",
            Effect::Guarded => "guarded",
            Effect::Once => "once",
        }
    }
}

/// `all`, or a list of checks.
#[derive(Clone, Debug)]
pub enum Checks {
    All,
    Named(List<Id>),
}

impl<'de> Deserialize<'de> for Checks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Checks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a list of checks")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Checks, E> {
                match text {
                    "all" => Ok(Checks::All),
                    other => Err(E::custom(
                        Refusal::new(
                            Code::UnknownWord,
                            format!("{} is not `all` or a list of checks", quoted(other)),
                        )
                        .help(format!("write all, or [{}]", crate::syntax::shortened(other))),
                    )),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Checks, A::Error> {
                List::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Checks::Named)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Checks {
    fn schema_name() -> Cow<'static, str> {
        "Checks".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = generator.subschema_for::<Vec<Id>>();
        json_schema!({ "anyOf": [{ "const": "all" }, list] })
    }
}

/// `none`, or the command that undoes the step.
#[derive(Clone, Debug)]
pub enum Undo {
    None,
    Command(Box<UndoCommand>),
}

/// A command of the author's own that undoes a step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoCommand {
    #[serde(rename = "do")]
    pub kind: Spanned<Id>,
    #[serde(default)]
    pub on: Option<Side>,
    pub with: Spanned<Raw>,
    pub confirm: Option<Spanned<ConfirmUndo>>,
}

/// What shows that the undo worked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmUndo {
    pub check: Option<Spanned<Id>>,
    pub probe: Option<Spanned<Id>>,
    pub on: Option<Side>,
    pub of: Option<Vec<String>>,
    pub until: Option<Spanned<ExpressionText>>,
}

impl<'de> Deserialize<'de> for Undo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Undo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`none` or a command { do: exec, with: … }")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Undo, E> {
                match text {
                    "none" => Ok(Undo::None),
                    other => Err(E::custom(
                        Refusal::new(
                            Code::UnknownWord,
                            format!("{} is not `none` or a command", quoted(other)),
                        )
                        .help("write none with a `why`, or { do: exec, with: { argv: […] } }"),
                    )),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Undo, A::Error> {
                UndoCommand::deserialize(MapAccessDeserializer::new(map))
                    .map(|command| Undo::Command(Box::new(command)))
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Undo {
    fn schema_name() -> Cow<'static, str> {
        "Undo".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let command = generator.subschema_for::<UndoCommand>();
        json_schema!({ "anyOf": [{ "const": "none" }, command] })
    }
}
