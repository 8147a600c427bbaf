use jiff::Timestamp;
use runbook::plan::PlannedCheck;
use runbook::verdict::{CheckCell, Dimension, Finding, Level};
use serde::Serialize;

use super::ItemView;
use crate::ReportInput;

/// One check of one unit, from its colour down to the digests of what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct CheckView {
    /// Place of this check within the page, safe as an HTML id. It may differ from report to report.
    pub anchor: String,
    pub check: String,
    pub unit: String,
    pub dimension: &'static str,
    pub dimension_title: &'static str,
    pub title: Option<String>,
    pub help: Option<String>,
    /// The kind (`use:`); empty where the plan does not know the check.
    pub kind: String,
    pub proof: &'static str,
    pub severity: Option<&'static str>,
    pub owner: Option<String>,
    pub verdict: Level,
    pub why: Option<String>,
    pub findings: Vec<FindingView>,
    pub items: Vec<ItemView>,
    pub evidence: Vec<EvidenceRef>,
    pub measured_at: Option<Timestamp>,
    pub age_seconds: Option<u64>,
    pub max_age_seconds: Option<u64>,
    pub due: bool,
    /// Step or kind before which it counts nowhere.
    pub due_at: Option<String>,
    pub waived_by: Option<String>,
    /// The runbook's own rule, as written; both empty: the kind's built-in rule.
    pub green: Option<String>,
    pub yellow: Option<String>,
    pub rule_digest: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FindingView {
    pub code: String,
    pub subject: String,
    pub expected: String,
    pub actual: String,
    pub hint: String,
}

/// Evidence named by digest.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceRef {
    pub sha256: String,
    /// Number in the report's list of observations; `None`: it is not among them.
    pub number: Option<usize>,
}

impl CheckView {
    pub(super) fn of(
        input: &ReportInput,
        unit: &str,
        dimension: Dimension,
        cell: &CheckCell,
        anchor: String,
    ) -> CheckView {
        let planned = input.plan.check(&cell.check);
        let judgement = input.judgements.get(&(unit.to_owned(), cell.check.clone()));
        let text = |of: fn(&PlannedCheck) -> &Option<String>| planned.and_then(|check| of(check).clone());
        CheckView {
            anchor,
            check: cell.check.clone(),
            unit: unit.to_owned(),
            dimension: dimension.id(),
            dimension_title: dimension.title(),
            title: text(|check| &check.title),
            help: text(|check| &check.help),
            kind: planned.map(|check| check.kind.clone()).unwrap_or_default(),
            proof: cell.proof.id(),
            severity: planned.map(|check| match check.severity {
                runbook::verdict::Severity::Minor => "minor",
                runbook::verdict::Severity::Major => "major",
                runbook::verdict::Severity::Blocker => "blocker",
            }),
            owner: text(|check| &check.owner),
            verdict: cell.verdict,
            why: cell.why.clone(),
            findings: cell.findings.iter().map(FindingView::of).collect(),
            items: judgement.map(|judgement| ItemView::all(planned, judgement)).unwrap_or_default(),
            evidence: cell.evidence.iter().map(|digest| EvidenceRef::of(input, digest)).collect(),
            measured_at: judgement.and_then(|judgement| judgement.measured_at),
            // The age of nothing is no age: without evidence it would be that of the verdict.
            age_seconds: cell.age_seconds.filter(|_| !cell.evidence.is_empty()),
            max_age_seconds: planned.and_then(|check| check.max_age_ms).map(|ms| ms / 1_000),
            due: cell.due,
            due_at: text(|check| &check.due),
            waived_by: cell.waived_by.clone(),
            green: text(|check| &check.green),
            yellow: text(|check| &check.yellow),
            rule_digest: planned.map(|check| check.rule_digest.clone()),
        }
    }
}

impl FindingView {
    fn of(finding: &Finding) -> FindingView {
        let Finding { code, subject, expected, actual, hint } = finding.clone();
        FindingView { code, subject, expected, actual, hint }
    }
}

impl EvidenceRef {
    pub(super) fn of(input: &ReportInput, digest: &str) -> EvidenceRef {
        let place = input.observations.iter().position(|seen| seen.sha256() == Some(digest));
        EvidenceRef { sha256: digest.to_owned(), number: place.map(|place| place + 1) }
    }
}
