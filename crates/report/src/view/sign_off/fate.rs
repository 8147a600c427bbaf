//! What becomes of the work done on the target, as the run does it on its way back: words of the rollback plan alone would
//! promise what nobody carries out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Statement;
use crate::ReportInput;
use crate::human::bytes;

/// What one rollback plan says of progress on the target.
pub(super) struct Fate<'a> {
    pub(super) plan: &'a str,
    /// Where nothing is written, it is translated back.
    pub(super) translates: bool,
    mirrored_declared: bool,
    born: Born<'a>,
}

enum Born<'a> {
    /// Nothing is written; then there are to be none.
    NotSaid,
    None,
    Carried,
    Replayed,
    Discarded,
    Reconcile(&'a str),
    Other(String),
}

impl Fate<'_> {
    pub(super) fn all(input: &ReportInput) -> impl Iterator<Item = Fate<'_>> {
        input.plan.rollback_plans.iter().map(|(plan, written)| {
            let progress = written.get("target_progress");
            let mirrored = progress.and_then(|progress| progress.get("mirrored")?.as_str());
            let born = progress.and_then(|progress| progress.get("target_born"));
            Fate {
                plan,
                translates: mirrored != Some("recovery-point"),
                mirrored_declared: mirrored.is_some(),
                born: Born::of(born),
            }
        })
    }

    /// Whether every group goes on behind all that it did on the target.
    pub(super) fn is_behind_all(&self) -> bool {
        self.translates && !matches!(self.born, Born::Replayed | Born::Other(_))
    }

    fn is_declared(&self) -> bool {
        self.mirrored_declared && !matches!(self.born, Born::NotSaid)
    }

    fn of_mirrored(&self) -> String {
        let plan = self.plan;
        let told = match self.translates {
            true => {
                "a group inside what was copied goes on at exactly the same record on the source, and what it did on the target is not done again"
            }
            false => "each group goes on where it left the source, and everything since comes again",
        };
        match self.mirrored_declared {
            true => format!("Plan {plan}: {told}."),
            false => {
                format!("Plan {plan} does not declare what becomes of progress in what was copied: {told}.")
            }
        }
    }

    fn of_born(&self, owners: &str) -> String {
        let behind = match self.translates {
            true => "; groups behind what was copied go on at the end of the source",
            false => "",
        };
        let uncounted =
            format!("where the target does not answer, {owners} is asked, because nobody can count them");
        let told = match &self.born {
            Born::NotSaid | Born::None => format!(
                "there are to be none, and the ledger has to prove it, else the run is held on its way back; {uncounted}"
            ),
            Born::Discarded => {
                format!("{owners} gives them up, by signing, before any position is landed{behind}")
            }
            Born::Carried => carried(owners, behind),
            Born::Reconcile(check) => {
                format!("{}; check {check} has to be good afterwards", carried(owners, behind))
            }
            Born::Replayed => {
                let goes_back = match self.translates {
                    true => {
                        ". A group that has done any goes back to where it left the source, and everything since comes again"
                    }
                    false => "",
                };
                format!(
                    "they stay there, and the run writes none of them to the source{goes_back}; {uncounted}"
                )
            }
            Born::Other(word) => word.clone(),
        };
        match self.born {
            Born::NotSaid => {
                format!("It does not declare what becomes of records born on the target: {told}.")
            }
            _ => format!("Records born on the target: {told}."),
        }
    }

    /// What is processed again by this plan, and whether that has a bound.
    fn again(&self) -> (String, bool) {
        let plan = self.plan;
        if !self.translates {
            return (
                format!("Back by plan {plan}: everything a group processed since its recovery point."),
                false,
            );
        }
        let (told, bounded) = match self.born {
            Born::Replayed => (
                "nothing by a group inside what was copied; one that has done records born on the target does everything again since its recovery point",
                false,
            ),
            Born::Carried | Born::Reconcile(_) => (
                "nothing of what was copied; of records born on the target, what is brought over after the groups were landed, also by a group that has done it there",
                true,
            ),
            _ => ("nothing of what was copied", true),
        };
        let told = format!(
            "Back by plan {plan}: {told}. Each position is proved before it is committed, or the run is held; where the target does not answer, what was done there after the last look that proved all of them, one every 10 s, comes again too."
        );
        (told, bounded && self.mirrored_declared)
    }
}

fn carried(owners: &str, behind: &str) -> String {
    format!(
        "somebody brings them over, the run brings none; before any position is landed, {owners} says that they were brought over, or gives them up{behind}"
    )
}

impl Born<'_> {
    fn of(written: Option<&Value>) -> Born<'_> {
        let Some(written) = written.filter(|written| !written.is_null()) else { return Born::NotSaid };
        match written.as_str() {
            Some("none") => Born::None,
            Some("carried") => Born::Carried,
            Some("replayed") => Born::Replayed,
            Some("discarded") => Born::Discarded,
            Some(other) => Born::Other(other.to_owned()),
            None => match written.get("reconcile").and_then(Value::as_str) {
                Some(check) => Born::Reconcile(check),
                None => Born::Other(written.to_string()),
            },
        }
    }
}

pub(super) fn what_becomes(input: &ReportInput) -> Statement {
    const ABOUT: &str = "What becomes of what was done on the target?";
    let owners: BTreeSet<&str> = input.plan.units.iter().map(|unit| unit.owner.as_str()).collect();
    let owners = owners.into_iter().collect::<Vec<_>>().join(" or ");
    let owners = if owners.is_empty() { "the unit's owner" } else { owners.as_str() };
    let mut sentences = Vec::new();
    let mut known = true;
    for fate in Fate::all(input) {
        known &= fate.is_declared();
        sentences.extend([fate.of_mirrored(), fate.of_born(owners)]);
    }
    for (unit, ledger) in &input.born {
        sentences.push(format!(
            "Of {unit}, {}{} records were born on the target ({}).",
            if ledger.at_most { "at most " } else { "" },
            ledger.records,
            bytes(ledger.bytes)
        ));
    }
    if sentences.is_empty() {
        return Statement::open(ABOUT, "Not declared: the runbook has no rollback plan.");
    }
    Statement { about: ABOUT, sentences, known }
}

/// What is processed again on the way back by each plan, and whether all of that is known.
pub(super) fn again(input: &ReportInput) -> (Vec<String>, bool) {
    let told: Vec<(String, bool)> = Fate::all(input).map(|fate| fate.again()).collect();
    let known = told.iter().all(|(_, bounded)| *bounded);
    (told.into_iter().map(|(sentence, _)| sentence).collect(), known)
}
