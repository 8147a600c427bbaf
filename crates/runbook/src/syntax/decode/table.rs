use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::super::{Key, NodeId, Span};
use super::error::DecodeError;
use super::key::KeyDeserializer;
use super::node::{Numbers, WithSpan, missing, unknown_key, word};
use super::{Context, NodeDeserializer, OPTIONAL, REQUIRED, SPAN};

/// Draws every key that a struct does not have.
pub(super) fn check_keys(context: &Context<'_>, entries: &[(Key, NodeId)], fields: &'static [&'static str]) {
    for (key, _) in entries.iter().filter(|(key, _)| !fields.contains(&key.text.as_str()) || key.text == SPAN)
    {
        context.report(unknown_key(key.span, &key.text, fields));
    }
}

/// The entries of a table.
pub(super) struct Entries<'c, 't> {
    context: &'c Context<'t>,
    left: std::slice::Iter<'t, (Key, NodeId)>,
    /// Known keys; others are passed over. `None`: every key is welcome.
    fields: Option<&'static [&'static str]>,
    next: Next,
    /// Keys of a document's struct that are not in the table, handed over last.
    absent: Vec<&'static str>,
    own: Span,
    short: Span,
}

enum Next {
    Nothing,
    Own,
    Value(NodeId),
    Absent(&'static str),
}

impl<'c, 't> Entries<'c, 't> {
    /// A table with keys of the author's choice.
    pub fn open(context: &'c Context<'t>, entries: &'t [(Key, NodeId)]) -> Self {
        let left = entries.iter();
        let (own, short) = Default::default();
        Entries { context, left, fields: None, next: Next::Nothing, absent: Vec::new(), own, short }
    }

    /// A struct.
    pub fn known(
        context: &'c Context<'t>,
        entries: &'t [(Key, NodeId)],
        fields: &'static [&'static str],
        own: Span,
        short: Span,
    ) -> Self {
        let mut absent = Vec::new();
        if fields.contains(&SPAN) {
            absent = fields
                .iter()
                .copied()
                .filter(|field| *field == SPAN || !entries.iter().any(|(key, _)| key.text == *field))
                .collect();
        }
        Entries {
            context,
            left: entries.iter(),
            fields: Some(fields),
            next: Next::Nothing,
            absent,
            own,
            short,
        }
    }
}

impl<'t> MapAccess<'t> for Entries<'_, 't> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        for (key, value) in self.left.by_ref() {
            let known =
                self.fields.is_none_or(|fields| key.text != SPAN && fields.contains(&key.text.as_str()));
            if !known || self.context.is_masked(*value) {
                continue;
            }
            self.next = Next::Value(*value);
            return seed.deserialize(KeyDeserializer { context: self.context, key, value: *value }).map(Some);
        }
        let Some(name) = self.absent.pop() else { return Ok(None) };
        self.next = if name == SPAN { Next::Own } else { Next::Absent(name) };
        word(seed, name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Value(node) => seed.deserialize(NodeDeserializer::new(self.context, node)),
            Next::Own => seed.deserialize(Own(self.own)),
            Next::Absent(name) => seed.deserialize(Absent { context: self.context, name, table: self.short }),
            Next::Nothing => Err(DecodeError::Reported),
        }
    }
}

/// The span of a struct's own table.
struct Own(Span);

impl<'t> Deserializer<'t> for Own {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Numbers { numbers: [self.0.source.0, self.0.start, self.0.end], at: 0 })
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A key that is not in the table: a mistake only when the field says so.
struct Absent<'c, 't> {
    context: &'c Context<'t>,
    name: &'static str,
    table: Span,
}

impl<'t> Deserializer<'t> for Absent<'_, 't> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'t>>(self, _: V) -> Result<V::Value, DecodeError> {
        self.context.report(missing(self.table, self.name));
        Err(DecodeError::Reported)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            REQUIRED => self.context.report(missing(self.table, self.name)),
            OPTIONAL => {}
            _ => return self.deserialize_any(visitor),
        }
        visitor.visit_seq(WithSpan::<NodeDeserializer<'_, 't>> { span: self.table, value: None, at: 0 })
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
