use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::plan::PlannedStep;
use crate::unit::Unit;

/// `unit` (all of the step's unit), or a list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    Unit,
    Listed(Vec<String>),
}

impl Names {
    /// The names meant, out of `all` of the unit; sorted, each once.
    pub fn among<'a>(&'a self, all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Names::Unit => all.into_iter().map(str::to_owned).collect(),
            Names::Listed(names) => names.clone(),
        };
        names.sort();
        names.dedup();
        names
    }
}

/// The topics that a step names in `with: {topics}`, of this unit; `None`: it names none in that way.
pub fn named_topics(step: &PlannedStep, unit: &Unit) -> Option<Vec<String>> {
    let names: Names = serde_json::from_value(step.with.get("with")?.get("topics")?.clone()).ok()?;
    let all = unit.all_topics();
    Some(names.among(all.iter().map(String::as_str)))
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`unit` or a list of names")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Names, E> {
                if word == "unit" {
                    Ok(Names::Unit)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(word), &self))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Names, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Names::Listed)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Names {
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "unit", "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}
