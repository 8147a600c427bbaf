use runbook::verdict::{DimensionCell, Level, Proof, SignatureCell};
use serde::Serialize;

use super::{CheckView, RoleView, acceptance};
use crate::ReportInput;

/// One of the five questions, for one unit.
#[derive(Clone, Debug, Serialize)]
pub struct DimensionView {
    pub dimension: &'static str,
    pub title: &'static str,
    pub level: Level,
    pub reason: String,
    pub accepted_by: Option<String>,
    /// Everything that was signed about it, the oldest first, and what of it counts.
    pub signatures: Vec<SignatureCell>,
    /// Roles that may accept it.
    pub accepting: Vec<RoleView>,
    pub meaning: Meanings,
    pub proofs: Vec<ProofView>,
    pub checks: Vec<CheckView>,
}

/// What each colour means in this dimension.
#[derive(Clone, Debug, Serialize)]
pub struct Meanings {
    pub green: &'static str,
    pub yellow: &'static str,
    pub red: &'static str,
}

/// A kind of proof, and whether this dimension has it.
#[derive(Clone, Debug, Serialize)]
pub struct ProofView {
    /// `metadata`, `signal covering replication`, …
    pub proof: String,
    pub state: ProofState,
    /// Worst level of the checks that give it and are due.
    pub level: Option<Level>,
    pub checks: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofState {
    Given,
    /// Checks give it, but none of them counts yet.
    NotDue,
    Missing,
    /// The program that judged had no kind of check for it.
    NotYetJudged,
}

impl DimensionView {
    pub(super) fn of(input: &ReportInput, unit: &str, cell: &DimensionCell, anchor: &str) -> DimensionView {
        let [green, yellow, red] = cell.dimension.meaning();
        let checks = cell.checks.iter().enumerate().map(|(place, check)| {
            CheckView::of(input, unit, cell.dimension, check, format!("{anchor}c{}", place + 1))
        });
        DimensionView {
            dimension: cell.dimension.id(),
            title: cell.dimension.title(),
            level: cell.level,
            reason: cell.reason.clone(),
            accepted_by: cell.accepted_by.clone(),
            signatures: cell.signatures.clone(),
            accepting: acceptance::accepting(input, cell.dimension),
            meaning: Meanings { green, yellow, red },
            proofs: proofs(cell),
            checks: checks.collect(),
        }
    }
}

/// What the checks give, then what is missing or beyond the program that judged.
fn proofs(cell: &DimensionCell) -> Vec<ProofView> {
    let mut given: Vec<Proof> = Vec::new();
    for check in &cell.checks {
        if !given.contains(&check.proof) {
            given.push(check.proof);
        }
    }
    let open = |names: &[String], state: ProofState| -> Vec<ProofView> {
        let view = |name: &String| ProofView { proof: name.clone(), state, level: None, checks: Vec::new() };
        names.iter().map(view).collect()
    };
    let mut proofs: Vec<ProofView> = given.into_iter().map(|proof| given_by(cell, proof)).collect();
    proofs.extend(open(&cell.missing, ProofState::Missing));
    proofs.extend(open(&cell.not_yet_judged, ProofState::NotYetJudged));
    proofs
}

fn given_by(cell: &DimensionCell, proof: Proof) -> ProofView {
    let giving: Vec<_> = cell.checks.iter().filter(|check| check.proof == proof).collect();
    let level = Level::worst(giving.iter().filter(|check| check.due).map(|check| check.verdict));
    ProofView {
        proof: proof.id().to_owned(),
        state: if level.is_some() { ProofState::Given } else { ProofState::NotDue },
        level,
        checks: giving.iter().map(|check| check.check.clone()).collect(),
    }
}
