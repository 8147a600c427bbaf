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
use crate::check::counted;
use crate::plan::{Plan, PlannedCheck, PlannedStep};
use crate::verdict::{Dimension, Judgement, Level};
use crate::world::Side;

/// A judgement with the moment it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged<'a> {
    pub judgement: Cow<'a, Judgement>,
    pub at: Timestamp,
}

/// What commands among the next steps are given beside the names of runbook and run, to be pasted: nothing, or options
/// with a space ahead of them, as a shell takes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Again<'a> {
    /// Of commands about the runbook: `--env`, `--set`, `--lab`.
    pub runbook: &'a str,
    /// Of commands that make or read runs: `--runs-dir`.
    pub runs: &'a str,
}

/// Everything a scorecard is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub plan: &'a Plan,
    /// Run id.
    pub run: &'a str,
    /// Path of the runbook as the user names it, for the commands among the next steps.
    pub runbook: &'a str,
    /// What was given on the command line for commands to find the same things again.
    pub again: Again<'a>,
    /// By (unit, check id).
    pub judgements: &'a BTreeMap<(String, String), Judged<'a>>,
    pub acceptances: &'a [Acceptance],
    pub progress: &'a Progress,
    pub now: Timestamp,
    /// Only the units and checks that have a judgement were asked for: the overall level is that of these checks, and
    /// missing proofs are not looked at. A dimension of which only a part was looked at is yellow at best.
    pub partial: bool,
    /// What is found can be signed now: no part, no dry run, no watch that goes on.
    pub signable: bool,
}

/// The scorecard. The level of a dimension is that of its worst due check, of a unit its worst dimension, of the whole
/// its worst unit, or, where only a part was asked for, the worst due check of that part; nothing judged is unknown.
pub fn build(input: &Input<'_>) -> Scorecard {
    let mut waivers = Waivers::new(input.plan, input.now);
    let units: Vec<UnitCell> = input
        .plan
        .units
        .iter()
        .filter(|unit| !input.partial || input.judgements.keys().any(|(of, _)| *of == unit.name))
        .map(|unit| unit_cell(input, &unit.name, &mut waivers))
        .collect();
    let levels: Vec<Level> = match input.partial {
        true => units.iter().flat_map(|unit| &unit.dimensions).map(found).collect(),
        false => units.iter().map(|unit| unit.level).collect(),
    };
    let mut card = Scorecard {
        format: FORMAT.to_owned(),
        partial: input.partial,
        run: input.run.to_owned(),
        runbook: input.plan.name.clone(),
        overall: Level::worst(levels).unwrap_or(Level::Unknown),
        next_steps: Vec::new(),
        units,
        notes: if input.partial { Vec::new() } else { waivers.notes() },
    };
    card.next_steps = next_steps(input, &card);
    card
}

/// What the checks of a dimension say, whoever accepts it.
fn found(cell: &DimensionCell) -> Level {
    let due = cell.checks.iter().filter(|check| check.due);
    Level::worst(due.map(|check| check.verdict)).unwrap_or(Level::Unknown)
}

fn unit_cell(input: &Input<'_>, unit: &str, waivers: &mut Waivers<'_>) -> UnitCell {
    let dimensions: Vec<DimensionCell> = Dimension::ALL
        .into_iter()
        .filter_map(|dimension| dimension_cell(input, unit, dimension, waivers))
        .collect();
    let level = Level::worst(dimensions.iter().map(|cell| cell.level)).unwrap_or(Level::Unknown);
    UnitCell { unit: unit.to_owned(), level, dimensions }
}

/// The step that closes the unit's topics on the source to producers that go on.
fn fenced_by_acl<'a>(plan: &'a Plan, unit: &str) -> Option<&'a str> {
    let mut fences =
        plan.steps.iter().filter(|step| step.kind == "fence-writes" && step.on != Some(Side::Target));
    let by_acl = |step: &&PlannedStep| {
        let of_unit = step.unit.as_deref().is_none_or(|name| name == unit);
        of_unit && step.with["with"]["by"] == "acl"
    };
    fences.find(by_acl).map(|step| step.id.as_str())
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
        let (mut level, mut reasons) = level_of(&checks, &Proofs::default());
        if level <= Level::Yellow {
            // A part cannot be signed, and nothing unsigned is green.
            level = Level::Yellow;
            reasons.insert(0, "evidence present, not accepted".to_owned());
        }
        if let Some(why) = input.progress.overridden(unit, dimension) {
            level = Level::Red;
            reasons.insert(0, why.to_owned());
        }
        reasons.insert(0, format!("only {} looked at", counted(checks.len() as i64, "check")));
        cell.level = level;
        cell.reason = reasons.join("; ");
        cell.checks = checks;
        return Some(cell);
    }

    let applied: Vec<(&PlannedCheck, bool)> =
        applied.into_iter().map(|(check, due)| (check, due.is_due())).collect();
    let proofs = Proofs::of(input.plan, dimension, &applied);
    let (mut level, mut reasons) = level_of(&checks, &proofs);
    if dimension == Dimension::OffsetParity
        && let Some(step) = fenced_by_acl(input.plan, unit)
    {
        level = level.max(Level::Yellow);
        reasons.push(format!(
            "step {step} fences by ACL alone: what its producers have in flight is refused, and may be lost"
        ));
    }
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
    if let Some(why) = input.progress.overridden(unit, dimension) {
        level = Level::Red;
        reasons.insert(0, why.to_owned());
    }
    cell.level = level;
    cell.reason = reasons.join("; ");
    cell.missing = proofs.missing;
    cell.not_yet_judged = proofs.not_yet_judged;
    cell.checks = checks;
    Some(cell)
}
