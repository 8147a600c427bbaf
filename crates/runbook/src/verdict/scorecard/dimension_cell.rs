use super::{CheckCell, DimensionCell};
use crate::checks::{self, KINDS};
use crate::plan::{Plan, PlannedCheck};
use crate::verdict::{Dimension, Level, Proof};
use crate::world::Side;

/// The proofs of one dimension of one unit, sorted into what is there, missing, and beyond this version.
#[derive(Default)]
pub(super) struct Proofs {
    pub(super) missing: Vec<String>,
    pub(super) not_yet_judged: Vec<String>,
    pub(super) not_due: Vec<String>,
}

impl Proofs {
    /// `applied`: the checks of the unit in this dimension, with whether they are due.
    pub(super) fn of(plan: &Plan, dimension: Dimension, applied: &[(&PlannedCheck, bool)]) -> Proofs {
        let mut proofs = Proofs::default();
        for proof in Proof::required(dimension) {
            // A real client is asked for only by a version that has the kind which observes one; until then what the
            // API offers stands for it.
            if *proof == Proof::RealClient && !can_be_given(*proof) {
                continue;
            }
            if *proof == Proof::Signal {
                proofs.signals(plan, applied);
                continue;
            }
            let given = applied.iter().filter(|(check, _)| check.proof == *proof);
            proofs.sort_in(proof.id().to_owned(), given.map(|(_, due)| *due), can_be_given(*proof));
        }
        proofs
    }

    /// Signals have to cover both clusters and what runs between them.
    fn signals(&mut self, plan: &Plan, applied: &[(&PlannedCheck, bool)]) {
        let replicated = plan.replicator.tool != "none";
        for what in ["source", "target", "replication"] {
            if what == "replication" && !replicated {
                continue;
            }
            let given = applied.iter().filter(|(check, _)| {
                check.proof == Proof::Signal && covers(check).iter().any(|covered| covered == what)
            });
            self.sort_in(format!("signal covering {what}"), given.map(|(_, due)| *due), true);
        }
    }

    fn sort_in(&mut self, name: String, mut given: impl Iterator<Item = bool>, can_be_given: bool) {
        match given.next() {
            Some(first) if first || given.any(|due| due) => {}
            Some(_) => self.not_due.push(name),
            None if can_be_given => self.missing.push(name),
            None => self.not_yet_judged.push(name),
        }
    }
}

/// Whether a built kind exists for this very proof. `exec` and `http` can state any, so they make none obligatory.
fn can_be_given(proof: Proof) -> bool {
    proof == Proof::Reviewed || KINDS.iter().any(|kind| kind.built && kind.proof == Some(proof))
}

/// What a check's signal covers. One that looks at one side only does not cover the other, whatever it says.
fn covers(check: &PlannedCheck) -> Vec<String> {
    let of_kind = checks::kind(&check.kind).map_or(&[][..], |kind| kind.covers);
    let stated: Vec<String> = match check.covers.is_empty() {
        true => of_kind.iter().map(|what| (*what).to_owned()).collect(),
        false => check.covers.clone(),
    };
    let unseen = |what: &str| {
        check.on.is_some_and(|on| Side::BOTH.iter().any(|side| *side != on && side.word() == what))
    };
    stated.into_iter().filter(|what| !unseen(what)).collect()
}

/// The level of a dimension and why, before acceptance; `green` means: nothing stands against it but a signature.
pub(super) fn level_of(cells: &[CheckCell], proofs: &Proofs) -> (Level, Vec<String>) {
    let due = || cells.iter().filter(|cell| cell.due);
    let mut reasons = Vec::new();
    let mut level = match Level::worst(due().map(|cell| cell.verdict)) {
        Some(level) => level,
        None => {
            reasons.push("nothing is judged".to_owned());
            Level::Unknown
        }
    };
    if !proofs.missing.is_empty() {
        level = Level::Red;
        reasons.insert(0, format!("missing proof: {}", proofs.missing.join(", ")));
    }
    for bad in [Level::Red, Level::Unknown, Level::Yellow] {
        let names: Vec<&str> =
            due().filter(|cell| cell.verdict == bad).map(|cell| cell.check.as_str()).collect();
        if !names.is_empty() {
            reasons.push(format!("{}: {}", bad.word(), names.join(", ")));
        }
    }
    for (what, proofs) in [("not yet judged", &proofs.not_yet_judged), ("not due yet", &proofs.not_due)] {
        if !proofs.is_empty() {
            level = level.max(Level::Yellow);
            reasons.push(format!("{what}: {}", proofs.join(", ")));
        }
    }
    (level, reasons)
}

/// A dimension without checks, to be filled.
pub(super) fn empty_cell(dimension: Dimension) -> DimensionCell {
    DimensionCell {
        dimension,
        level: Level::Unknown,
        reason: String::new(),
        accepted_by: None,
        signatures: Vec::new(),
        missing: Vec::new(),
        not_yet_judged: Vec::new(),
        checks: Vec::new(),
    }
}
