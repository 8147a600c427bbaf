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
        learn(name, value, scrubber);
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

/// Learns a secret. A JAAS configuration is mostly no secret: learned as a whole it would mask the names of Kafka's own
/// classes wherever they stand, so only what its options hold is learned.
fn learn(name: &str, value: &str, scrubber: &Scrubber) {
    scrubber.learn_credentials_in(value);
    if !value.contains("LoginModule") {
        if value.chars().count() >= limits::SECRET_SHORT {
            scrubber.learn(value);
        }
        scrubber.learn_credentials_in(&format!("{name}={value}"));
        return;
    }
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let end = match quote {
            Some(quote) => after[1..].find(quote).map_or(after.len(), |at| at + 2),
            None => after.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(after.len()),
        };
        let held = after[..end].trim_matches(['"', '\'']);
        if is_secret_name(name) && held.chars().count() >= limits::SECRET_SHORT {
            scrubber.learn(held);
        }
        rest = &after[end..];
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_jaas_configuration_only_the_secrets_are_learned() {
        let scrubber = Scrubber::default();
        let jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"mirrormaker\" \
                    password=\"cAn4ry = it; has \" client.secret=cAn4ry-bare;";
        let policy = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy";
        let config = BTreeMap::from([
            ("source.cluster.sasl.jaas.config".to_owned(), Value::from(jaas)),
            ("replication.policy.class".to_owned(), Value::from(policy)),
        ]);
        let masked = masked(&config, &scrubber);
        assert_eq!(masked["source.cluster.sasl.jaas.config"], MASK);
        assert_eq!(masked["replication.policy.class"], policy);
        let trace = scrubber.mask("mirrormaker: cAn4ry = it; has , then cAn4ry-bare").into_owned();
        assert!(trace.starts_with("mirrormaker: ***") && !trace.contains("cAn4ry"), "{trace}");
    }
}
