use runbook::verdict::Level;
use serde::Serialize;

use super::CheckView;

/// Checks that are not green for one reason. A cluster that cannot be reached makes many of them; whoever reads them
/// should read the reason once.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    pub verdict: Level,
    pub why: Option<String>,
    /// At least one; more only when none of them has findings of its own.
    pub checks: Vec<CheckView>,
}

impl Problem {
    /// Keeps the order in which the reasons first come.
    pub(super) fn all(checks: &[CheckView]) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        for check in checks {
            let same = |problem: &&mut Problem| {
                check.why.is_some()
                    && check.findings.is_empty()
                    && (&problem.why, problem.verdict) == (&check.why, check.verdict)
                    && problem.checks.iter().all(|other| other.findings.is_empty())
            };
            match problems.iter_mut().find(same) {
                Some(problem) => problem.checks.push(check.clone()),
                None => {
                    let (verdict, why) = (check.verdict, check.why.clone());
                    problems.push(Problem { verdict, why, checks: vec![check.clone()] });
                }
            }
        }
        problems
    }
}
