//! Whether the way back was ever tried. A plan is no rehearsal, and neither is a check that could not be measured.

use runbook::verdict::{Judgement, Level};

use super::Statement;
use crate::ReportInput;
use crate::human::{duration, moment, spoken};

/// The kind of check that holds rehearsals against the plan.
const KIND: &str = "rehearsal-covered";

/// Evidence that contradicts the journals of its runs tells of no rehearsal.
const CONTRADICTED: &str = "CUT2540";

/// How the check ends what it tells of the environment where it is the one of the plan.
const SAME: &str = ": the same";

const NOT_REHEARSED: &str = "Not rehearsed";

pub(super) fn was_it_tried(input: &ReportInput) -> Statement {
    const ABOUT: &str = "Was it tried?";
    let mut sentences = Vec::new();
    if let Some(back) = went_back(input) {
        sentences.push(back);
    }
    let covered = covered(input);
    for (unit, check, judgement) in &covered {
        let (when, ways) = (rehearsed_at(judgement), ways_back(judgement));
        let place = environment(judgement).map_or_else(String::new, |(told, _)| format!("; {told}"));
        sentences
            .push(format!("{unit}: rehearsed{when}{ways}; {check} is {}{place}.", judgement.level.word()));
    }
    if input.run.command == "rehearse" {
        sentences
            .push("This run is a rehearsal itself; the table of its steps says how far it came.".to_owned());
    }
    let ending = input.execution.as_ref().map_or("", |execution| execution.ending.as_str());
    let is_over = matches!(ending, "completed" | "rolled back");
    let rehearsed = input.run.command == "rehearse" && is_over;
    if covered.is_empty() && !rehearsed {
        let what = if sentences.is_empty() { NOT_REHEARSED } else { "Beside that: not rehearsed" };
        sentences.push(format!("{what}: {}.", why_not(input)));
    }
    // A return before the commit point proves none past it, one that is not back proves nothing, and a rehearsal that
    // went wrong is none.
    let crossed = input.execution.as_ref().is_some_and(|execution| execution.crossed);
    let is_good = |judgement: &Judgement| {
        matches!(judgement.level, Level::Green | Level::Yellow) && !is_elsewhere(judgement)
    };
    let good = !covered.is_empty() && covered.iter().all(|(_, _, judgement)| is_good(judgement));
    Statement { about: ABOUT, sentences, known: good || rehearsed || (crossed && ending == "rolled back") }
}

/// How long a return took when it was done last.
pub(super) fn how_long(input: &ReportInput) -> Statement {
    const ABOUT: &str = "How long does it take?";
    let mut sentences = Vec::new();
    let mut known = false;
    if let Some(execution) = &input.execution
        && let Some(back) = execution.back_ms
    {
        let from = if execution.crossed { "past the commit point" } else { "before the commit point" };
        sentences.push(format!("Measured in this run, {from}: {}.", spoken(back)));
        known = execution.crossed;
    }
    let rehearsed: Vec<String> =
        covered(input).into_iter().flat_map(|(unit, _, judgement)| took(unit, judgement)).collect();
    known |= !rehearsed.is_empty();
    sentences.extend(rehearsed);
    if !known {
        let what = if sentences.is_empty() { "Not measured" } else { "Past the commit point: not measured" };
        let back = if sentences.is_empty() { "return" } else { "such return" };
        sentences.push(format!("{what}: this run has no {back} and no rehearsal that says it."));
    }
    for unit in &input.plan.units {
        if let Some(within) = unit.recovery.as_ref().and_then(|recovery| recovery.switch_back_within_ms) {
            sentences.push(format!("{} declares {}.", unit.name, spoken(within)));
        }
    }
    Statement { about: ABOUT, sentences, known }
}

/// How long the rehearsed returns of a unit took, from each point.
fn took(unit: &str, judgement: &Judgement) -> impl Iterator<Item = String> {
    judgement.items.iter().filter_map(move |verdict| {
        let took = verdict.item.facts.integer("rollback")?;
        Some(format!("{unit}: rehearsed, back from {} in {}.", verdict.item.subject, duration(took)))
    })
}

pub(super) fn what_was_not(input: &ReportInput) -> Statement {
    const ABOUT: &str = "What was not rehearsed?";
    let covered = covered(input);
    if covered.is_empty() {
        let past = input.plan.commit_point.as_ref().map_or_else(String::new, |gate| {
            format!(
                " A return past the commit point ({gate}) rests on what the run proves while it goes back."
            )
        });
        return Statement::open(ABOUT, format!("All of it is not rehearsed: {}.{past}", why_not(input)));
    }
    let elsewhere = covered.iter().any(|(_, _, judgement)| is_elsewhere(judgement));
    let mut open: Vec<String> = covered
        .iter()
        .flat_map(|(unit, _, judgement)| {
            judgement.findings.iter().map(move |finding| {
                format!(
                    "{unit}: {}, expected {}, found {}.",
                    finding.subject, finding.expected, finding.actual
                )
            })
        })
        .collect();
    let known = open.is_empty() && !elsewhere;
    if open.is_empty() {
        open.push("The rehearsal covers what the plan does now.".to_owned());
    }
    let places = covered.iter().filter_map(|(unit, _, judgement)| Some((unit, environment(judgement)?.0)));
    open.extend(places.map(|(unit, told)| format!("{unit}: {told}.")));
    Statement { about: ABOUT, sentences: open, known }
}

/// Where it was rehearsed and where it counts, in the words of the check, and whether that is one place. It is not judged,
/// so it is no finding.
fn environment(judgement: &Judgement) -> Option<(&str, bool)> {
    let item =
        judgement.items.iter().find(|verdict| verdict.item.facts.text("part") == Some("environment"))?;
    let told = item.item.facts.text("why")?;
    Some((told, told.ends_with(SAME)))
}

fn is_elsewhere(judgement: &Judgement) -> bool {
    environment(judgement).is_some_and(|(_, same)| !same)
}

/// Verdicts of rehearsals that were found, whatever they say.
pub(crate) fn covered(input: &ReportInput) -> Vec<(&str, &str, &Judgement)> {
    let checks = input.plan.checks.iter().filter(|check| check.kind == KIND);
    checks
        .flat_map(|check| {
            input
                .judgements
                .iter()
                .filter(move |((_, id), _)| *id == check.id)
                .map(|((unit, id), judgement)| (unit.as_str(), id.as_str(), judgement))
        })
        .filter(|(_, _, judgement)| judgement.level != Level::Unknown && !judgement.items.is_empty())
        .filter(|(_, _, judgement)| judgement.findings.iter().all(|finding| finding.code != CONTRADICTED))
        .collect()
}

fn why_not(input: &ReportInput) -> String {
    let checks: Vec<&str> =
        input.plan.checks.iter().filter(|check| check.kind == KIND).map(|check| check.id.as_str()).collect();
    if checks.is_empty() {
        return format!("the runbook has no check `{KIND}`, so no rehearsal is known to this run");
    }
    let said = input.judgements.iter().find(|((_, id), _)| checks.contains(&id.as_str()));
    match said.and_then(|(_, judgement)| judgement.why.as_deref()) {
        Some(why) => format!("{} says: {why}", checks.join(", ")),
        None => format!("{} found none", checks.join(", ")),
    }
}

/// When it was: the check tells how long ago.
fn rehearsed_at(judgement: &Judgement) -> String {
    let ago = judgement.items.iter().find_map(|verdict| verdict.item.facts.integer("age"));
    let at = judgement
        .measured_at
        .zip(ago)
        .and_then(|(measured, ago)| measured.checked_sub(jiff::SignedDuration::from_millis(ago)).ok());
    at.map_or_else(String::new, |at| format!(" {}", moment(at)))
}

/// From where it went back, and how long that took.
fn ways_back(judgement: &Judgement) -> String {
    let ways: Vec<String> = judgement
        .items
        .iter()
        .filter_map(|verdict| {
            let took = verdict.item.facts.integer("rollback")?;
            Some(format!("from {} in {}", verdict.item.subject, duration(took)))
        })
        .collect();
    if ways.is_empty() { String::new() } else { format!(", back {}", ways.join(" and ")) }
}

/// What this run's own way back came to.
fn went_back(input: &ReportInput) -> Option<String> {
    let execution = input.execution.as_ref()?;
    let began = execution.back_began?;
    let how_long = execution.back_ms.map_or_else(String::new, |ms| format!(" in {}", spoken(ms)));
    let past = if execution.crossed { " past the commit point" } else { " before the commit point" };
    match execution.ending.as_str() {
        "rolled back" | "stood down" => {
            Some(format!("This run went back{past} at {}{how_long}: {}.", moment(began), execution.ending))
        }
        ending => {
            Some(format!("This run began to go back{past} at {} and is not back: {ending}.", moment(began)))
        }
    }
}

#[cfg(test)]
mod tests {
    use runbook::check::Facts;
    use runbook::verdict::{Item, ItemVerdict, Judgement, Level};

    use super::{rehearsed_at, ways_back};

    #[test]
    fn a_rehearsal_has_a_date_and_its_ways_back() {
        let item = |subject: &str, name: &str, ms: i64| {
            let mut facts = Facts::new();
            facts.set(name, ms);
            ItemVerdict { item: Item::new(subject, facts), level: Level::Green }
        };
        let judgement = Judgement {
            level: Level::Yellow,
            items: vec![
                item("rehearsal", "age", 90_000),
                item("last-look", "rollback", 7_000),
                item("hand-over", "rollback", 38_000),
            ],
            measured_at: Some("2026-12-06T01:01:30Z".parse().unwrap()),
            ..Judgement::unknown("")
        };
        assert_eq!(rehearsed_at(&judgement), " 2026-12-06 01:00:00 UTC");
        assert_eq!(ways_back(&judgement), ", back from last-look in 7 s and from hand-over in 38 s");
        let nothing = Judgement::unknown("no evidence");
        assert_eq!((rehearsed_at(&nothing), ways_back(&nothing)), Default::default());
    }
}
