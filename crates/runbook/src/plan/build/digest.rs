use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// SHA-256 (hex) of a value, whatever the order in which its keys were written.
pub(super) fn of(json: &Json) -> String {
    crate::load::hex(&Sha256::digest(sorted(json).to_string()))
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
