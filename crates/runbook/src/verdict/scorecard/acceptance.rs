use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::CheckCell;
use crate::plan::Plan;
use crate::verdict::{Dimension, Finding, Level};
use crate::world::hex;

/// A named person signed what was found in one dimension of one unit, for it or against it. An acceptance holds while
/// plan, rules, levels and findings stay what they were; evidence may be measured again.
///
/// Whoever makes one has verified the signature: [`key`](Acceptance::key) is the key that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    pub unit: String,
    pub dimension: Dimension,
    pub role: String,
    pub by: String,
    pub decision: Decision,
    pub reason: Option<String>,
    pub at: Timestamp,
    /// As signed; the site's `acceptance_max` counts beside it.
    pub expires: Option<Timestamp>,
    pub plan_digest: String,
    /// What was seen in one environment is not accepted for another.
    pub environment_digest: String,
    pub checks: BTreeMap<String, AcceptedCheck>,
    /// Digests of the evidence that was seen when signing.
    pub evidence: Vec<String>,
    /// The public key that signed: kind and base64.
    pub key: String,
    /// SHA-256 (hex) of the document that was signed.
    pub statement: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Accept,
    Reject,
}

impl Decision {
    pub fn word(self) -> &'static str {
        match self {
            Decision::Accept => "accept",
            Decision::Reject => "reject",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedCheck {
    pub rule_digest: String,
    pub level: Level,
    /// [`findings_digest`] of what was found.
    pub findings: String,
}

/// SHA-256 (hex) of the sorted (code, subject) pairs: two sets of findings are the same when these are.
pub fn findings_digest(findings: &[Finding]) -> String {
    let mut pairs: Vec<(&str, &str)> =
        findings.iter().map(|f| (f.code.as_str(), f.subject.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    hex(&Sha256::digest(serde_json::to_vec(&pairs).expect("pairs of texts always serialise")))
}

/// Why what `by` signs for `role` with `key` counts for nothing, whatever it says; `None`: the plan knows all three.
pub fn not_entitled(plan: &Plan, role: &str, by: &str, key: &str) -> Option<String> {
    let Some(known) = plan.roles.get(role) else { return Some(format!("there is no role {role}")) };
    if !known.is_held_by(by) {
        return Some(format!("{by} does not hold the role {role}"));
    }
    match plan.people.get(by).map(|person| person.public_key.as_deref()) {
        None => Some(format!("{by} is not among the people")),
        Some(None) => Some(format!("no key of {by} is declared")),
        Some(Some(declared)) if declared != key => {
            Some(format!("the key that signed is not the one declared for {by}"))
        }
        Some(Some(_)) => None,
    }
}

impl Acceptance {
    /// Until when it counts: as signed, and no longer than the plan's policy allows.
    pub fn until(&self, plan: &Plan) -> Option<Timestamp> {
        let longest = plan.acceptance_max_ms.map(|most| {
            let most = i64::try_from(most).map_or(SignedDuration::MAX, SignedDuration::from_millis);
            self.at.checked_add(most).unwrap_or(Timestamp::MAX)
        });
        self.expires.into_iter().chain(longest).min()
    }

    /// Why neither a yes nor a no of it counts in this plan.
    pub(super) fn is_foreign(&self, plan: &Plan, now: Timestamp) -> Option<String> {
        if let Some(why) = not_entitled(plan, &self.role, &self.by, &self.key) {
            return Some(why);
        }
        if !plan.roles.get(&self.role).is_some_and(|role| role.accepts.contains(&self.dimension)) {
            return Some(format!("the role {} does not accept {}", self.role, self.dimension.title()));
        }
        if self.plan_digest != plan.digest {
            return Some("the plan is another".to_owned());
        }
        if self.environment_digest != plan.environment_digest {
            return Some("the environment is another".to_owned());
        }
        (self.at > now).then(|| "signed in the future: the clocks disagree".to_owned())
    }

    /// Why an acceptance does not cover these due checks of its dimension as they stand now; `None`: it does.
    pub(super) fn is_void(&self, plan: &Plan, due: &[&CheckCell], now: Timestamp) -> Option<String> {
        if let Some(why) = self.is_foreign(plan, now) {
            return Some(why);
        }
        if let Some(until) = self.until(plan).filter(|until| now >= *until) {
            return Some(format!("expired at {until}"));
        }
        if due.is_empty() {
            return Some("no check counts".to_owned());
        }
        due.iter().find_map(|cell| self.differs(plan, cell))
    }

    fn differs(&self, plan: &Plan, cell: &CheckCell) -> Option<String> {
        let id = &cell.check;
        let Some(accepted) = self.checks.get(id) else {
            return Some(format!("{id} counts now and was not accepted"));
        };
        if plan.check(id).map(|check| &check.rule_digest) != Some(&accepted.rule_digest) {
            return Some(format!("the rule of {id} is another"));
        }
        if accepted.findings != findings_digest(&cell.findings) {
            return Some(format!("what {id} finds is not what was accepted"));
        }
        (accepted.level != cell.verdict)
            .then(|| format!("{id} was {} and is {}", accepted.level, cell.verdict))
    }
}
