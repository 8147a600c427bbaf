use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Required, Spanned};

/// A table with keys of the author's choice, in the order written; entries that are wrong were recorded and are left
/// out.
#[derive(Clone, Debug)]
pub struct Table<K, V>(Vec<(Spanned<K>, Spanned<V>)>);

impl<K, V> Table<K, V> {
    pub fn iter(&self) -> std::slice::Iter<'_, (Spanned<K>, Spanned<V>)> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, K, V> IntoIterator for &'a Table<K, V> {
    type Item = &'a (Spanned<K>, Spanned<V>);
    type IntoIter = std::slice::Iter<'a, (Spanned<K>, Spanned<V>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Table<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Read<K, V> {
            type Value = Table<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<Required<K>>()? {
                    let value: Required<V> = map.next_value()?;
                    let (key_span, value_span) = (key.span(), value.span());
                    if let (Some(key), Some(value)) = (key.into_value(), value.into_value()) {
                        entries.push((
                            Spanned { span: key_span, value: key },
                            Spanned { span: value_span, value },
                        ));
                    }
                }
                Ok(Table(entries))
            }
        }

        deserializer.deserialize_map(Read(PhantomData))
    }
}

impl<K, V: JsonSchema> JsonSchema for Table<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <std::collections::BTreeMap<String, V>>::json_schema(generator)
    }
}
