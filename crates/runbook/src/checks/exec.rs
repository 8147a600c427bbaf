//! A command of yours measures something, and a rule of yours judges it.
//!
//! ## What it judges
//! The facts that the command prints as one JSON object on standard output, each declared with its type, against the
//! check's own `green` and `yellow`. There is no built-in rule.
//!
//! ## Why it matters
//! Whether the application is right (no payment lost, no invoice twice) is known only to the application. Its own
//! reconciliation becomes evidence with a date, a digest and an owner.
//!
//! ## Green, yellow, red
//! As the check's rule says. Unknown: the command ended with another exit code than 0, ran out of time, printed no JSON
//! object, left out a declared fact or gave one of another type; commands are switched off (`--deny-exec`); the check
//! has no rule.
//!
//! ## What it does not prove
//! More than the command measures. A command that prints what is expected proves nothing.
//!
//! ## Example
//! ```yaml
//! reconciliation:
//!   use: exec
//!   dimension: offset_parity
//!   proof: application
//!   severity: blocker
//!   with: { argv: [./reconcile.sh], facts: { missing: integer, double_charged: integer } }
//!   green: "missing == 0 and double_charged == 0"
//!   yellow: "missing == 0 and double_charged < 3"
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::declared_facts::{read, specs};
use super::secret_or_text::SecretOrText;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::verdict::{Dimension, Item, Proof};
use crate::world::{Measured, Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// Command and arguments; a relative command is looked for beside the runbook. No shell.
    argv: Vec<String>,
    /// Environment variables, beside an otherwise empty environment; a value is a text or `{ secret: NAME }`.
    #[serde(default)]
    env: BTreeMap<String, SecretOrText>,
    /// The command is ended after this time.
    #[serde(default = "a_minute")]
    timeout: Millis,
    /// The facts it prints, with their types: boolean, integer, number, text, duration (ms), size (bytes).
    facts: BTreeMap<String, FactType>,
}

fn a_minute() -> Millis {
    Millis(60_000)
}

impl Declared for Exec {
    const DIMENSION: Option<Dimension> = None;
    const PROOF: Option<Proof> = None;

    fn facts() -> Vec<FactSpec> {
        vec![FactSpec::new(
            "exit_code",
            FactType::Integer,
            "exit code of the command; anything but 0 is unknown",
        )]
    }
}

impl Exec {
    fn probe(&self) -> Probe {
        let env = self.env.iter().map(|(name, value)| (name.clone(), value.as_probe())).collect();
        Probe::Exec { argv: self.argv.clone(), env, timeout_ms: self.timeout.as_probe() }
    }
}

impl Check for Exec {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts().into_iter().flat_map(|own| specs(own, &self.facts)).collect()
    }

    fn items(&self, _: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let probe = self.probe();
        let Measured::Exec(output) = &seen.of(&probe)?.measured else {
            return Err(format!("{}: answered with something else", probe.title()));
        };
        let subject = probe.title();
        if output.status != 0 {
            return Ok(vec![Item::unknown(
                subject,
                format!("exit code {}: {}", output.status, output.excerpt.trim()),
            )]);
        }
        if let Some(why) = &output.unreadable {
            return Ok(vec![Item::unknown(subject, why)]);
        }
        let own = Facts::new().with("exit_code", output.status);
        let facts = read(&self.facts, output)
            .iter()
            .fold(own, |facts, (name, value)| facts.with(name, value.clone()));
        Ok(vec![Item::new(subject, facts)])
    }

    fn rule(&self, _: &Scope<'_>, _: &str, _: &Facts) -> Ruling {
        Ruling::unknown("a command is judged by the check's own rule, and the check has none: write `green`")
    }
}
