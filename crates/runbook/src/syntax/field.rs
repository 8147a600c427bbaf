use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::decode::{OPTIONAL, REQUIRED};
use super::{SourceId, Span};

/// A value with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    pub span: Span,
    pub value: T,
}

/// The value of a key: there, absent, or wrong (and then recorded).
///
/// A missing key is a mistake of [`Required`] fields only.
#[derive(Clone, Debug)]
pub struct Field<T, const REQUIRED: bool> {
    /// Of the value; of the table, when the key is absent.
    span: Span,
    written: bool,
    value: Option<T>,
}

/// A key that must be there.
pub type Required<T> = Field<T, true>;
/// A key that may be absent.
pub type Optional<T> = Field<T, false>;

impl<T, const R: bool> Field<T, R> {
    /// The value; `None` when absent or wrong.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Whether the key is written, rightly or wrongly.
    pub fn is_written(&self) -> bool {
        self.written
    }

    /// Of the value; of the table, when the key is absent.
    pub fn span(&self) -> Span {
        self.span
    }

    pub fn into_value(self) -> Option<T> {
        self.value
    }

    /// The value with its place.
    pub fn spanned(&self) -> Option<Spanned<&T>> {
        self.value.as_ref().map(|value| Spanned { span: self.span, value })
    }
}

impl<T, const R: bool> Default for Field<T, R> {
    fn default() -> Self {
        Field { span: Span::default(), written: false, value: None }
    }
}

impl<'de, T: Deserialize<'de>, const R: bool> Deserialize<'de> for Field<T, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = (Span, bool, Option<T>);

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let span = span_of(&mut seq)?;
                // A wrong value was recorded where it is; the field stays empty.
                Ok(match seq.next_element::<T>() {
                    Ok(Some(value)) => (span, true, Some(value)),
                    Ok(None) => (span, false, None),
                    Err(_) => (span, true, None),
                })
            }
        }

        let name = if R { REQUIRED } else { OPTIONAL };
        let (span, written, value) = deserializer.deserialize_newtype_struct(name, Read(PhantomData))?;
        Ok(Field { span, written, value })
    }
}

fn span_of<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<Span, A::Error> {
    let mut next = || Ok(seq.next_element::<u32>()?.unwrap_or(0));
    Ok(Span { source: SourceId(next()?), start: next()?, end: next()? })
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let span = span_of(&mut seq)?;
                let missing = || serde::de::Error::custom("a value is missing");
                let value = seq.next_element()?.ok_or_else(missing)?;
                Ok(Spanned { span, value })
            }
        }

        deserializer.deserialize_newtype_struct(REQUIRED, Read(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                span_of(&mut seq)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

/// Mark of an optional property within a schema that is being made; the last step removes it.
pub(crate) const OPTIONAL_MARK: &str = "x-optional";

impl<T: JsonSchema, const R: bool> JsonSchema for Field<T, R> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        if !R {
            schema.insert(OPTIONAL_MARK.to_owned(), true.into());
        }
        schema
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}
