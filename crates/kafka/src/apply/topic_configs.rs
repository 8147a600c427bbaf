use std::collections::BTreeMap;

use runbook::world::{Receipt, SettingChange};

use super::guard::{Stand, listed, twice};
use super::{hint, limits, not_looked, not_sent, refused, unknown};
use crate::{Cluster, Code, ConfigOrigin, Configs, Patience};

/// Sets settings of one topic, each from what it must be now. Only what is set on the topic itself counts: a default that
/// happens to be equal is "not set".
pub(super) fn set(cluster: &Cluster, topic: &str, changes: &[SettingChange], patience: &Patience) -> Receipt {
    let side = cluster.name();
    let place = format!("topic {topic} on the {side} cluster");
    if let Some(name) = twice(changes.iter().map(|change| change.name.as_str())) {
        return refused(format!("{place}: {name} is named twice; nothing was changed"));
    }
    let configs = match look(cluster, topic, patience) {
        Ok(configs) => configs,
        Err(refusal) => return refusal,
    };
    let mut neither = Vec::new();
    let mut ready: BTreeMap<String, Option<String>> = BTreeMap::new();
    for change in changes {
        let now = match own(&configs, &change.name) {
            Ok(now) => now,
            Err(why) => return refused(format!("{place}: {} {why}; nothing was changed", change.name)),
        };
        match Stand::of(&now, &change.from.as_deref(), &change.to.as_deref()) {
            Stand::There => {}
            Stand::Ready => drop(ready.insert(change.name.clone(), change.to.clone())),
            Stand::Neither => neither.push(format!(
                "{} is {}, neither {} (expected) nor {} (wanted)",
                change.name,
                shown(now),
                shown(change.from.as_deref()),
                shown(change.to.as_deref())
            )),
        }
    }
    if !neither.is_empty() {
        return refused(format!("{place}: {}; nothing was changed", listed(&neither)));
    }
    if ready.is_empty() {
        return Receipt::Already;
    }
    if patience.is_over() {
        return refused(format!("{place}: the time was over before anything was changed"));
    }
    let wanted = |configs: &Configs| {
        ready.iter().all(|(name, to)| own(configs, name).is_ok_and(|now| now == to.as_deref()))
    };
    match cluster.alter_topic_configs(topic, &ready, patience) {
        Ok(Ok(())) => Receipt::Applied { said: until_shown(cluster, topic, &wanted, patience) },
        Ok(Err(denial)) if !denial.code.leaves_open() => {
            let lacks = hint::lacks(denial.code, "grant ALTER_CONFIGS on the topic to it");
            refused(format!("{place}: {denial}{lacks}; nothing was changed"))
        }
        Err(error) if !error.sent => not_sent(&error),
        failed => {
            let why = match failed {
                Ok(told) => told.err().map_or(String::new(), |denial| denial.to_string()),
                Err(error) => error.to_string(),
            };
            match look(cluster, topic, &Patience::new(limits::READ_BACK)) {
                Ok(now) if wanted(&now) => Receipt::Applied { said: None },
                _ => unknown(format!("{place}: settings may have been changed: {why}")),
            }
        }
    }
}

fn look(cluster: &Cluster, topic: &str, patience: &Patience) -> Result<Configs, Receipt> {
    let mut told = cluster.topic_configs(&[topic], patience).map_err(|error| not_looked(&error))?;
    told.remove(topic).unwrap_or(Err(Code(-1))).map_err(|code| {
        let lacks = hint::lacks(code, "grant DESCRIBE_CONFIGS on the topic to it");
        let side = cluster.name();
        refused(format!(
            "topic {topic} on the {side} cluster: its settings are not told: {code}{lacks}; nothing was changed"
        ))
    })
}

/// The value set on the topic itself, or why it is not told.
fn own<'a>(configs: &'a Configs, name: &str) -> Result<Option<&'a str>, &'static str> {
    match configs.get(name) {
        Some(config) if config.origin == ConfigOrigin::Topic => match &config.value {
            Some(value) => Ok(Some(value)),
            None => Err("is set, and the broker hides its value"),
        },
        _ => Ok(None),
    }
}

/// Waits for a broker to show what the controller has taken; says so if it does not in a few seconds.
fn until_shown(
    cluster: &Cluster,
    topic: &str,
    wanted: &dyn Fn(&Configs) -> bool,
    patience: &Patience,
) -> Option<String> {
    let patience = patience.at_most(limits::SHOWN);
    loop {
        if look(cluster, topic, &patience).is_ok_and(|now| wanted(&now)) {
            return None;
        }
        if patience.is_over() {
            return Some(
                "the controller has taken it; the broker that was asked does not show it yet".to_owned(),
            );
        }
        patience.pause(limits::LOOK_EVERY);
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "not set".to_owned(), |value| format!("{value:?}"))
}
