use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::{Duration, Id, Way};
use crate::syntax::{Code, List, Optional, Refusal, Required, Span, quoted};
use crate::verdict::{Dimension, Level};

/// What must hold before a gate opens: a tree of `all`, `any`, `not` with the leaves `check`, `dimension`, `scorecard`,
/// `step`; exactly one of these keys at each place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Require {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub all: Optional<List<Require>>,
    pub any: Optional<List<Require>>,
    pub not: Optional<Box<Require>>,
    /// A check of the runbook.
    pub check: Optional<Id>,
    pub dimension: Optional<Dimension>,
    pub scorecard: Optional<All>,
    /// A step that must be done.
    pub step: Optional<Id>,
    /// Green when not written.
    pub at_least: Optional<Level>,
    /// What the engine enforces when yellow passes.
    pub guard: Optional<Guard>,
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum All {
    All,
}

/// A narrower window, a smaller wave, or a stronger rollback trigger: the window closes so long after the gate opened; the
/// run moves at most so many units; the trigger is measured, and still armed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    Window(Duration),
    Wave(u32),
    Trigger(Id),
}

/// The gate's live checks must stay good for a while.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    #[serde(rename = "for")]
    pub for_: Required<Duration>,
    pub every: Required<Duration>,
    /// Misses that do not count; a gap in measuring does.
    pub tolerate: Optional<u32>,
}

/// Distinct people of these roles say go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub roles: Required<List<Id>>,
    pub need: Optional<Need>,
    pub answer_within: Required<Duration>,
    /// Silence is never go.
    pub silence_is: Optional<NoGo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoGo {
    NoGo,
}

/// How many of the asked roles must say go: `all` or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    All,
    AtLeast(u32),
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = Need;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a number of roles")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Need, E> {
                match text {
                    "all" => Ok(Need::All),
                    other => Err(E::custom(
                        Refusal::new(
                            Code::UnknownWord,
                            format!("{} is not `all` or a number of roles", quoted(other)),
                        )
                        .help("write all, or for example 2"),
                    )),
                }
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Need, E> {
                match u32::try_from(number) {
                    Ok(number) if number > 0 => Ok(Need::AtLeast(number)),
                    _ => Err(E::custom(
                        Refusal::new(Code::BadValue, format!("{number} roles cannot be needed"))
                            .help("at least 1"),
                    )),
                }
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Need {
    fn schema_name() -> Cow<'static, str> {
        "Need".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "all" }, { "type": "integer", "minimum": 1 }] })
    }
}

/// One role decides; silence has a named way out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub role: Required<Id>,
    pub answer_within: Required<Duration>,
    pub silence_is: Required<Way>,
}
