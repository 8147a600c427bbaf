use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A value handed to a command or an address: text, or `{ secret: NAME }`. Only the name gets into the plan and the
/// probe; the secret is put in its place at the last moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecretOrText(String);

impl SecretOrText {
    /// As a probe carries it: the text, or `{{secret NAME}}`.
    pub(super) fn as_probe(&self) -> String {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for SecretOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretOrText, D::Error> {
        struct Read;
        impl<'de> de::Visitor<'de> for Read {
            type Value = SecretOrText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or { secret: NAME }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretOrText, E> {
                Ok(SecretOrText(text.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<SecretOrText, A::Error> {
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "secret" || name.is_some() {
                        return Err(de::Error::unknown_field(&key, &["secret"]));
                    }
                    name = Some(map.next_value::<String>()?);
                }
                let name = name.ok_or_else(|| de::Error::missing_field("secret"))?;
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
                if name.is_empty() || !name.bytes().all(plain) {
                    return Err(de::Error::custom("a secret's name has letters, digits, `_`, `-` and `.`"));
                }
                Ok(SecretOrText(format!("{{{{secret {name}}}}}")))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for SecretOrText {
    fn schema_name() -> Cow<'static, str> {
        "SecretOrText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "object", "properties": { "secret": { "type": "string" } }, "required": ["secret"], "additionalProperties": false }
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_carried_by_its_name() {
        let read = |json: &str| serde_json::from_str::<SecretOrText>(json).map(|value| value.as_probe()).ok();
        assert_eq!(read("\"plain\"").as_deref(), Some("plain"));
        assert_eq!(read("{\"secret\": \"deploy_token\"}").as_deref(), Some("{{secret deploy_token}}"));
        for wrong in
            ["{}", "{\"secret\": \"\"}", "{\"secret\": \"a}} b\"}", "{\"value\": \"x\"}", "1", "null"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
