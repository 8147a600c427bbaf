//! `junit.xml`, for systems that only know passed, failed, error and skipped.
//!
//! One test case per check, one per dimension and one for the whole: a dimension may be red because a proof is missing, or yellow because
//! nobody accepted it, while every check of it is green, and a board that shows only passed cases would be a false green.
//!
//! | level | case | why |
//! |---|---|---|
//! | green | passed | |
//! | yellow | skipped | the only state that neither claims success nor breaks a build; the exit code (4) decides |
//! | unknown | error | the measurement failed, not the thing measured |
//! | red | failure | |
//! | not due | skipped | measured, counted nowhere |

mod case;

use case::{Case, Outcome};
use serde::Serialize;

use crate::inert::{each_text, log_commands, visible};
use crate::template::built_in;
use crate::view::UnitView;
use crate::{RenderError, View};

#[derive(Debug, Serialize)]
struct Suites {
    name: String,
    run: String,
    overall: &'static str,
    timestamp: String,
    suites: Vec<Suite>,
}

#[derive(Debug, Serialize)]
struct Suite {
    name: String,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: Vec<Case>,
}

pub(crate) fn render(view: &View) -> Result<String, RenderError> {
    let at = view.run.ended.unwrap_or(view.run.started);
    let suites = Suites {
        name: format!("cutover {}", view.runbook.name),
        run: view.run.id.clone(),
        overall: view.overall.word(),
        timestamp: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        suites: std::iter::once(Suite::overall(view)).chain(view.units.iter().map(Suite::of)).collect(),
    };
    // Boards read it, and builds print it.
    let inert = |text: &str| log_commands(&visible(text));
    built_in("junit.xml", &each_text(serde_json::to_value(suites)?, &inert))
}

impl Suite {
    /// A run that judged nothing still has one case, which is an error.
    fn overall(view: &View) -> Suite {
        Suite::new("scorecard", vec![Case::of_all(view)])
    }

    fn of(unit: &UnitView) -> Suite {
        let cases = unit
            .dimensions
            .iter()
            .flat_map(|dimension| {
                let checks = dimension.checks.iter().map(Case::of_check);
                std::iter::once(Case::of_dimension(&unit.unit, dimension)).chain(checks)
            })
            .collect();
        Suite::new(&unit.unit, cases)
    }

    fn new(name: &str, cases: Vec<Case>) -> Suite {
        let count = |outcome: Outcome| cases.iter().filter(|case| case.outcome == outcome).count();
        Suite {
            name: name.to_owned(),
            failures: count(Outcome::Failure),
            errors: count(Outcome::Error),
            skipped: count(Outcome::Skipped),
            cases,
        }
    }
}
