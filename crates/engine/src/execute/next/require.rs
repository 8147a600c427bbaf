use journal::{Against, Stand};
use runbook::Level;
use runbook::plan::PlannedStep;
use runbook::steps::{Guard, Leaf, Require};
use std::collections::BTreeMap;

use super::Course;
use super::verdicts::{self, Pair};

/// Whether what a gate requires holds. Unknown in `any` and `not` stays unknown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Holds {
    Yes,
    No(String),
    Unknown(String),
}

pub(super) fn holds(course: &Course<'_>, step: &PlannedStep, require: &Require) -> Holds {
    match require {
        Require::All(parts) => {
            let parts: Vec<Holds> = parts.iter().map(|part| holds(course, step, part)).collect();
            worst(parts)
        }
        Require::Any(parts) => {
            let parts: Vec<Holds> = parts.iter().map(|part| holds(course, step, part)).collect();
            if parts.contains(&Holds::Yes) { Holds::Yes } else { worst(parts) }
        }
        Require::Not(part) => match holds(course, step, part) {
            Holds::Yes => Holds::No("what must not be is so".to_owned()),
            Holds::No(_) => Holds::Yes,
            unknown @ Holds::Unknown(_) => unknown,
        },
        Require::Leaf { leaf, at_least, guard } => {
            match guard.as_ref().and_then(|guard| not_guarded(course, guard)) {
                None => leaf_holds(course, step, leaf, *at_least),
                // What may pass yellow under its guard has to be green without it.
                Some(missing) => match leaf_holds(course, step, leaf, Level::Green) {
                    Holds::No(why) => Holds::No(format!("{why}; {missing}")),
                    other => other,
                },
            }
        }
    }
}

/// Why a guard does not hold, so that yellow does not pass. A narrower window is enforced by the window itself.
fn not_guarded(course: &Course<'_>, guard: &Guard) -> Option<String> {
    match guard {
        Guard::Window(_) => None,
        Guard::Wave(most) => {
            let units = course.plan.units.len();
            (units > *most as usize)
                .then(|| format!("yellow passes for {most} units at most, and this run moves {units}"))
        }
        Guard::Trigger(id) => {
            let trigger = course.plan.rollback.triggers.iter().find(|trigger| trigger.id == *id);
            let watched = trigger.is_some_and(|trigger| {
                let over =
                    trigger.armed_until.as_ref().is_some_and(|step| course.execution().is_passed(step));
                trigger.check.is_some() && !over
            });
            (!watched).then(|| format!("yellow passes only while trigger {id} is watched, and it is not"))
        }
    }
}

/// The first that says no, else the first that is unknown, else yes; nothing at all is unknown.
fn worst(parts: Vec<Holds>) -> Holds {
    if parts.is_empty() {
        return Holds::Unknown("nothing is required".to_owned());
    }
    let no = parts.iter().find(|part| matches!(part, Holds::No(_)));
    let unknown = || parts.iter().find(|part| matches!(part, Holds::Unknown(_)));
    no.or_else(unknown).cloned().unwrap_or(Holds::Yes)
}

fn leaf_holds(course: &Course<'_>, step: &PlannedStep, leaf: &Leaf, at_least: Level) -> Holds {
    let units = course.units_of(step);
    let of = |level: Level, why: String| match level {
        level if level <= at_least => Holds::Yes,
        Level::Unknown => Holds::Unknown(why),
        _ => Holds::No(why),
    };
    match leaf {
        Leaf::Check(check) => {
            let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
            if !pairs.is_empty() && pairs.iter().all(|pair| verdicts::is_left_to_production(course, pair)) {
                return Holds::Yes;
            }
            worst(
                pairs
                    .iter()
                    .map(|pair| verdicts::level(course, pair))
                    .map(|(level, why)| of(level, why))
                    .collect(),
            )
        }
        Leaf::Step(id) => match course.execution().is_passed(id) {
            true => Holds::Yes,
            false => Holds::No(format!("step {id} is not done")),
        },
        Leaf::Scorecard | Leaf::Dimension(_) => {
            let cells = course.card().units.iter().filter(|unit| units.contains(&unit.unit.as_str()));
            let cells = cells.flat_map(|unit| &unit.dimensions);
            let wanted = cells.filter(|cell| match leaf {
                Leaf::Dimension(dimension) => cell.dimension == *dimension,
                _ => true,
            });
            worst(
                wanted
                    .map(|cell| {
                        of(
                            cell.level,
                            format!("{} is {} ({})", cell.dimension.title(), cell.level, cell.reason),
                        )
                    })
                    .collect(),
            )
        }
    }
}

/// Every check a gate rests on.
pub(super) fn pairs(course: &Course<'_>, step: &PlannedStep, require: &Require) -> Vec<Pair> {
    let mut all = Vec::new();
    collect(course, step, require, &mut all);
    all.sort();
    all.dedup();
    all
}

fn collect(course: &Course<'_>, step: &PlannedStep, require: &Require, all: &mut Vec<Pair>) {
    match require {
        Require::All(parts) | Require::Any(parts) => {
            parts.iter().for_each(|part| collect(course, step, part, all));
        }
        Require::Not(part) => collect(course, step, part, all),
        Require::Leaf { leaf, .. } => match leaf {
            Leaf::Check(check) => {
                let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
                all.extend(pairs.into_iter().filter(|pair| !verdicts::is_left_to_production(course, pair)));
            }
            Leaf::Step(_) => {}
            // What is not due counts nowhere, so it is not measured for this.
            Leaf::Scorecard | Leaf::Dimension(_) => {
                all.extend(verdicts::pairs(course, step, None).into_iter().filter(|pair| {
                    let of = course.plan.check(&pair.check).map(|check| check.dimension);
                    let wanted = match leaf {
                        Leaf::Dimension(dimension) => of == Some(*dimension),
                        _ => true,
                    };
                    wanted && verdicts::is_due_now(course, pair)
                }));
            }
        },
    }
}

/// How every check a gate rests on stands now.
pub(super) fn stands(course: &Course<'_>, pairs: &[Pair]) -> BTreeMap<String, Stand> {
    pairs
        .iter()
        .map(|pair| {
            let cell = verdicts::cell(course, pair);
            let mut findings: Vec<String> = cell
                .into_iter()
                .flat_map(|cell| &cell.findings)
                .map(|finding| format!("{} {}", finding.code, finding.subject))
                .collect();
            findings.sort();
            findings.dedup();
            let level = cell.map_or(Level::Unknown, |cell| cell.verdict);
            (format!("{}/{}", pair.unit, pair.check), Stand { level, findings })
        })
        .collect()
}

/// Dimensions in which something stands against a gate.
pub(super) fn against(course: &Course<'_>, step: &PlannedStep, require: &Require) -> Vec<Against> {
    let mut all = Vec::new();
    stand_against(course, step, require, &mut all);
    all.sort();
    all.dedup();
    all
}

fn stand_against(course: &Course<'_>, step: &PlannedStep, require: &Require, all: &mut Vec<Against>) {
    let (leaf, at_least) = match require {
        _ if holds(course, step, require) == Holds::Yes => return,
        Require::All(parts) | Require::Any(parts) => {
            return parts.iter().for_each(|part| stand_against(course, step, part, all));
        }
        // What must not be is so: everything it is made of speaks against it.
        Require::Not(part) => {
            let mut pairs = Vec::new();
            collect(course, step, part, &mut pairs);
            return all.extend(pairs.iter().filter_map(|pair| of_pair(course, pair)));
        }
        Require::Leaf { leaf, at_least, guard } => {
            let guarded = guard.as_ref().is_none_or(|guard| not_guarded(course, guard).is_none());
            (leaf, if guarded { *at_least } else { Level::Green })
        }
    };
    match leaf {
        Leaf::Step(_) => {}
        Leaf::Check(check) => {
            let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
            let bad = pairs.iter().filter(|pair| verdicts::level(course, pair).0 > at_least);
            all.extend(bad.filter_map(|pair| of_pair(course, pair)));
        }
        Leaf::Scorecard | Leaf::Dimension(_) => {
            let units = course.units_of(step);
            for unit in course.card().units.iter().filter(|unit| units.contains(&unit.unit.as_str())) {
                let bad = unit.dimensions.iter().filter(|cell| cell.level > at_least);
                let wanted = bad.filter(|cell| match leaf {
                    Leaf::Dimension(dimension) => cell.dimension == *dimension,
                    _ => true,
                });
                all.extend(wanted.map(|cell| Against { unit: unit.unit.clone(), dimension: cell.dimension }));
            }
        }
    }
}

fn of_pair(course: &Course<'_>, pair: &Pair) -> Option<Against> {
    let dimension = course.plan.check(&pair.check)?.dimension;
    Some(Against { unit: pair.unit.clone(), dimension })
}
