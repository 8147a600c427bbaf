use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use runbook::world::{Receipt, SettingChange};
use serde_json::{Map, Value};

use super::client::{is_rebalancing, longer};
use super::{Connect, settings};
use crate::http::{Answer, Method, Request};
use crate::scrub::MASK;
use crate::{SecretValue, ServiceError, Until, limits, receipt};

/// Settings as they are, secrets included. They stay inside this crate.
type Unmasked = BTreeMap<String, Value>;

/// How a change looks once Connect has taken it.
enum Shown {
    /// It is there, and stays.
    Made,
    /// The worker that was asked shows what was there before.
    NotYet,
    /// It was there, or something else is: somebody else has written.
    WrittenOver,
}

impl Connect {
    /// Changes single settings of a connector, each from what it must be now.
    ///
    /// Connect has no compare-and-set, so this does what comes next to it: what is written is made from what was read
    /// right before, after every wait anew; Connect 3.8 and newer gets only the settings that change, an older one all of
    /// them as they were read; entries of a list come and go while those of others stay; and what was written is looked at
    /// until it has stayed for a moment, and written again where somebody else wrote over it.
    pub fn set_settings(&self, connector: &str, changes: &[SettingChange], until: Until<'_>) -> Receipt {
        if let Some(why) = impossible(changes) {
            return self.not_set(connector, &why);
        }
        let mut wait = self.pause();
        let mut written = 0;
        loop {
            let config = match self.settings(connector, until) {
                Ok(config) => config,
                Err(error) if written == 0 => return receipt::not_looked(self.scrubber(), error),
                Err(error) => return receipt::failed(self.scrubber(), error.begun(true)),
            };
            let patch = match self.patch(&config, changes) {
                Ok(patch) => patch,
                Err(why) if written == 0 => return self.not_set(connector, &why),
                Err(why) => return self.written_over(connector, &why),
            };
            if patch.is_empty() {
                return if written == 0 { Receipt::Already } else { Receipt::Applied { said: None } };
            }
            if written == limits::WRITTEN_OVER {
                return self.written_over(connector, &format!("it was set {written} times"));
            }
            let (request, answer) = match self.write(connector, &config, patch, until) {
                Ok(answered) => answered,
                Err(error) => return self.settings_after(connector, changes, error.begun(written > 0)),
            };
            if is_rebalancing(&answer) {
                if wait >= until.left() || until.pause(wait).is_err() {
                    let error = self.refused(&answer, &request).begun(written > 0);
                    return self.settings_after(connector, changes, error);
                }
                wait = longer(wait);
                continue;
            }
            if answer.status == 201 {
                let why = format!(
                    "connector {connector} was removed meanwhile, and setting it has made it anew: look whether it \
                     shall be there"
                );
                return Receipt::Unknown { why: self.scrubber().mask(&why).into_owned() };
            }
            if !answer.is_success() {
                let error = self.refused(&answer, &request).begun(answer.status >= 500 || written > 0);
                return self.settings_after(connector, changes, error);
            }
            written += 1;
            match self.watched(connector, &config, changes, until) {
                Shown::Made => return Receipt::Applied { said: None },
                Shown::NotYet => {
                    let said = "Connect has taken it; the worker that was asked does not show it yet";
                    return Receipt::Applied { said: Some(said.to_owned()) };
                }
                Shown::WrittenOver => tracing::debug!(connector, "somebody else wrote its settings too"),
            }
        }
    }

    /// What differs from how the settings are to be: null is not set.
    fn patch(&self, config: &Unmasked, changes: &[SettingChange]) -> Result<Map<String, Value>, String> {
        let mut patch = Map::new();
        let mut neither = Vec::new();
        for change in changes {
            let now = config.get(&change.name).and_then(settings::text);
            match change.applied_to(now.as_deref()) {
                None => neither.push(self.differs(config, change)),
                Some(to) if to == now => {}
                Some(to) => drop(patch.insert(change.name.clone(), to.map_or(Value::Null, Value::String))),
            }
        }
        if neither.is_empty() { Ok(patch) } else { Err(neither.join("; ")) }
    }

    /// Sends what differs; to a worker that knows no such request (before 3.8) the whole, as it was read.
    fn write(
        &self,
        connector: &str,
        config: &Unmasked,
        patch: Map<String, Value>,
        until: Until<'_>,
    ) -> Result<(Request, Answer), ServiceError> {
        let path = ["connectors", connector, "config"];
        let body = |settings: Map<String, Value>| SecretValue::new(Value::Object(settings).to_string());
        let (request, answer) = self.send(Method::Patch, &path, body(patch.clone()), until)?;
        if answer.status != 405 {
            return Ok((request, answer));
        }
        let mut whole: Map<String, Value> = config.clone().into_iter().collect();
        for (name, value) in patch {
            match value {
                Value::Null => drop(whole.remove(&name)),
                value => drop(whole.insert(name, value)),
            }
        }
        self.send(Method::Put, &path, body(whole), until)
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

    fn written_over(&self, connector: &str, why: &str) -> Receipt {
        let why = format!(
            "connector {connector}: what was set is written over by somebody else ({why}); find out who keeps these \
             settings, and have them keep this one too"
        );
        Receipt::Unknown { why: self.scrubber().mask(&why).into_owned() }
    }

    /// Connect has taken it: waits until it is shown, and has stayed for a moment. Another worker shows it when it has
    /// read it from Connect's own topic.
    fn watched(
        &self,
        connector: &str,
        before: &Unmasked,
        changes: &[SettingChange],
        until: Until<'_>,
    ) -> Shown {
        let until = until.sooner(limits::SHOWN);
        let mut since: Option<Instant> = None;
        loop {
            match self.settings(connector, until) {
                Ok(config) if are_made(&config, changes) => {
                    if since.get_or_insert_with(Instant::now).elapsed() >= limits::UNCONTESTED {
                        return Shown::Made;
                    }
                }
                Ok(config) if since.is_some() || config != *before => return Shown::WrittenOver,
                Ok(_) | Err(_) => {}
            }
            if until.pause(limits::LOOK_EVERY).is_err() {
                return if since.is_some() { Shown::Made } else { Shown::NotYet };
            }
        }
    }

    /// What may have been done is looked at, even when the time is over.
    fn settings_after(&self, connector: &str, changes: &[SettingChange], error: ServiceError) -> Receipt {
        let never = || false;
        let until = Until::after(limits::READ_BACK, &never);
        let made = |config: Unmasked| are_made(&config, changes);
        if error.begun && self.settings(connector, until).is_ok_and(made) {
            return Receipt::Applied { said: None };
        }
        receipt::failed(self.scrubber(), error)
    }
}

fn are_made(config: &Unmasked, changes: &[SettingChange]) -> bool {
    changes.iter().all(|change| {
        let now = config.get(&change.name).and_then(settings::text);
        change.is_made(now.as_deref())
    })
}

/// Why these changes are never made.
fn impossible(changes: &[SettingChange]) -> Option<String> {
    let mut names = BTreeSet::new();
    for change in changes {
        let name = &change.name;
        if !names.insert(name) {
            return Some(format!("{name} is named twice"));
        }
        for value in [&change.from, &change.to].into_iter().flatten().chain(&change.entries) {
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
