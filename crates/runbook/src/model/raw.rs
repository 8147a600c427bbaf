use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::syntax::decode::NODE;
use crate::syntax::{NodeId, NodeRef, SourceId};

/// A part of a document that is decoded later, by what it belongs to: parameters of a kind, a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Raw(pub NodeRef);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                let source = SourceId(seq.next_element()?.unwrap_or(0));
                let node = NodeId(seq.next_element()?.unwrap_or(0));
                Ok(Raw(NodeRef { source, node }))
            }
        }

        deserializer.deserialize_newtype_struct(NODE, Read)
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
