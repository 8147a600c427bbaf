//! An HTTP endpoint of yours answers with facts, and a rule of yours judges them.
//!
//! ## What it judges
//! The top-level members of the JSON object in the answer, each declared with its type, and the status, against the
//! check's own `green` and `yellow`. There is no built-in rule.
//!
//! ## Why it matters
//! Applications, deployment systems and monitors answer over HTTP what no cluster knows.
//!
//! ## Green, yellow, red
//! As the check's rule says. Unknown: no answer, a status that is not accepted (2xx unless `accept` says otherwise), no
//! JSON object, a declared fact absent or of another type; the check has no rule.
//!
//! ## What it does not prove
//! More than the endpoint measures; how old its answer is.
//!
//! ## Example
//! ```yaml
//! freeze-confirmed:
//!   use: http
//!   dimension: governance
//!   proof: reviewed
//!   severity: major
//!   with: { url: "https://deploy.internal/freeze", bearer: { secret: deploy_token }, facts: { frozen: boolean, open_changes: integer } }
//!   green: "frozen == true and open_changes == 0"
//!   yellow: "frozen == true"
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::declared_facts::{read, specs};
use super::secret_or_text::SecretOrText;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::verdict::{Dimension, Item, Proof};
use crate::world::{HttpRequest, Measured, Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    url: String,
    /// `GET` or `POST`: a check asks, it does not change.
    #[serde(default)]
    method: Method,
    /// A value is a text or `{ secret: NAME }`.
    #[serde(default)]
    headers: BTreeMap<String, SecretOrText>,
    /// A JSON document to send.
    #[serde(default)]
    json: Option<serde_json::Value>,
    /// A secret of the runbook, sent as a bearer token.
    #[serde(default)]
    bearer: Option<SecretName>,
    #[serde(default = "half_a_minute")]
    timeout: Millis,
    /// Statuses whose answer is read; empty: 200 to 299.
    #[serde(default)]
    accept: Vec<u16>,
    /// The facts of the answer, with their types: boolean, integer, number, text, duration (ms), size (bytes).
    facts: BTreeMap<String, FactType>,
}

/// How the endpoint is asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Post,
}

/// The name of a secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SecretName {
    secret: String,
}

fn half_a_minute() -> Millis {
    Millis(30_000)
}

impl Declared for Http {
    const DIMENSION: Option<Dimension> = None;
    const PROOF: Option<Proof> = None;

    fn facts() -> Vec<FactSpec> {
        vec![FactSpec::new("http_status", FactType::Integer, "status of the answer")]
    }
}

impl Http {
    fn probe(&self) -> Probe {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        Probe::Http(HttpRequest {
            method: method.to_owned(),
            url: self.url.clone(),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), value.as_probe())).collect(),
            body: self.json.as_ref().map(ToString::to_string),
            bearer: self.bearer.as_ref().map(|bearer| bearer.secret.clone()),
            timeout_ms: self.timeout.as_probe(),
        })
    }

    fn accepts(&self, status: i32) -> bool {
        let listed = || self.accept.iter().any(|accepted| i32::from(*accepted) == status);
        if self.accept.is_empty() { (200..300).contains(&status) } else { listed() }
    }
}

impl Check for Http {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts().into_iter().flat_map(|own| specs(own, &self.facts)).collect()
    }

    fn items(&self, _: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let probe = self.probe();
        let Measured::Http(output) = &seen.of(&probe)?.measured else {
            return Err(format!("{}: answered with something else", probe.title()));
        };
        let subject = probe.title();
        if !self.accepts(output.status) {
            return Ok(vec![Item::unknown(
                subject,
                format!("status {}: {}", output.status, output.excerpt.trim()),
            )]);
        }
        if let Some(why) = output.unreadable.as_ref().filter(|_| !self.facts.is_empty()) {
            return Ok(vec![Item::unknown(subject, why)]);
        }
        let own = Facts::new().with("http_status", output.status);
        let facts = read(&self.facts, output)
            .iter()
            .fold(own, |facts, (name, value)| facts.with(name, value.clone()));
        Ok(vec![Item::new(subject, facts)])
    }

    fn rule(&self, _: &Scope<'_>, _: &str, _: &Facts) -> Ruling {
        Ruling::unknown("an answer is judged by the check's own rule, and the check has none: write `green`")
    }
}
