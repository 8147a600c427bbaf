use runbook::verdict::{Dimension, Level};
use serde::Serialize;

use super::RoleView;
use crate::ReportInput;

/// A dimension whose evidence nobody has accepted yet, and who may.
#[derive(Clone, Debug, Serialize)]
pub struct Acceptance {
    pub unit: String,
    pub dimension: &'static str,
    pub title: &'static str,
    pub level: Level,
    /// Roles of the plan that accept this dimension; empty: nobody may, which the runbook has to change.
    pub roles: Vec<RoleView>,
}

/// What a level means.
#[derive(Clone, Debug, Serialize)]
pub struct LevelMeaning {
    pub level: Level,
    pub meaning: &'static str,
}

impl Acceptance {
    /// A dimension that is red or unknown has something else to do first and is not asked for.
    pub(super) fn wanted(input: &ReportInput) -> Vec<Acceptance> {
        let cells = input
            .scorecard
            .units
            .iter()
            .flat_map(|unit| unit.dimensions.iter().map(move |cell| (unit.unit.clone(), cell)));
        cells
            .filter(|(_, cell)| cell.accepted_by.is_none() && cell.level <= Level::Yellow)
            .map(|(unit, cell)| Acceptance {
                unit,
                dimension: cell.dimension.id(),
                title: cell.dimension.title(),
                level: cell.level,
                roles: accepting(input, cell.dimension),
            })
            .collect()
    }
}

pub(super) fn accepting(input: &ReportInput, dimension: Dimension) -> Vec<RoleView> {
    let roles = input.plan.roles.iter().filter(|(_, role)| role.accepts.contains(&dimension));
    roles.map(|(name, role)| RoleView::of(name, role)).collect()
}

impl LevelMeaning {
    pub(super) fn all() -> Vec<LevelMeaning> {
        [
            (Level::Green, "measured, right, and accepted by its owner"),
            (Level::Yellow, "evidence is present, with a limit or not accepted yet"),
            (Level::Unknown, "could not be measured whole; a gate treats it as red"),
            (Level::Red, "measured and wrong, or a needed proof is missing"),
        ]
        .map(|(level, meaning)| LevelMeaning { level, meaning })
        .into()
    }
}
