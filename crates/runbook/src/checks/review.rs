//! A named person has read a named document and stands by it.
//!
//! ## What it judges
//! That the document beside the runbook is, byte for byte, the one that was reviewed, that the reviewer is a person of
//! this runbook, and that the review is not older than it may be.
//!
//! ## Why it matters
//! Network paths, IAM, audit and ownership are not readable from a cluster. A review makes the statement and its author
//! part of the evidence; a document that changed afterwards has not been reviewed.
//!
//! ## Green, yellow, red
//! Green: digest equal, reviewer known, review within `valid_for`. Yellow: exceptions are listed in `exceptions`.
//! Red: digest differs, reviewer unknown, review too old or dated in the future.
//!
//! ## What it does not prove
//! That the document is right.
//!
//! ## Example
//! ```yaml
//! network-reviewed:
//!   use: review
//!   dimension: governance
//!   proof: reviewed
//!   severity: major
//!   with: { document: network.md, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, by: tomas, at: "2026-11-20T09:00:00Z", valid_for: 30d }
//! ```

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Scope};
use crate::verdict::{Dimension, Finding, Item, Level, Proof};
use crate::world::{Measured, Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Path of the document, relative to the runbook.
    document: String,
    /// SHA-256 of the document as reviewed, hex.
    sha256: String,
    /// A person of the site.
    by: String,
    /// When it was reviewed.
    at: Timestamp,
    /// How long the review holds, for example `30d`.
    valid_for: Option<String>,
    /// Documented exceptions; any of them makes the check yellow.
    #[serde(default)]
    exceptions: Vec<String>,
}

impl Review {
    fn probe(&self) -> Probe {
        Probe::File { path: self.document.clone() }
    }
}

impl Declared for Review {
    const DIMENSION: Option<Dimension> = None;
    const PROOF: Option<Proof> = None;
    const LIVE: bool = false;
}

impl Check for Review {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        vec![
            FactSpec::new("unchanged", FactType::Boolean, "the document is the one that was reviewed"),
            FactSpec::new("reviewer_known", FactType::Boolean, "the reviewer is a person of this runbook"),
            FactSpec::new("age", FactType::Duration, "time since the review"),
            FactSpec::new("exceptions", FactType::Integer, "number of documented exceptions"),
        ]
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let probe = self.probe();
        let Measured::File(file) = &seen.of(&probe)?.measured else {
            return Err(format!("{}: answered with something else", probe.title()));
        };
        let facts = Facts::new()
            .with("unchanged", file.sha256.eq_ignore_ascii_case(&self.sha256))
            .with("reviewer_known", scope.plan.people.contains_key(&self.by))
            .with("age", scope.now.as_millisecond() - self.at.as_millisecond())
            .with("exceptions", self.exceptions.len());
        let evidence =
            [("sha256".to_owned(), file.sha256.clone()), ("reviewed by".to_owned(), self.by.clone())];
        Ok(vec![Item { subject: format!("document {}", self.document), facts, evidence: evidence.into() }])
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> (Level, Vec<Finding>) {
        let finding = |code: &str, expected: String, actual: String, hint: &str| Finding {
            code: code.to_owned(),
            subject: subject.to_owned(),
            expected,
            actual,
            hint: hint.to_owned(),
        };
        let mut findings = Vec::new();
        if facts.boolean("unchanged") != Some(true) {
            findings.push(finding(
                "CUT2601",
                format!("sha256 {}", self.sha256),
                "another document".to_owned(),
                "have the changed document reviewed again and write its digest",
            ));
        }
        if facts.boolean("reviewer_known") != Some(true) {
            findings.push(finding(
                "CUT2602",
                "a person of the site".to_owned(),
                self.by.clone(),
                "add the reviewer to `people` or name one who is there",
            ));
        }
        if facts.integer("age").is_some_and(|age| age < 0) {
            findings.push(finding(
                "CUT2603",
                "a review in the past".to_owned(),
                self.at.to_string(),
                "correct `at`, or the clock of this machine",
            ));
        }
        if !findings.is_empty() {
            return (Level::Red, findings);
        }
        if facts.integer("exceptions") == Some(0) {
            (Level::Green, findings)
        } else {
            (Level::Yellow, findings)
        }
    }
}
