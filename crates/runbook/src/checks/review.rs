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
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, spoken};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, Probe};

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
    valid_for: Option<Millis>,
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

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("unchanged", FactType::Boolean, "the document is the one that was reviewed"),
            FactSpec::new("reviewer_known", FactType::Boolean, "the reviewer is a person of this runbook"),
            FactSpec::new("age", FactType::Duration, "time since the review"),
            FactSpec::new("exceptions", FactType::Integer, "number of documented exceptions"),
        ]
    }
}

impl Check for Review {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let file = seen.file(&self.probe())?;
        let facts = Facts::new()
            .with("unchanged", file.sha256.eq_ignore_ascii_case(self.sha256.trim()))
            .with("reviewer_known", scope.plan.people.contains_key(&self.by))
            .with("age", scope.now.as_millisecond() - self.at.as_millisecond())
            .with_count("exceptions", self.exceptions.len() as u64);
        let item = Item::new(format!("document {}", self.document), facts)
            .showing("sha256", &file.sha256)
            .showing("reviewed by", &self.by)
            .showing("reviewed at", self.at.to_string());
        Ok(vec![item])
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(unchanged), Some(known), Some(age)) =
            (facts.boolean("unchanged"), facts.boolean("reviewer_known"), facts.integer("age"))
        else {
            return Ruling::unknown("the facts of a review are not there");
        };
        let mut ruling = Ruling::green();
        if !unchanged {
            ruling.red(Finding::new(
                "CUT2601",
                subject,
                format!("sha256 {}", self.sha256),
                "another document",
                "have the changed document reviewed again and write its digest",
            ));
        }
        if !known {
            ruling.red(Finding::new(
                "CUT2602",
                subject,
                "a person of the site",
                &self.by,
                "add the reviewer to `people` or name one who is there",
            ));
        }
        if age < 0 {
            ruling.red(Finding::new(
                "CUT2603",
                subject,
                "a review in the past",
                self.at.to_string(),
                "correct `at`, or the clock of this machine",
            ));
        }
        if let Some(Millis(valid_for)) = self.valid_for.filter(|valid_for| age > valid_for.0) {
            ruling.red(Finding::new(
                "CUT2604",
                subject,
                format!("reviewed within {}", spoken(valid_for)),
                format!("reviewed {} ago", spoken(age)),
                "have the document reviewed again and write `at`",
            ));
        }
        for exception in &self.exceptions {
            ruling.yellow(Finding::new(
                "CUT2605",
                format!("{subject}, exception {exception}"),
                "no exception",
                exception,
                "the owner of governance accepts the exception, or it is closed and taken from the list",
            ));
        }
        ruling
    }
}
