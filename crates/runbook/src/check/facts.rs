use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The type of a fact. Durations are integer milliseconds, sizes integer bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FactType {
    Boolean,
    Integer,
    Number,
    Text,
    Duration,
    Size,
}

impl FactType {
    /// Whether `value` is present, finite and of this type. An integer beyond 63 bits does not fit.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            FactType::Boolean => value.is_boolean(),
            FactType::Integer | FactType::Duration | FactType::Size => value.as_i64().is_some(),
            FactType::Number => value.as_f64().is_some_and(f64::is_finite),
            FactType::Text => value.is_string(),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            FactType::Boolean => "boolean",
            FactType::Integer => "integer",
            FactType::Number => "number",
            FactType::Text => "text",
            FactType::Duration => "duration (ms)",
            FactType::Size => "size (bytes)",
        }
    }
}

/// A fact a kind declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactSpec {
    pub name: Cow<'static, str>,
    #[serde(rename = "type")]
    pub kind: FactType,
    pub doc: Cow<'static, str>,
    /// A fact that may be absent (`event_time` of a partition without records). An absent fact that is not optional
    /// makes the item unknown, whatever the rule says.
    pub optional: bool,
}

impl FactSpec {
    pub const fn new(name: &'static str, kind: FactType, doc: &'static str) -> FactSpec {
        FactSpec { name: Cow::Borrowed(name), kind, doc: Cow::Borrowed(doc), optional: false }
    }

    pub const fn optional(name: &'static str, kind: FactType, doc: &'static str) -> FactSpec {
        FactSpec { name: Cow::Borrowed(name), kind, doc: Cow::Borrowed(doc), optional: true }
    }
}

/// The facts of one item, by name. A fact that could not be measured is left out, never null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Value>);

impl Facts {
    pub fn new() -> Facts {
        Facts::default()
    }

    /// Adds a fact; a null value is left out.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Facts {
        self.set(name, value);
        self
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Adds a count; beyond 63 bits it stays at the largest integer.
    pub fn with_count(self, name: &str, count: u64) -> Facts {
        self.with(name, i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}
