use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, VariantAccess, Visitor};

use super::super::{Key, NodeId};
use super::error::{DecodeError, Refusal};
use super::key::KeyDeserializer;
use super::node::word;
use super::{Context, NodeDeserializer};

/// A variant written as a word: `hold`.
pub(super) struct Word<'t>(pub &'t str);

impl<'t> EnumAccess<'t> for Word<'t> {
    type Error = DecodeError;
    type Variant = Bare<'t>;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Bare<'t>), DecodeError> {
        Ok((word(seed, self.0)?, Bare(self.0)))
    }
}

/// What follows a word: nothing.
pub(super) struct Bare<'t>(&'t str);

impl Bare<'_> {
    fn needs_value<T>(&self) -> Result<T, DecodeError> {
        Err(DecodeError::custom(
            Refusal::new(super::super::Code::WrongType, format!("`{}` needs a value of its own", self.0))
                .help(format!("write it as a table: {{ {}: … }}", self.0)),
        ))
    }
}

impl<'t> VariantAccess<'t> for Bare<'t> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, _: T) -> Result<T::Value, DecodeError> {
        self.needs_value()
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, _: V) -> Result<V::Value, DecodeError> {
        self.needs_value()
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, DecodeError> {
        self.needs_value()
    }
}

/// A variant written as a table of one key: `{ rollback: back-to-aws }`.
pub(super) struct SingleKey<'c, 't> {
    pub context: &'c Context<'t>,
    pub key: &'t Key,
    pub value: NodeId,
}

impl<'c, 't> EnumAccess<'t> for SingleKey<'c, 't> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        let key = KeyDeserializer { context: self.context, key: self.key, value: self.value };
        Ok((seed.deserialize(key)?, self))
    }
}

impl<'t> VariantAccess<'t> for SingleKey<'_, 't> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Err(DecodeError::custom(
            Refusal::new(super::super::Code::WrongType, format!("`{}` takes no value", self.key.text))
                .help(format!("write the word alone: {}", self.key.text)),
        ))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, seed: T) -> Result<T::Value, DecodeError> {
        seed.deserialize(NodeDeserializer::new(self.context, self.value))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        NodeDeserializer::new(self.context, self.value).deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        NodeDeserializer::new(self.context, self.value).deserialize_struct("", fields, visitor)
    }
}
