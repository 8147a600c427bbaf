//! What was expected of a switch beside what it came to.

use runbook::Side;
use runbook::verdict::Judgement;
use serde::Serialize;

use super::positions::{PositionsTotals, is_after_switch};
use super::sign_off::rehearsed;
use crate::ReportInput;
use crate::human::{duration, moment, spoken};
use crate::input::ExecutionMeta;

#[derive(Clone, Debug, Serialize)]
pub struct PredictionView {
    pub about: String,
    /// By a rehearsal, a budget, a declaration, or a look before anything was done.
    pub predicted: String,
    pub measured: String,
}

impl PredictionView {
    /// None where nothing was carried out, or nothing was expected.
    pub(super) fn all(input: &ReportInput) -> Vec<PredictionView> {
        let Some(execution) = &input.execution else { return Vec::new() };
        let mut all = budgets(execution);
        all.extend(stall(input, execution));
        all.extend(positions(input));
        all.extend(way_back(input, execution));
        all
    }

    fn new(about: impl Into<String>, predicted: impl Into<String>, measured: impl Into<String>) -> Self {
        PredictionView { about: about.into(), predicted: predicted.into(), measured: measured.into() }
    }
}

fn budgets(execution: &ExecutionMeta) -> Vec<PredictionView> {
    let of = |budget: &crate::BudgetMeta| {
        PredictionView::new(
            format!("Budget {}", budget.name),
            format!("at most {}", spoken(budget.max_ms)),
            spoken(budget.used_ms),
        )
    };
    execution.budgets.iter().map(of).collect()
}

/// From the stop of the first application on the source until the last ran on the target, as a rehearsal counts it.
fn stall(input: &ReportInput, execution: &ExecutionMeta) -> Option<PredictionView> {
    let rehearsed = longest(input, "stall")?;
    let of = |kind: &'static str, on: Side| {
        let planned = input.plan.steps.iter().filter(move |step| step.kind == kind && step.on == Some(on));
        planned.filter_map(|planned| execution.steps.iter().find(|step| step.step == planned.id))
    };
    let stopped = of("stop-app", Side::Source).filter_map(|step| step.began).min();
    let starts = of("start-app", Side::Target).filter(|step| step.state == "done");
    let ran = starts.filter_map(|step| {
        let took = jiff::SignedDuration::from_millis(i64::try_from(step.took_ms?).ok()?);
        step.began?.checked_add(took).ok()
    });
    let measured = stopped.zip(ran.max()).map_or_else(
        || "not reached".to_owned(),
        |(from, to)| duration(to.as_millisecond() - from.as_millisecond()),
    );
    let about = "From the stop of the applications on the source until they ran on the target";
    Some(PredictionView::new(about, format!("rehearsed: {}", duration(rehearsed)), measured))
}

fn positions(input: &ReportInput) -> Vec<PredictionView> {
    let of = |table: &crate::PositionTable| {
        let found = table.found.as_ref()?;
        let measured = if is_after_switch(input, table) {
            "not looked at between what was landed and the switch".to_owned()
        } else {
            format!("{}, {}", PositionsTotals::of(&table.seen.partitions).told(), moment(table.at))
        };
        let predicted =
            format!("left as found {}: {}", moment(found.at), PositionsTotals::of(&found.partitions).told());
        Some(PredictionView::new(format!("Group {} on the target", table.seen.group), predicted, measured))
    };
    input.positions.iter().filter_map(of).collect()
}

fn way_back(input: &ReportInput, execution: &ExecutionMeta) -> Option<PredictionView> {
    let declared =
        input.plan.units.iter().filter_map(|unit| unit.recovery.as_ref()?.switch_back_within_ms).min();
    let predicted: Vec<String> = [
        longest(input, "rollback").map(|took| format!("rehearsed: {}", duration(took))),
        declared.map(|within| format!("declared: at most {}", spoken(within))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let measured = match (execution.back_began, execution.back_ms) {
        (None, _) => "not taken".to_owned(),
        (Some(_), Some(took)) => spoken(took),
        (Some(began), None) => format!("begun {}, not over", moment(began)),
    };
    (!predicted.is_empty()).then(|| PredictionView::new("The way back", predicted.join("; "), measured))
}

/// The longest of what the rehearsed points took.
fn longest(input: &ReportInput, fact: &str) -> Option<i64> {
    let of =
        |judgement: &Judgement| judgement.items.iter().filter_map(|one| one.item.facts.integer(fact)).max();
    rehearsed::covered(input).into_iter().filter_map(|(_, _, judgement)| of(judgement)).max()
}
