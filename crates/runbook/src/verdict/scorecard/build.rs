use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::accepted::accepted;
use super::check_cell::check_cell;
use super::dimension_cell::{Proofs, empty_cell, level_of};
use super::due::{Due, due};
use super::next_steps::next_steps;
use super::waive::Waivers;
use super::{Acceptance, CheckCell, DimensionCell, FORMAT, Progress, Scorecard, UnitCell};
use crate::plan::{Plan, PlannedCheck};
use crate::verdict::{Dimension, Judgement, Level};

/// A judgement with the moment it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged<'a> {
    pub judgement: Cow<'a, Judgement>,
    pub at: Timestamp,
}

/// Everything a scorecard is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub plan: &'a Plan,
    /// Run id.
    pub run: &'a str,
    /// Path of the runbook as the user names it, for the commands among the next steps.
    pub runbook: &'a str,
    /// By (unit, check id).
    pub judgements: &'a BTreeMap<(String, String), Judged<'a>>,
    pub acceptances: &'a [Acceptance],
    pub progress: &'a Progress,
    pub now: Timestamp,
    /// Only the units and checks that have a judgement were asked for: the levels are theirs alone, and neither missing
    /// proofs nor acceptance are looked at.
    pub partial: bool,
    /// What is found can be signed now: no part, no dry run, no watch that goes on.
    pub signable: bool,
}

/// The scorecard. The level of a dimension is that of its worst due check, of a unit its worst dimension, of the whole
/// its worst unit; nothing judged is unknown.
pub fn build(input: &Input<'_>) -> Scorecard {
    let mut waivers = Waivers::new(input.plan, input.now);
    let units: Vec<UnitCell> = input
        .plan
        .units
        .iter()
        .filter(|unit| !input.partial || input.judgements.keys().any(|(of, _)| *of == unit.name))
        .map(|unit| unit_cell(input, &unit.name, &mut waivers))
        .collect();
    let mut card = Scorecard {
        format: FORMAT.to_owned(),
        partial: input.partial,
        run: input.run.to_owned(),
        runbook: input.plan.name.clone(),
        overall: Level::worst(units.iter().map(|unit| unit.level)).unwrap_or(Level::Unknown),
        next_steps: Vec::new(),
        units,
        notes: if input.partial { Vec::new() } else { waivers.notes() },
    };
    card.next_steps = next_steps(input, &card);
    card
}

fn unit_cell(input: &Input<'_>, unit: &str, waivers: &mut Waivers<'_>) -> UnitCell {
    let dimensions: Vec<DimensionCell> = Dimension::ALL
        .into_iter()
        .filter_map(|dimension| dimension_cell(input, unit, dimension, waivers))
        .collect();
    let level = Level::worst(dimensions.iter().map(|cell| cell.level)).unwrap_or(Level::Unknown);
    UnitCell { unit: unit.to_owned(), level, dimensions }
}

/// `None`: nothing of this dimension was asked for.
fn dimension_cell(
    input: &Input<'_>,
    unit: &str,
    dimension: Dimension,
    waivers: &mut Waivers<'_>,
) -> Option<DimensionCell> {
    let judged = |check: &PlannedCheck| input.judgements.get(&(unit.to_owned(), check.id.clone()));
    let applied: Vec<(&PlannedCheck, Due<'_>)> = input
        .plan
        .checks
        .iter()
        .filter(|check| check.dimension == dimension)
        .filter(|check| check.units.is_empty() || check.units.iter().any(|name| name == unit))
        .filter(|check| !input.partial || judged(check).is_some())
        .map(|check| (check, due(input.plan, unit, check, input.progress)))
        .collect();
    let checks: Vec<CheckCell> = applied
        .iter()
        .map(|(check, due)| check_cell(check, judged(check), *due, input.now, waivers))
        .collect();
    let mut cell = empty_cell(dimension);
    if input.partial {
        if checks.is_empty() {
            return None;
        }
        let (level, mut reasons) = level_of(&checks, &Proofs::default());
        reasons.insert(0, format!("only {} looked at", count(checks.len(), "check")));
        cell.level = level;
        cell.reason = reasons.join("; ");
        cell.checks = checks;
        return Some(cell);
    }

    let applied: Vec<(&PlannedCheck, bool)> =
        applied.into_iter().map(|(check, due)| (check, due.is_due())).collect();
    let proofs = Proofs::of(input.plan, dimension, &applied);
    let (mut level, mut reasons) = level_of(&checks, &proofs);
    let due: Vec<&CheckCell> = checks.iter().filter(|cell| cell.due).collect();
    let said: Vec<&Acceptance> = input
        .acceptances
        .iter()
        .filter(|acceptance| acceptance.unit == unit && acceptance.dimension == dimension)
        .collect();
    let accepted = accepted(input.plan, &said, &due, input.now);
    cell.accepted_by = accepted.by;
    cell.signatures = accepted.signatures;
    if let Some(rejected) = accepted.rejected {
        level = Level::Red;
        reasons.insert(0, rejected);
    } else if level <= Level::Yellow && cell.accepted_by.is_none() {
        level = Level::Yellow;
        let void = cell.signatures.iter().rev().find_map(|one| Some((one, one.void.as_ref()?)));
        let void =
            void.map_or(String::new(), |(one, why)| format!(": what {} signed is void ({why})", one.by));
        reasons.insert(0, format!("evidence present, not accepted{void}"));
    }
    if level == Level::Green {
        reasons.push("proved and accepted".to_owned());
    }
    cell.level = level;
    cell.reason = reasons.join("; ");
    cell.missing = proofs.missing;
    cell.not_yet_judged = proofs.not_yet_judged;
    cell.checks = checks;
    Some(cell)
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
