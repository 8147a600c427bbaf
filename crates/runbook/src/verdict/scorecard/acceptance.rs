use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::CheckCell;
use crate::plan::Plan;
use crate::verdict::{Dimension, Finding, Level};
use crate::world::hex;

/// A named person signed what was found in one dimension of one unit. It holds while the plan, the rules, the levels
/// and the findings stay what they were; evidence may be measured again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    pub unit: String,
    pub dimension: Dimension,
    pub role: String,
    pub by: String,
    pub at: Timestamp,
    /// From the site's `acceptance_max`.
    pub expires: Option<Timestamp>,
    pub plan_digest: String,
    pub checks: BTreeMap<String, AcceptedCheck>,
    /// Digests of the evidence that was seen when signing.
    pub evidence: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl Acceptance {
    /// Whether it covers these due checks of its dimension as they stand now.
    pub(super) fn holds(&self, plan: &Plan, due: &[&CheckCell], now: Timestamp) -> bool {
        let may_accept = plan.roles.get(&self.role).is_some_and(|role| {
            role.accepts.contains(&self.dimension)
                && role.people.iter().chain(&role.backup).any(|person| *person == self.by)
        });
        may_accept
            && self.plan_digest == plan.digest
            && self.at <= now
            && self.expires.is_none_or(|expires| now < expires)
            && due.iter().all(|cell| {
                let rule = plan.check(&cell.check).map(|check| check.rule_digest.as_str());
                self.checks.get(&cell.check).is_some_and(|accepted| {
                    rule == Some(accepted.rule_digest.as_str())
                        && accepted.level == cell.verdict
                        && accepted.findings == findings_digest(&cell.findings)
                })
            })
    }
}
