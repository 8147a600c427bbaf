use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// SHA-256 (hex) of a value, whatever the order in which its keys were written.
pub(super) fn of(json: &Json) -> String {
    crate::load::hex(&Sha256::digest(sorted(json).to_string()))
}

/// SHA-256 of many values, one held at a time.
pub(super) struct Many(Sha256);

impl Many {
    pub fn new(format: &str) -> Many {
        Many(Sha256::new().chain_update(format).chain_update("\n"))
    }

    /// Adds the values of a part under its name; the count keeps parts from running into each other.
    pub fn part<T: Serialize>(&mut self, name: &str, values: impl ExactSizeIterator<Item = T>) {
        self.0.update(format!("{name} {}\n", values.len()));
        for value in values {
            let json = serde_json::to_value(value).unwrap_or(Json::Null);
            self.0.update(sorted(&json).to_string());
            self.0.update("\n");
        }
    }

    pub fn hex(self) -> String {
        crate::load::hex(&self.0.finalize())
    }
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            Json::Object(keys.into_iter().map(|key| (key.clone(), sorted(&entries[key]))).collect())
        }
        other => other.clone(),
    }
}
