use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::model::Duration;
use crate::model::text::Written as _;

/// A duration among a kind's parameters, in milliseconds: written `45s`, `6m`, `1h30m`, `30d`, or an integer of
/// milliseconds as an expression (`duration('5s')`) leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl Millis {
    /// As a probe wants it.
    pub fn as_probe(self) -> u64 {
        self.0.unsigned_abs()
    }
}

/// For people: `90 s` as `1m30s`, days as `12d4h`; the two largest units.
pub fn spoken(ms: i64) -> String {
    if ms == i64::MAX {
        return "unlimited".to_owned();
    }
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let Some(first) = units.iter().position(|(size, _)| ms >= *size) else { return "0s".to_owned() };
    let (size, name) = units[first];
    let mut text = format!("{sign}{}{name}", ms / size);
    if let Some((size, name)) = units.get(first + 1).filter(|(_, name)| *name != "ms") {
        let part = ms % units[first].0 / size;
        if part > 0 {
            text.push_str(&format!("{part}{name}"));
        }
    }
    text
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        struct Amount;
        impl de::Visitor<'_> for Amount {
            type Value = Millis;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a duration such as 45s, 6m or 30d")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Millis, E> {
                let Duration(ms) = Duration::parse(text).map_err(E::custom)?;
                self.visit_u64(ms)
            }

            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Millis, E> {
                u64::try_from(ms)
                    .map(|_| Millis(ms))
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(ms), &self))
            }

            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Millis, E> {
                i64::try_from(ms)
                    .map(Millis)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(ms), &self))
            }
        }
        deserializer.deserialize_any(Amount)
    }
}

impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "description": "A duration such as 45s, 6m or 30d." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written_or_as_milliseconds() {
        let read = |json: &str| serde_json::from_str::<Millis>(json).map(|millis| millis.0).ok();
        assert_eq!(read("\"1h30m\""), Some(5_400_000));
        assert_eq!(read("\"250ms\""), Some(250));
        assert_eq!(read("5000"), Some(5_000));
        for wrong in ["\"\"", "\"5\"", "\"5x\"", "\"m\"", "-1", "1.5", "null", "\"99999999999999999999d\""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_spoken_in_their_two_largest_units() {
        let spoken: Vec<String> = [0, 999, 90_000, 86_400_000 * 12 + 3_600_000 * 4 + 5, -61_000, i64::MAX]
            .into_iter()
            .map(super::spoken)
            .collect();
        assert_eq!(spoken, ["0s", "999ms", "1m30s", "12d4h", "-1m1s", "unlimited"]);
    }
}
