use runbook::verdict::Level;
use serde::Serialize;

use crate::View;
use crate::view::{CheckView, DimensionView};

/// A test case.
#[derive(Debug, Serialize)]
pub(super) struct Case {
    pub classname: String,
    pub name: String,
    pub outcome: Outcome,
    /// The level, as the type of a failure or error.
    pub level: &'static str,
    /// One line.
    pub message: String,
    /// Everything, line by line.
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Passed,
    Skipped,
    Error,
    Failure,
}

impl Outcome {
    fn of(level: Level) -> Outcome {
        match level {
            Level::Green => Outcome::Passed,
            Level::Yellow => Outcome::Skipped,
            Level::Unknown => Outcome::Error,
            Level::Red => Outcome::Failure,
        }
    }
}

impl Case {
    pub fn of_check(check: &CheckView) -> Case {
        let mut lines: Vec<String> = check.why.clone().into_iter().collect();
        for finding in &check.findings {
            lines.push(format!("{} {}", finding.code, finding.subject));
            lines.push(format!("  expected: {}", finding.expected));
            lines.push(format!("  actual: {}", finding.actual));
            lines.push(format!("  hint: {}", finding.hint));
        }
        lines.extend(check.evidence.iter().map(|piece| format!("evidence: {}", piece.sha256)));
        let (outcome, said) = match check.due {
            true => (Outcome::of(check.verdict), check.verdict.to_string()),
            false => (Outcome::Skipped, format!("not due yet, {} now", check.verdict)),
        };
        let first = check.findings.first().map(|finding| format!("{}: {}", finding.subject, finding.actual));
        let message = match check.why.clone().or(first) {
            Some(why) => format!("{said}: {why}"),
            None => said,
        };
        Case {
            classname: format!("{}.{}", check.unit, check.dimension),
            name: check.check.clone(),
            outcome,
            level: check.verdict.word(),
            message,
            lines,
        }
    }

    pub fn of_all(view: &View) -> Case {
        let meaning =
            view.levels.iter().find(|each| each.level == view.overall).map_or("", |each| each.meaning);
        Case {
            classname: "scorecard".to_owned(),
            name: "overall".to_owned(),
            outcome: Outcome::of(view.overall),
            level: view.overall.word(),
            message: format!("{}: {meaning}", view.overall),
            lines: view.because.clone(),
        }
    }

    pub fn of_dimension(unit: &str, dimension: &DimensionView) -> Case {
        Case {
            classname: format!("{unit}.{}", dimension.dimension),
            name: format!("{}, as a whole", dimension.title),
            outcome: Outcome::of(dimension.level),
            level: dimension.level.word(),
            message: dimension.reason.clone(),
            lines: Vec::new(),
        }
    }
}
