use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::check::Millis;
use crate::plan::{PlannedStep, Way};
use crate::verdict::{Dimension, Level};
use crate::world::Side;

/// What a planned step says beside its own fields, decoded.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepSpec {
    pub with: Json,
    pub timeout: Timeout,
    pub retry: Option<Retry>,
    pub when: Option<String>,
    pub run_in: Option<RunIn>,
    pub confirm: Option<Condition>,
    pub undo: Option<Undo>,
    pub on_fail: Option<Way>,
    pub on_timeout: Option<Way>,
    pub on_unknown: Option<Way>,
    pub checks: Checks,
    pub scope: Option<String>,
    pub require: Option<Require>,
    pub fresh: Option<Millis>,
    pub hold: Option<Hold>,
    pub poll: Option<Poll>,
    pub decide: Option<Decide>,
    pub until: Option<Condition>,
    pub every: Option<Millis>,
    #[serde(rename = "for")]
    pub for_: Option<Millis>,
    pub of: Option<String>,
    pub roles: Vec<String>,
}

impl StepSpec {
    /// What shows that the undo it writes has worked.
    pub fn undo_confirm(&self) -> Option<&Condition> {
        match self.undo.as_ref()? {
            Undo::Command { confirm, .. } => confirm.as_ref(),
            Undo::None => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeout {
    pub attempt: Option<Millis>,
    pub total: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    pub max: u32,
    pub backoff: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunIn {
    Rehearsal,
    Production,
    Both,
}

/// True for every subject, or for the check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    pub check: Option<String>,
    pub at_least: Option<Level>,
    pub probe: Option<String>,
    pub on: Option<Side>,
    pub of: Vec<String>,
    pub until: Option<String>,
}

/// `none`, or a command of the author's own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "Json")]
#[expect(clippy::large_enum_variant, reason = "a step has one, and few steps have any")]
pub enum Undo {
    None,
    Command { kind: String, on: Option<Side>, with: Json, confirm: Option<Condition> },
}

/// The checks a step names; `None`: all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Json")]
pub struct Checks(pub Option<Vec<String>>);

/// What must hold before a gate opens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum Require {
    All(Vec<Require>),
    Any(Vec<Require>),
    Not(Box<Require>),
    Leaf { leaf: Leaf, at_least: Level, guard: Option<Guard> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    Check(String),
    Dimension(Dimension),
    Scorecard,
    Step(String),
}

/// What the engine enforces when yellow passes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    Window(Millis),
    Wave(u32),
    Trigger(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    #[serde(rename = "for")]
    pub for_: Millis,
    pub every: Millis,
    #[serde(default)]
    pub tolerate: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    pub roles: Vec<String>,
    /// Roles that must say go; `None`: all.
    #[serde(default, deserialize_with = "need")]
    pub need: Option<u32>,
    pub answer_within: Millis,
    #[serde(default)]
    pub silence_is: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    pub role: String,
    pub answer_within: Millis,
    pub silence_is: Way,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    all: Option<Vec<Require>>,
    any: Option<Vec<Require>>,
    not: Option<Box<Require>>,
    check: Option<String>,
    dimension: Option<Dimension>,
    scorecard: Option<String>,
    step: Option<String>,
    at_least: Option<Level>,
    guard: Option<Guard>,
}

impl StepSpec {
    /// # Errors
    /// The step was not made by this program's plan.
    pub fn of(step: &PlannedStep) -> Result<StepSpec, String> {
        if step.with.is_null() {
            return Ok(StepSpec::default());
        }
        serde_json::from_value(step.with.clone()).map_err(|error| format!("step {}: {error}", step.id))
    }
}

impl TryFrom<Written> for Require {
    type Error = String;

    fn try_from(written: Written) -> Result<Require, String> {
        let leaves = [
            written.check.map(Leaf::Check),
            written.dimension.map(Leaf::Dimension),
            written.scorecard.map(|_| Leaf::Scorecard),
            written.step.map(Leaf::Step),
        ];
        let mut leaves = leaves.into_iter().flatten();
        match (written.all, written.any, written.not, leaves.next(), leaves.next()) {
            (Some(all), None, None, None, _) => Ok(Require::All(all)),
            (None, Some(any), None, None, _) => Ok(Require::Any(any)),
            (None, None, Some(not), None, _) => Ok(Require::Not(not)),
            (None, None, None, Some(leaf), None) => Ok(Require::Leaf {
                leaf,
                at_least: written.at_least.unwrap_or(Level::Green),
                guard: written.guard,
            }),
            _ => Err("exactly one of all, any, not, check, dimension, scorecard, step is needed".to_owned()),
        }
    }
}

impl TryFrom<Json> for Checks {
    type Error = String;

    fn try_from(json: Json) -> Result<Checks, String> {
        match json {
            Json::String(word) if word == "all" => Ok(Checks(None)),
            Json::Null => Ok(Checks(None)),
            list => serde_json::from_value(list).map(|names| Checks(Some(names))).map_err(|e| e.to_string()),
        }
    }
}

impl TryFrom<Json> for Undo {
    type Error = String;

    fn try_from(json: Json) -> Result<Undo, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(rename = "do")]
            kind: String,
            on: Option<Side>,
            with: Json,
            confirm: Option<Condition>,
        }
        match json {
            Json::String(word) if word == "none" => Ok(Undo::None),
            command => serde_json::from_value(command)
                .map(|Written { kind, on, with, confirm }| Undo::Command { kind, on, with, confirm })
                .map_err(|error| error.to_string()),
        }
    }
}

fn need<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::String(word) if word == "all" => Ok(None),
        Json::Null => Ok(None),
        number => serde_json::from_value(number).map(Some).map_err(serde::de::Error::custom),
    }
}

/// A condition's subjects: the names written, or the unit's.
impl Condition {
    pub fn of(&self, unit: impl IntoIterator<Item = String>) -> Vec<String> {
        let names: std::collections::BTreeSet<String> =
            if self.of.is_empty() { unit.into_iter().collect() } else { self.of.iter().cloned().collect() };
        names.into_iter().collect()
    }
}

/// Facts a person gives with `--set`, and their types as written.
pub type ManualFacts = BTreeMap<String, Json>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(with: Json) -> Result<StepSpec, String> {
        StepSpec::of(&PlannedStep { with, ..PlannedStep::default() })
    }

    #[test]
    fn a_gate_is_decoded_whole() {
        let gate = spec(json!({
            "require": { "all": [{ "scorecard": "all", "at_least": "yellow", "guard": { "trigger": "errors" } }, { "check": "position-provable" }] },
            "fresh": "10m", "hold": { "for": "1m", "every": "5s", "tolerate": 1 },
            "poll": { "roles": ["conductor"], "need": "all", "answer_within": "8m", "silence_is": "no-go" },
            "decide": { "role": "rollback_owner", "answer_within": "30s", "silence_is": { "rollback": "back" } },
            "on_fail": "hold", "on_timeout": "stand-down",
        }))
        .unwrap();
        let Some(Require::All(leaves)) = &gate.require else { panic!("{gate:?}") };
        assert_eq!(
            leaves[1],
            Require::Leaf {
                leaf: Leaf::Check("position-provable".into()),
                at_least: Level::Green,
                guard: None
            }
        );
        assert_eq!(gate.decide.unwrap().silence_is, Way::Rollback("back".into()));
        assert_eq!(gate.on_timeout, Some(Way::StandDown));
        assert_eq!((gate.fresh, gate.poll.unwrap().need), (Some(Millis(600_000)), None));
    }

    #[test]
    fn what_the_language_does_not_say_is_refused() {
        assert!(spec(json!({ "require": { "check": "a", "step": "b" } })).is_err());
        assert!(spec(json!({ "require": {} })).is_err());
        assert!(spec(json!({ "unknown": 1 })).is_err());
        assert_eq!(spec(json!({ "checks": "all" })).unwrap().checks, Checks(None));
        assert_eq!(spec(json!({ "undo": "none" })).unwrap().undo, Some(Undo::None));
    }
}
