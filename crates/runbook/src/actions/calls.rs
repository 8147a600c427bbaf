//! Commands and requests that a step writes itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::action::{Change, Changeset, Refusal, Settled, StepScope, WayBack};
use crate::check::Millis;
use crate::plan::StepEffect;
use crate::steps::{StepSpec, Undo};
use crate::world::{Command, HttpRequest};

/// Parameters of `exec`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecWith {
    /// Program and arguments; a relative program is looked for beside the runbook. No shell.
    argv: Vec<String>,
    /// Environment variables, beside an otherwise empty environment; a value is a text, a number or `{ secret: NAME }`.
    #[serde(default)]
    env: BTreeMap<String, Json>,
    /// Facts it prints as one JSON object, and their types.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the language; the facts are judged by whoever reads the answer")]
    facts: BTreeMap<String, Json>,
}

/// Parameters of `http`: exactly one of `get`, `put`, `post`, `patch`, `delete`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpWith {
    /// The address.
    #[serde(default)]
    get: Option<String>,
    /// The address.
    #[serde(default)]
    put: Option<String>,
    /// The address.
    #[serde(default)]
    post: Option<String>,
    /// The address.
    #[serde(default)]
    patch: Option<String>,
    /// The address.
    #[serde(default)]
    delete: Option<String>,
    /// A JSON document to send.
    #[serde(default)]
    json: Option<Json>,
    /// A value is a text, a number or `{ secret: NAME }`.
    #[serde(default)]
    headers: BTreeMap<String, Json>,
    /// A secret of the runbook, sent as a bearer token.
    #[serde(default)]
    bearer: Option<SecretName>,
    /// Facts of the answer, and their types.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the language; the facts are judged by whoever reads the answer")]
    facts: BTreeMap<String, Json>,
    /// How long the answer may take; the step's own attempt where it is not written.
    #[serde(default)]
    timeout: Option<Millis>,
}

/// The name of a secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SecretName {
    secret: String,
}

/// How long a call may take where neither it nor its step says.
const CALL_MS: u64 = 60_000;

impl ExecWith {
    pub(super) fn command(&self, scope: &StepScope<'_>) -> Result<Command, String> {
        if self.argv.is_empty() {
            return Err("argv names no program".to_owned());
        }
        let env = self.env.iter().map(|(name, value)| Ok((name.clone(), value_of(name, value)?)));
        Ok(Command::Exec {
            argv: self.argv.clone(),
            env: env.collect::<Result<_, String>>()?,
            timeout_ms: attempt(scope)?,
        })
    }
}

impl HttpWith {
    pub(super) fn command(&self, scope: &StepScope<'_>) -> Result<Command, String> {
        let named = [
            ("GET", &self.get),
            ("PUT", &self.put),
            ("POST", &self.post),
            ("PATCH", &self.patch),
            ("DELETE", &self.delete),
        ];
        let mut named = named.into_iter().filter_map(|(method, url)| Some((method, url.as_ref()?)));
        let (Some((method, url)), None) = (named.next(), named.next()) else {
            return Err("exactly one of get, put, post, patch, delete is needed".to_owned());
        };
        let headers = self.headers.iter().map(|(name, value)| Ok((name.clone(), value_of(name, value)?)));
        Ok(Command::Http(HttpRequest {
            method: method.to_owned(),
            url: url.clone(),
            headers: headers.collect::<Result<_, String>>()?,
            body: self.json.as_ref().map(Json::to_string),
            bearer: self.bearer.as_ref().map(|bearer| bearer.secret.clone()),
            timeout_ms: match self.timeout {
                Some(timeout) => timeout.as_probe(),
                None => attempt(scope)?,
            },
        }))
    }
}

fn attempt(scope: &StepScope<'_>) -> Result<u64, String> {
    let spec = StepSpec::of(scope.step)?;
    Ok(spec.timeout.attempt.map(Millis::as_probe).or(scope.step.timeout_ms).unwrap_or(CALL_MS))
}

/// A text, a number, a boolean, or `{ secret: NAME }` as `{{secret NAME}}`: only the name gets into the journal.
fn value_of(name: &str, value: &Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_string()),
        other => {
            let SecretName { secret } = SecretName::deserialize(other)
                .map_err(|_| format!("{name} is neither a text, a number nor {{ secret: NAME }}"))?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if secret.is_empty() || !secret.bytes().all(plain) {
                return Err(format!("{name}: a secret's name has letters, digits, `_`, `-` and `.`"));
            }
            Ok(format!("{{{{secret {secret}}}}}"))
        }
    }
}

/// The one change of such a step: its command, and the way back it writes.
pub(super) fn propose(scope: &StepScope<'_>, command: Result<Command, String>) -> Result<Changeset, Refusal> {
    let wrong = |why: String| Refusal::new(format!("step {}: {why}", scope.step.id), "correct the step");
    let command = command.map_err(wrong)?;
    let spec = StepSpec::of(scope.step).map_err(wrong)?;
    let undo = match spec.undo {
        Some(Undo::Command { kind, with, .. }) => {
            WayBack::Command(written(scope, &kind, with).map_err(wrong)?)
        }
        Some(Undo::None) => none(scope.step.no_undo.as_deref().unwrap_or("the runbook gives no reason")),
        None if scope.step.effect == StepEffect::None => none("it changes nothing"),
        None => none("the step writes no undo"),
    };
    Ok(Changeset::new([Change { command, undo }]))
}

fn none(why: &str) -> WayBack {
    WayBack::None { why: why.to_owned() }
}

fn written(scope: &StepScope<'_>, kind: &str, with: Json) -> Result<Command, String> {
    let read = |error: serde_json::Error| format!("undo: {error}");
    match kind {
        "exec" => serde_json::from_value::<ExecWith>(with).map_err(read)?.command(scope),
        "http" => serde_json::from_value::<HttpWith>(with).map_err(read)?.command(scope),
        other => Err(format!("undo: `{other}` is no command")),
    }
}

/// Whether such a step is taken back as far as the plan tells: whether its own undo worked is told by what came of the call
/// and by the undo's `confirm`, which are judged by whoever runs the step.
pub(super) fn undone(scope: &StepScope<'_>, changes: &Changeset) -> Settled {
    if scope.step.effect == StepEffect::None {
        return Settled::Yes;
    }
    let without = changes.changes.iter().find_map(|change| match &change.undo {
        WayBack::None { why } => Some(format!("{} has no way back: {why}", change.command.title())),
        WayBack::Command(_) => None,
    });
    without.map_or(Settled::Yes, |why| Settled::Cannot { why })
}
