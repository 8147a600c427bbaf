//! What the rollback owner signs, in sentences with their values: who may call a return, from where the groups go on,
//! until when, and whether it was ever tried. What is not known is said so; a reader asks nobody.

mod fate;
mod recovery;
pub(super) mod rehearsed;
mod triggers;

use runbook::reversibility::{ReturnClock, ReturnState};
use runbook::unit::{Tolerances, Unit};
use runbook::verdict::Dimension;
use serde::Serialize;
use serde_json::Value;

use super::RoleView;
use crate::ReportInput;
use crate::human::moment;

pub use recovery::RecoveryPointView;

#[derive(Clone, Debug, Serialize)]
pub struct SignOffView {
    /// The roles whose acceptance the dimension rollback needs.
    pub signers: Vec<RoleView>,
    /// The four questions of whoever is woken at night.
    pub answers: Vec<Statement>,
    /// The rest of what is signed.
    pub statements: Vec<Statement>,
    pub recovery_points: Vec<RecoveryPointView>,
    /// By unit, as of `at`.
    pub clocks: Vec<ClockView>,
}

/// A question and what is known about it.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    pub about: &'static str,
    pub sentences: Vec<String>,
    /// False: it is not known, not declared, not rehearsed; whoever signs takes that on.
    pub known: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClockView {
    pub unit: String,
    pub state: ReturnState,
    pub until: Option<jiff::Timestamp>,
    pub left_ms: Option<i64>,
    pub cause: Option<String>,
    pub subject: Option<String>,
    pub why: String,
    pub measured_at: Option<jiff::Timestamp>,
    /// All of it in one sentence.
    pub told: String,
}

impl Statement {
    fn known(about: &'static str, sentences: Vec<String>) -> Statement {
        Statement { about, sentences, known: true }
    }

    fn open(about: &'static str, sentence: impl Into<String>) -> Statement {
        Statement { about, sentences: vec![sentence.into()], known: false }
    }
}

impl SignOffView {
    pub(super) fn of(input: &ReportInput) -> SignOffView {
        let signers = input.plan.roles.iter().filter(|(_, role)| role.accepts.contains(&Dimension::Rollback));
        SignOffView {
            signers: signers.map(|(name, role)| RoleView::of(name, role)).collect(),
            answers: vec![
                who_may_call(input),
                recovery::from_where(input),
                until_when(input),
                rehearsed::was_it_tried(input),
            ],
            statements: vec![
                triggers::what_starts_it(&input.plan),
                authority(input),
                fate::what_becomes(input),
                replays(input),
                rehearsed::how_long(input),
                rehearsed::what_was_not(input),
            ],
            recovery_points: RecoveryPointView::all(input),
            clocks: input.way_back.iter().map(|clock| ClockView::of(clock, input.as_of)).collect(),
        }
    }
}

impl ClockView {
    fn of(clock: &ReturnClock, now: jiff::Timestamp) -> ClockView {
        ClockView {
            unit: clock.unit.clone(),
            state: clock.state,
            until: clock.until,
            left_ms: clock.until.map(|until| (until.as_millisecond() - now.as_millisecond()).max(0)),
            cause: clock.cause.clone(),
            subject: clock.subject.clone(),
            why: clock.why.clone(),
            measured_at: clock.measured_at,
            told: clock.answer(now),
        }
    }
}

/// Whether the run is over, so that no command takes it back any more.
fn is_over(input: &ReportInput) -> Option<&str> {
    const OVER: [&str; 4] = ["completed", "rolled back", "stood down", "over"];
    let ending = input.execution.as_ref()?.ending.as_str();
    OVER.contains(&ending).then_some(ending)
}

fn who_may_call(input: &ReportInput) -> Statement {
    let declared = triggers::who_may_call(&input.plan);
    let Some(ending) = is_over(input) else { return declared };
    let no_more = match ending {
        "completed" => {
            "Nobody any more by this run: it is completed, and cutover rollback does not take it back. From here a return is a runbook of its own, from the target to the source. While it ran:"
        }
        _ => "Nobody needs to: it is back on the source. While it ran:",
    };
    let sentences = std::iter::once(no_more.to_owned()).chain(declared.sentences).collect();
    Statement { sentences, ..declared }
}

fn until_when(input: &ReportInput) -> Statement {
    const ABOUT: &str = "Until when can it still go back?";
    if let (Some("completed"), Some(ended)) = (is_over(input), input.run.ended) {
        let mut sentences = vec![format!("By this run until it was completed, {}.", moment(ended))];
        let kept = input
            .way_back
            .iter()
            .map(|clock| format!("What a return of its own would rest on: {}.", clock.told(input.as_of)));
        sentences.extend(kept);
        return Statement { about: ABOUT, sentences, known: true };
    }
    if input.way_back.is_empty() {
        return Statement::open(ABOUT, "Not known: the plan has no unit.");
    }
    let as_of = moment(input.as_of);
    let mut sentences: Vec<String> =
        input.way_back.iter().map(|clock| format!("{}.", clock.told(input.as_of))).collect();
    sentences.push(format!("As of {as_of}, when the journal's last record was written."));
    let known = input.way_back.iter().all(|clock| clock.state == ReturnState::Open);
    Statement { about: ABOUT, sentences, known }
}

/// Each rollback plan's word for one of its fields.
fn of_plans<'a>(input: &'a ReportInput, path: &'a [&'a str]) -> Vec<(&'a str, Option<String>)> {
    let plans = input.plan.rollback_plans.iter();
    plans
        .map(|(name, written)| {
            let found = path.iter().try_fold(written, |at, part| at.get(part));
            let word = found.map(|found| match found {
                Value::String(word) => word.clone(),
                other => other.to_string(),
            });
            (name.as_str(), word)
        })
        .collect()
}

fn authority(input: &ReportInput) -> Statement {
    const ABOUT: &str = "Which cluster is authoritative afterwards?";
    let plans = of_plans(input, &["authority_after"]);
    let mut sentences: Vec<String> = plans
        .iter()
        .filter_map(|(plan, word)| Some(format!("After plan {plan}: the {}.", word.as_ref()?)))
        .collect();
    if sentences.is_empty() || sentences.len() < plans.len() {
        return Statement::open(ABOUT, "Not declared: no rollback plan says it.");
    }
    let rollback = &input.plan.rollback;
    if let (Some(before), Some(after)) = (&rollback.authority_before, &rollback.authority_after_switch) {
        sentences.push(format!("Before the switch it is the {before}, after it the {after}."));
    }
    Statement::known(ABOUT, sentences)
}

fn replays(input: &ReportInput) -> Statement {
    const ABOUT: &str = "What is processed again?";
    let mut sentences = Vec::new();
    let mut known = true;
    for table in &input.positions {
        let totals = super::positions::PositionsTotals::of(&table.seen.partitions);
        let group = &table.seen.group;
        if super::positions::is_after_switch(input, table) {
            known = false;
            sentences.push(format!(
                "Forward, group {group}: measured only after the switch ({}), when it had gone on by itself; nobody looked between what was landed and the switch.",
                moment(table.at)
            ));
            continue;
        }
        let when = if input.switched.is_some() { ", the last look before the switch" } else { "" };
        sentences.push(format!(
            "Forward, group {group}: {}; measured {}{when}.",
            totals.told(),
            moment(table.at)
        ));
        if let Some(found) = &table.found {
            let as_found = super::positions::PositionsTotals::of(&found.partitions);
            sentences.push(format!("Left as it was found {}: {}.", moment(found.at), as_found.told()));
        }
        known &= totals.ambiguous + totals.untranslated + totals.unprovable == 0;
    }
    if input.positions.is_empty() {
        known = false;
        sentences.push("Forward: not measured.".to_owned());
    }
    sentences.extend(input.plan.units.iter().flat_map(tolerated));
    let (again, is_known) = fate::again(input);
    known &= is_known;
    sentences.extend(again);
    Statement { about: ABOUT, sentences, known }
}

/// What a unit tolerates, or each group of it where they differ: a group's own replaces that of its unit.
fn tolerated(unit: &Unit) -> Vec<String> {
    let told = |who: &str, tolerates: &Tolerances| {
        let [replayed, skipped] = [tolerates.replayed, tolerates.skipped].map(|records| records.unwrap_or(0));
        format!("Tolerated by {who}: {replayed} replayed and {skipped} skipped records per partition.")
    };
    let of = |tolerates: &Tolerances| (tolerates.replayed.unwrap_or(0), tolerates.skipped.unwrap_or(0));
    if unit.groups.values().all(|group| of(&group.tolerates) == of(&unit.tolerates)) {
        return vec![told(&unit.name, &unit.tolerates)];
    }
    let groups = unit.groups.iter();
    groups.map(|(name, group)| told(&format!("group {name} of {}", unit.name), &group.tolerates)).collect()
}
