use std::collections::{BTreeMap, BTreeSet};

use runbook::world::{Receipt, SettingChange};
use serde_json::Value;

use super::{Connect, settings};
use crate::scrub::MASK;
use crate::{SecretValue, ServiceError, Until, limits, receipt};

/// Settings as they are, secrets included. They stay inside this crate.
type Unmasked = BTreeMap<String, Value>;

impl Connect {
    /// Changes single settings of a connector, each from what it must be now. Connect takes settings only as a whole, so
    /// the others are read with their secrets, and written back as they were.
    ///
    /// Connect has no compare-and-set: what somebody else changes between the read and the write is written over.
    pub fn set_settings(&self, connector: &str, changes: &[SettingChange], until: Until<'_>) -> Receipt {
        if let Some(why) = impossible(changes) {
            return self.not_set(connector, &why);
        }
        let config = match self.settings(connector, until) {
            Ok(config) => config,
            Err(error) => return receipt::not_looked(self.scrubber(), error),
        };
        let mut changed = config.clone();
        let mut neither = Vec::new();
        for change in changes {
            let now = config.get(&change.name).and_then(settings::text);
            if now == change.to {
                continue;
            }
            if now != change.from {
                neither.push(self.differs(&config, change));
            }
            match &change.to {
                Some(to) => drop(changed.insert(change.name.clone(), Value::String(to.clone()))),
                None => drop(changed.remove(&change.name)),
            }
        }
        if !neither.is_empty() {
            return self.not_set(connector, &neither.join("; "));
        }
        if changed == config {
            return Receipt::Already;
        }
        let body = SecretValue::new(Value::Object(changed.into_iter().collect()).to_string());
        match self.put(&["connectors", connector, "config"], Some(body), until) {
            Ok((_, answer)) if answer.status == 201 => {
                let why = format!(
                    "connector {connector} was removed meanwhile, and setting it has made it anew: look whether it \
                     shall be there"
                );
                Receipt::Unknown { why: self.scrubber().mask(&why).into_owned() }
            }
            Ok((_, answer)) if answer.is_success() => self.until_set(connector, changes, until),
            Ok((request, answer)) => {
                let error = self.refused(&answer, &request).begun(answer.status >= 500);
                self.settings_after(connector, changes, error)
            }
            Err(error) => self.settings_after(connector, changes, error),
        }
    }

    fn not_set(&self, connector: &str, why: &str) -> Receipt {
        let why = format!("connector {connector}: {why}; nothing was changed");
        Receipt::Refused { why: self.scrubber().mask(&why).into_owned() }
    }

    fn differs(&self, config: &Unmasked, change: &SettingChange) -> String {
        let masked = settings::masked(config, self.scrubber());
        let shown = |value: Option<&String>| value.map_or("not set".to_owned(), |value| format!("{value:?}"));
        format!(
            "{} is {}, neither {} (expected) nor {} (wanted)",
            change.name,
            shown(masked.get(&change.name)),
            shown(change.from.as_ref()),
            shown(change.to.as_ref())
        )
    }

    fn are_set(&self, connector: &str, changes: &[SettingChange], until: Until<'_>) -> bool {
        self.settings(connector, until).is_ok_and(|config| {
            changes.iter().all(|change| config.get(&change.name).and_then(settings::text) == change.to)
        })
    }

    /// Connect has taken it; another worker shows it when it has read it from Connect's own topic.
    fn until_set(&self, connector: &str, changes: &[SettingChange], until: Until<'_>) -> Receipt {
        let until = until.sooner(limits::SHOWN);
        while !self.are_set(connector, changes, until) {
            if until.pause(limits::LOOK_EVERY).is_err() {
                let said = "Connect has taken it; the worker that was asked does not show it yet";
                return Receipt::Applied { said: Some(said.to_owned()) };
            }
        }
        Receipt::Applied { said: None }
    }

    /// What may have been done is looked at, even when the time is over.
    fn settings_after(&self, connector: &str, changes: &[SettingChange], error: ServiceError) -> Receipt {
        let never = || false;
        let until = Until::after(limits::READ_BACK, &never);
        if error.begun && self.are_set(connector, changes, until) {
            return Receipt::Applied { said: None };
        }
        receipt::failed(self.scrubber(), error)
    }
}

/// Why these changes are never made.
fn impossible(changes: &[SettingChange]) -> Option<String> {
    let mut names = BTreeSet::new();
    for change in changes {
        let name = &change.name;
        if !names.insert(name) {
            return Some(format!("{name} is named twice"));
        }
        for value in [&change.from, &change.to].into_iter().flatten() {
            // What was masked when it was seen would be written as the mask.
            if value.contains(MASK) {
                return Some(format!("{name} holds a masked value, which is neither compared nor written"));
            }
            if settings::is_secret(name, value) {
                return Some(format!("{name} is a secret, and a runbook's journal is no place for it"));
            }
        }
    }
    None
}
