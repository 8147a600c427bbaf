use serde::Deserializer;
use serde::de::Visitor;

use super::super::{Diagnostic, Key, NodeId};
use super::error::{DecodeError, Refusal};
use super::node::WithSpan;
use super::{Context, OPTIONAL, REQUIRED};

/// Decodes a key of a table; mistakes are drawn at the key.
#[derive(Clone, Copy)]
pub(super) struct KeyDeserializer<'c, 't> {
    pub context: &'c Context<'t>,
    pub key: &'t Key,
    /// The key's value, left out of the next round when the key is wrong.
    pub value: NodeId,
}

impl KeyDeserializer<'_, '_> {
    fn place<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| {
            if let DecodeError::Plain(Refusal { code, message, help }) = error {
                self.context.failed(self.value);
                self.context.report(Diagnostic {
                    code,
                    message,
                    span: self.key.span,
                    help,
                    labels: Vec::new(),
                });
            }
            DecodeError::Reported
        })
    }
}

impl<'t> Deserializer<'t> for KeyDeserializer<'_, 't> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.place(visitor.visit_borrowed_str(&self.key.text))
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            REQUIRED | OPTIONAL => {
                visitor.visit_seq(WithSpan { span: self.key.span, value: Some(self), at: 0 })
            }
            _ => self.place(visitor.visit_newtype_struct(self)),
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.place(visitor.visit_enum(super::enums::Word(&self.key.text)))
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}
