//! Sets configs of the unit's topics on one side.
//!
//! ## What it does
//! For each topic one command that sets the named configs and touches no other; a value of `null` takes the topic's own
//! setting away, so that the broker's default holds. What is set on the topic to the same value already is left.
//!
//! ## Why it matters
//! Retention, cleanup and timestamps of the target decide what of a copy survives. MirrorMaker 2 puts back on the target
//! what was changed there, by default every ten minutes, and says nothing.
//!
//! ## How it is settled
//! Every config reads back as it was set, on the topic itself. Where the replicator's config sync is on and the key is
//! excluded from it, only a look that is made after one whole sync interval counts.
//!
//! ## Its way back
//! The values before; where the topic had none of its own, the setting is removed.
//!
//! ## What it refuses
//! On the target, for a topic that MirrorMaker 2 copies: a key that its config sync would put back
//! (`sync.topic.configs.enabled` is on, and the key is not in `config.properties.exclude`), a filter of your own, a
//! replicator in dedicated mode, whose settings nobody tells; a step that ends before one sync interval is over. On both
//! sides: a topic that is not there or cannot be read, a config the cluster does not know, a value that is a list or table.
//!
//! ## What it does not do
//! It does not change the replicator, and a change on the source may be copied to the target by the same sync.
//!
//! ## Example
//! ```yaml
//! id: keep-longer
//! do: topic-config
//! on: target
//! with: { topics: [orders], set: { retention.ms: "604800000" } }
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::config_sync::ConfigSync;
use super::growth;
use super::sight::Sight;
use super::waiting::{Waiting, listed};
use super::{Names, flow};
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::check::spoken;
use crate::unit::Unit;
use crate::world::{Command, Found, Observations, Probe, SettingChange, Side, TopicSeen};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicConfig {
    /// `unit`, or names of topics.
    topics: Names,
    /// Values by config; null takes the topic's own setting away.
    set: BTreeMap<String, Json>,
}

impl TopicConfig {
    fn topics(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_topics();
        self.topics.among(all.iter().map(String::as_str))
    }

    fn probe(&self, scope: &StepScope<'_>, side: Side) -> Probe {
        Probe::Topics { side, topics: self.topics(scope.unit) }
    }

    /// Values as Kafka takes them.
    fn wanted(&self) -> Result<Vec<(&str, Option<String>)>, Refusal> {
        let value = |name: &str, value: &Json| match value {
            Json::Null => Ok(None),
            Json::String(text) => Ok(Some(text.clone())),
            Json::Bool(_) | Json::Number(_) => Ok(Some(value.to_string())),
            Json::Array(_) | Json::Object(_) => Err(Refusal::new(
                format!("the value of {name} is a list or table"),
                "write it as Kafka does, as one text",
            )),
        };
        self.set.iter().map(|(name, json)| Ok((name.as_str(), value(name, json)?))).collect()
    }

    /// The sync that may put it back; `None`: there is none on that side.
    fn sync(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Option<ConfigSync>, Refusal> {
        if is_copied(scope) {
            return ConfigSync::of(scope, seen, &self.topics(scope.unit)).map(Some);
        }
        Ok(None)
    }

    /// The look at the target's ends over one sync interval: whoever has its answer has waited that long.
    fn interval(&self, scope: &StepScope<'_>, ms: u64) -> Probe {
        growth::probe(Side::Target, &self.topics(scope.unit), ms)
    }

    fn side(scope: &StepScope<'_>) -> Result<Side, Refusal> {
        scope.step.on.ok_or_else(|| {
            Refusal::new(
                format!("step {} does not say on which side", scope.step.id),
                "write on: source or on: target",
            )
        })
    }
}

/// Whether a replicator copies to that side, and may put it back.
fn is_copied(scope: &StepScope<'_>) -> bool {
    scope.step.on == Some(Side::Target) && flow::is_mirrored(scope)
}

/// The topic's own setting; `None`: it has none, whatever holds by default. `Err`: the config is not known there.
fn own(topic: &TopicSeen, side: Side, name: &str) -> Result<Option<String>, String> {
    let at = format!("{name} of topic {} on {side}", topic.topic);
    let config = topic.configs.get(name).ok_or_else(|| format!("{at}: the cluster does not know it"))?;
    match (&config.value, config.origin.as_str()) {
        (Some(value), "topic") => Ok(Some(value.clone())),
        (None, "topic") => Err(format!("{at}: the cluster does not tell its value")),
        _ => Ok(None),
    }
}

/// The topic, present and read whole.
fn present<'a>(seen: Sight<'a>, probe: &Probe, side: Side, name: &str) -> Result<&'a TopicSeen, Refusal> {
    let unmeasured = |why: &str| Refusal::unmeasured(format!("topic {name} on {side}: {why}"));
    let topics = seen.topics(probe).map_err(Refusal::unmeasured)?;
    let topic = topics.topic(name).ok_or_else(|| unmeasured("the answer does not speak of it"))?;
    match (topic.found, &topic.unread) {
        (Found::Present, None) => Ok(topic),
        (Found::Present, Some(why)) => Err(unmeasured(why)),
        (Found::Unauthorised, _) => Err(unmeasured("not authorised to see it")),
        (Found::Absent, _) => {
            Err(Refusal::new(format!("topic {name} is not on {side}"), "create it, or correct the step"))
        }
    }
}

impl Action for TopicConfig {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        let topics = scope.step.on.map(|side| self.probe(scope, side));
        let flow = flow::probe(scope).filter(|_| is_copied(scope));
        topics.into_iter().chain(flow).collect()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let side = Self::side(scope)?;
        let wanted = self.wanted()?;
        let probe = self.probe(scope, side);
        let mut changes = Changeset::default();
        let mut unknown = Vec::new();
        for name in self.topics(scope.unit) {
            let topic = present(Sight(seen), &probe, side, &name)?;
            let mut settings = Vec::new();
            for (config, to) in &wanted {
                match own(topic, side, config) {
                    Ok(from) if from == *to => {}
                    Ok(from) => settings.push(SettingChange {
                        name: (*config).to_owned(),
                        from,
                        to: to.clone(),
                        entries: Vec::new(),
                    }),
                    Err(why) => unknown.push(why),
                }
            }
            if !settings.is_empty() {
                let command = Command::SetTopicConfigs { side, topic: name, settings };
                changes.changes.push(Change::guarded(command)?);
            }
        }
        if !unknown.is_empty() {
            return Err(Refusal::new(listed(unknown), "correct the name of the config"));
        }
        if let Some(sync) = self.sync(scope, seen)? {
            let keys: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
            sync.leaves_alone(&keys)?;
            if let Some(interval) = sync.interval_ms()
                && !changes.is_empty()
            {
                enough_time(scope, interval)?;
                let interval = spoken(i64::try_from(interval).unwrap_or(i64::MAX));
                changes
                    .notes
                    .push(format!("the replicator syncs configs every {interval}: settled only after that"));
            }
        }
        Ok(changes)
    }

    fn look(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Vec<Probe> {
        let topics = scope.step.on.map(|side| self.probe(scope, side));
        if !is_copied(scope) || changes.is_empty() {
            return topics.into_iter().collect();
        }
        // First the sync, then its interval, and only then the topics: asked for earlier, they would be seen earlier.
        let flow = flow::probe(scope);
        let interval = match self.sync(scope, seen) {
            Ok(sync) => sync.and_then(|sync| sync.interval_ms()),
            Err(_) => return flow.into_iter().collect(),
        };
        match interval.map(|ms| self.interval(scope, ms)) {
            Some(interval) if !seen.contains(&interval) => flow.into_iter().chain([interval]).collect(),
            Some(interval) => flow.into_iter().chain([interval]).chain(topics).collect(),
            None => flow.into_iter().chain(topics).collect(),
        }
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        if is_copied(scope) && !changes.is_empty() {
            let sync = waiting.need(self.sync(scope, seen).map_err(|refusal| refusal.why)).flatten();
            if let Some(interval) = sync.and_then(|sync| sync.interval_ms()) {
                waiting.need(Sight(seen).rest(&self.interval(scope, interval)));
            }
        }
        let (side, wanted) = match (Self::side(scope), self.wanted()) {
            (Ok(side), Ok(wanted)) => (side, wanted),
            (Err(refusal), _) | (_, Err(refusal)) => return Settled::Cannot { why: refusal.why },
        };
        for name in self.topics(scope.unit) {
            let topic = present(Sight(seen), &self.probe(scope, side), side, &name);
            let Some(topic) = waiting.need(topic.map_err(|refusal| refusal.why)) else { continue };
            for (config, to) in &wanted {
                read_back(&mut waiting, topic, side, config, to.as_ref());
            }
        }
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        scope.step.on.map(|side| self.probe(scope, side)).into_iter().collect()
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        for change in &changes.changes {
            let Command::SetTopicConfigs { side, topic, settings } = &change.command else { continue };
            let found = present(Sight(seen), &self.probe(scope, *side), *side, topic);
            let Some(found) = waiting.need(found.map_err(|refusal| refusal.why)) else { continue };
            for setting in settings {
                read_back(&mut waiting, found, *side, &setting.name, setting.from.as_ref());
            }
        }
        waiting.settled()
    }
}

/// Adds a config that is not as it has to be.
fn read_back(waiting: &mut Waiting, topic: &TopicSeen, side: Side, config: &str, wanted: Option<&String>) {
    let Some(now) = waiting.need(own(topic, side, config)) else { return };
    if now.as_ref() != wanted {
        let said = |value: Option<&String>| value.map_or("not set on the topic", String::as_str).to_owned();
        waiting.not_yet(
            format!("{config} of topic {} on {side}", topic.topic),
            said(now.as_ref()),
            said(wanted),
        );
    }
}

/// A step that ends within the sync interval can never see that its change stays.
fn enough_time(scope: &StepScope<'_>, interval: u64) -> Result<(), Refusal> {
    let of = |ms: u64| spoken(i64::try_from(ms).unwrap_or(i64::MAX));
    match scope.step.timeout_ms {
        Some(timeout) if timeout <= interval => Err(Refusal::new(
            format!(
                "step {} ends after {}, within one sync interval of {}: it could never see that the change stays",
                scope.step.id,
                of(timeout),
                of(interval)
            ),
            "give the step a longer timeout, or shorten sync.topic.configs.interval.seconds",
        )),
        _ => Ok(()),
    }
}
