use serde::Deserializer;
use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};

use super::super::{Code, Diagnostic, NodeId, Span, Value, quoted};
use super::enums::{SingleKey, Word};
use super::error::{DecodeError, Refusal};
use super::seq::Items;
use super::table::{Entries, check_keys};
use super::{Context, NODE, OPTIONAL, REQUIRED, UNIT};

/// Decodes one node.
#[derive(Clone, Copy, Debug)]
pub struct NodeDeserializer<'c, 't> {
    context: &'c Context<'t>,
    id: NodeId,
}

impl<'c, 't> NodeDeserializer<'c, 't> {
    pub(in crate::syntax) fn new(context: &'c Context<'t>, id: NodeId) -> Self {
        NodeDeserializer { context, id }
    }

    fn value(self) -> &'t Value {
        &self.context.tree.node(self.id).value
    }

    fn span(self) -> Span {
        self.context.tree.node(self.id).span
    }

    /// The node's own text is never longer than a line in a drawing: of tables and lists, the beginning.
    fn short_span(self) -> Span {
        let span = self.span();
        match self.value() {
            Value::Table(entries) => match entries.first() {
                Some((key, _)) if key.span.start == span.start => key.span,
                _ => Span { end: span.end.min(span.start + 1), ..span },
            },
            Value::List(_) => Span { end: span.end.min(span.start + 1), ..span },
            _ => span,
        }
    }

    /// Records an error that has no place yet.
    fn place<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| {
            match error {
                DecodeError::Reported => self.context.taint(),
                // A key left out of this round was drawn in an earlier one.
                DecodeError::Missing(key) => match self.context.tree.entry(self.id, key) {
                    Some(_) => self.context.taint(),
                    None => self.context.report(missing(self.short_span(), key)),
                },
                DecodeError::Plain(Refusal { code, message, help }) => {
                    self.context.failed(self.id);
                    self.context.report(Diagnostic {
                        code,
                        message,
                        span: self.short_span(),
                        help,
                        labels: Vec::new(),
                    });
                }
            }
            DecodeError::Reported
        })
    }

    /// What the author likely meant.
    fn with_hint(self, refusal: Refusal) -> Refusal {
        let wanted = |word: &str| refusal.message.starts_with(&format!("expected {word}"));
        match self.value() {
            Value::Text(_) if wanted("a boolean") => refusal.help("write true or false"),
            Value::Integer(_) | Value::Number(_) | Value::Boolean(_)
                if !["a boolean", "u", "i", "f"].iter().any(|word| wanted(word)) =>
            {
                refusal.help("if it is text, write it in quotes")
            }
            _ => refusal,
        }
    }

    fn wrong(self, expected: &dyn de::Expected) -> DecodeError {
        match self.value() {
            Value::Refused => DecodeError::Reported,
            Value::Null => DecodeError::Plain(
                Refusal::new(Code::NothingGiven, format!("expected {expected}, found nothing"))
                    .help("write a value, or remove the key"),
            ),
            value @ (Value::Integer(_) | Value::Number(_) | Value::Boolean(_)) => {
                let refusal =
                    Refusal::new(Code::WrongType, format!("expected {expected}, found {}", value.describe()));
                DecodeError::Plain(refusal.help("if it is text, write it in quotes"))
            }
            value => DecodeError::Plain(Refusal::new(
                Code::WrongType,
                format!("expected {expected}, found {}", value.describe()),
            )),
        }
    }
}

/// The problem of a key that must be there.
pub(super) fn missing(span: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingKey, span, format!("the key `{key}` is missing here"))
        .help(format!("add `{key}: …`"))
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'t> Deserializer<'t> for NodeDeserializer<'_, 't> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let result = match self.value() {
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Integer(integer) => match u64::try_from(*integer) {
                Ok(integer) => visitor.visit_u64(integer),
                Err(_) => visitor.visit_i64(*integer),
            },
            Value::Number(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items::new(self.context, items)),
            Value::Table(entries) => visitor.visit_map(Entries::open(self.context, entries)),
            Value::Null => visitor.visit_unit(),
            Value::Refused => Err(DecodeError::Reported),
        };
        let result = match result {
            Err(DecodeError::Plain(refusal))
                if refusal.code == Code::WrongType && matches!(self.value(), Value::Null) =>
            {
                let message = refusal.message;
                Err(DecodeError::Plain(
                    Refusal::new(Code::NothingGiven, message).help("write a value, or remove the key"),
                ))
            }
            Err(DecodeError::Plain(refusal)) if refusal.code == Code::WrongType && refusal.help.is_none() => {
                Err(DecodeError::Plain(self.with_hint(refusal)))
            }
            other => other,
        };
        self.place(result)
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        // A written null is a mistake of its own, never "absent".
        self.place(visitor.visit_some(self))
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            REQUIRED | OPTIONAL => {
                visitor.visit_seq(WithSpan { span: self.span(), value: Some(self), at: 0 })
            }
            NODE => visitor.visit_seq(Numbers { numbers: [self.context.tree.source.0, self.id.0], at: 0 }),
            UNIT => match self.value() {
                Value::Integer(units) if self.context.tree.node(self.id).computed => {
                    self.place(visitor.visit_i64(*units))
                }
                _ => self.place(visitor.visit_newtype_struct(self)),
            },
            _ => self.place(visitor.visit_newtype_struct(self)),
        }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value() {
            Value::List(items) => self.place(visitor.visit_seq(Items::new(self.context, items))),
            _ => self.place(Err(self.wrong(&"a list"))),
        }
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value() {
            Value::Table(entries) => self.place(visitor.visit_map(Entries::open(self.context, entries))),
            _ => self.place(Err(self.wrong(&"a table"))),
        }
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.value() {
            Value::Table(entries) => {
                check_keys(self.context, entries, fields);
                let entries = Entries::known(self.context, entries, fields, self.span(), self.short_span());
                self.place(visitor.visit_map(entries))
            }
            _ => self.place(Err(self.wrong(&"a table"))),
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let words = || format!("one of {}", variants.join(", "));
        match self.value() {
            Value::Text(text) => self.place(visitor.visit_enum(Word(text))),
            Value::Table(entries) => match entries.as_slice() {
                [(key, value)] => {
                    self.place(visitor.visit_enum(SingleKey { context: self.context, key, value: *value }))
                }
                _ => self.place(Err(DecodeError::Plain(
                    Refusal::new(Code::OneOf, format!("expected a table with exactly one key, {}", words()))
                        .help(format!("found {} keys", entries.len())),
                ))),
            },
            _ => self.place(Err(self.wrong(&words().as_str()))),
        }
    }
}

/// Hands over a span, then the value: what [`Field`](super::super::Field) asks for.
pub(super) struct WithSpan<D> {
    pub span: Span,
    pub value: Option<D>,
    pub at: u8,
}

impl<'t, D: Deserializer<'t, Error = DecodeError>> SeqAccess<'t> for WithSpan<D> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let number = match self.at {
            0 => self.span.source.0,
            1 => self.span.start,
            2 => self.span.end,
            _ => return self.value.take().map(|value| seed.deserialize(value)).transpose(),
        };
        self.at += 1;
        seed.deserialize(U32Deserializer::new(number)).map(Some)
    }
}

/// Hands over plain numbers.
pub(super) struct Numbers<const N: usize> {
    pub numbers: [u32; N],
    pub at: usize,
}

impl<'t, const N: usize> SeqAccess<'t> for Numbers<N> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(number) = self.numbers.get(self.at) else { return Ok(None) };
        self.at += 1;
        seed.deserialize(number.into_deserializer()).map(Some)
    }
}

/// A key or word, decoded into a type with rules of its own; the caller gives its mistakes a place.
pub(super) fn word<'t, T: DeserializeSeed<'t>>(seed: T, text: &'t str) -> Result<T::Value, DecodeError> {
    seed.deserialize(StrDeserializer::new(text))
}

/// The problem of an unknown key.
pub(super) fn unknown_key(span: Span, written: &str, known: &[&'static str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::UnknownKey, span, format!("the key {} is not known here", quoted(written)));
    if known.iter().all(|name| name.starts_with('$')) {
        return diagnostic.help("nothing can be set here");
    }
    diagnostic.known(written, known.iter().copied().filter(|name| !name.starts_with('$')))
}
