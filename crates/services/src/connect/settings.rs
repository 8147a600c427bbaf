//! The settings of a connector: Connect's REST interface gives passwords in the clear.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::scrub::{MASK, is_secret_name};
use crate::{Scrubber, limits};

/// The settings without their secrets, which the scrubber learns so that stack traces do not show them either.
/// Settings that are null are left out; references to Connect's own secret stores (`${file:…}`) are no secrets.
pub fn masked(config: &BTreeMap<String, Value>, scrubber: &Scrubber) -> BTreeMap<String, String> {
    let config: Vec<_> = config.iter().filter_map(|(name, value)| Some((name, text(value)?))).collect();
    for (name, value) in config.iter().filter(|(name, value)| is_secret(name, value)) {
        if value.chars().count() >= limits::SECRET_SHORT {
            scrubber.learn(value);
        }
        scrubber.learn_credentials_in(&format!("{name}={value}"));
        scrubber.learn_credentials_in(value);
    }
    let shown = |name: &str, value: &str| {
        if is_secret(name, value) {
            MASK.to_owned()
        } else if is_reference(value) {
            scrubber.mask(value).into_owned()
        } else {
            scrubber.mask_foreign(value).into_owned()
        }
    };
    config.iter().map(|(name, value)| (scrubber.mask(name).into_owned(), shown(name, value))).collect()
}

/// A value as text; `None`: it is not set.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Whether a setting of this name and value is never shown.
pub fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) && !is_reference(value) && !matches!(value, "" | "true" | "false")
}

/// One whole `${provider:path:key}`.
fn is_reference(value: &str) -> bool {
    let inner = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.contains(':') && !inner.contains(['$', '{', '}']))
}
