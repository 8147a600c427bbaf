//! A real client lives a whole life on the target: it creates, writes, reads, commits and deletes.
//!
//! ## What it judges
//! What an ordinary librdkafka client can do with this runbook's credentials on scratch objects of its own: create a
//! topic, produce, produce idempotently, read everything back in order, commit, read the commit, describe
//! configurations, delete group and topic; with `transactions: true` also commit and abort a transaction and see that
//! only the committed record is read. On the target, unless `on` says otherwise.
//!
//! ## Why it matters
//! What a cluster says it offers is a claim. Kafka-compatible platforms answer ApiVersions like Apache Kafka and fail at
//! the first transaction, the first commit, or when a topic is deleted.
//!
//! ## Green, yellow, red
//! Green: every step succeeded. Yellow: a scratch object could not be removed. Red: a step failed although the client
//! was let in. Unknown: a step was refused for lack of rights, lost its connection or ran out of time, was not tried, or
//! scratch objects are forbidden (`--no-scratch`).
//!
//! ## What it does not prove
//! That the application's own client library, credentials and settings work: that is `real-clients`.
//!
//! ## Example
//! ```yaml
//! client:
//!   use: client-probe
//!   severity: blocker
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{ClientSeen, ClientStep, Observations, Probe, Reason, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientProbe {
    /// Whether a transaction is committed and another one aborted.
    #[serde(default)]
    transactions: bool,
}

impl Declared for ClientProbe {
    const DIMENSION: Option<Dimension> = Some(Dimension::PlatformCompatibility);
    const PROOF: Option<Proof> = Some(Proof::Api);
    const LIVE: bool = false;
    const LASTS: bool = true;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("step", FactType::Text, "what the client did, or `clean-up`"),
            FactSpec::new("ok", FactType::Boolean, "it succeeded"),
            FactSpec::optional("took", FactType::Duration, "how long it took"),
            FactSpec::optional("error", FactType::Text, "what went wrong"),
        ]
    }
}

/// A life without one of these is not whole.
const STEPS: [&str; 9] = [
    "create-topic",
    "describe-configs",
    "produce",
    "produce-idempotent",
    "consume",
    "commit",
    "read-commit",
    "delete-group",
    "delete-topic",
];
const TRANSACTION_STEPS: [&str; 2] = ["transaction-commit", "transaction-abort"];

impl ClientProbe {
    fn probes(&self, scope: &Scope<'_>) -> Vec<(Side, Probe)> {
        let side = scope.on.unwrap_or(Side::Target);
        vec![(side, Probe::Client { side, transactions: self.transactions })]
    }

    fn steps(&self) -> impl Iterator<Item = &'static str> {
        STEPS.into_iter().chain(TRANSACTION_STEPS.into_iter().filter(|_| self.transactions))
    }
}

impl Check for ClientProbe {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        self.probes(scope).into_iter().map(|(_, probe)| probe).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        for (side, probe) in self.probes(scope) {
            let life = seen.client(&probe)?;
            items.extend(self.steps().map(|name| step_item(side, name, life)));
            items.push(clean_up(side, life));
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(step), Some(ok)) = (facts.text("step"), facts.boolean("ok")) else {
            return Ruling::unknown("the facts of a step are not there");
        };
        let mut ruling = Ruling::green();
        if ok {
            return ruling;
        }
        let error = facts.text("error").unwrap_or("it failed");
        if step == CLEAN_UP {
            ruling.yellow(Finding::new(
                "CUT2202",
                subject,
                "no scratch object left",
                error,
                "remove it by hand: kafka-topics --delete --topic NAME, kafka-consumer-groups --delete --group NAME",
            ));
        } else {
            ruling.red(Finding::new(
                "CUT2201",
                subject,
                "a real client succeeds",
                error,
                "try it by hand with the same properties: what fails here fails for the application too",
            ));
        }
        ruling
    }
}

const CLEAN_UP: &str = "clean-up";

fn step_item(side: Side, name: &str, life: &ClientSeen) -> Item {
    let subject = format!("client on {side}, step {name}");
    let Some(step) = life.steps.iter().find(|step| step.step == name) else {
        return Item::unknown(subject, "it was not tried");
    };
    if let Some(why) = says_nothing(step) {
        return Item::unknown(subject, why);
    }
    let mut facts = Facts::new().with("step", name).with("ok", step.ok).with_count("took", step.took_ms);
    if let Some(error) = step.error.as_ref().filter(|_| !step.ok) {
        facts.set("error", error.as_str());
    }
    Item::new(subject, facts).showing("client", &life.client)
}

/// A failure that is about rights, time or the network says nothing about what the cluster can do.
fn says_nothing(step: &ClientStep) -> Option<String> {
    let reason = step.reason.filter(|_| !step.ok)?;
    match reason {
        Reason::Failed | Reason::Unsupported | Reason::Changed => None,
        Reason::Unreachable
        | Reason::Unauthorised
        | Reason::TimedOut
        | Reason::OverBudget
        | Reason::Refused
        | Reason::NotBuilt
        | Reason::Stopped => Some(step.error.clone().unwrap_or_else(|| "it could not be tried".to_owned())),
    }
}

fn clean_up(side: Side, life: &ClientSeen) -> Item {
    let mut facts = Facts::new().with("step", CLEAN_UP).with("ok", life.left_behind.is_empty());
    if !life.left_behind.is_empty() {
        facts.set("error", format!("left behind: {}", life.left_behind.join(", ")));
    }
    Item::new(format!("client on {side}, {CLEAN_UP}"), facts)
}
