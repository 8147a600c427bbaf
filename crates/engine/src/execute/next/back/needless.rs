use std::collections::BTreeSet;

use journal::{StepOutcome, StepPhase, StepState};
use runbook::Side;
use runbook::plan::PlannedStep;
use runbook::unit::Unit;
use runbook::world::Command;

use super::super::Course;

/// Why a step of the way back has nothing to do after what the run came to; `None`: it has.
pub(in crate::execute::next) fn needless(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    let back = course.state.back_plan()?;
    if !back.between.iter().any(|of| of.id == step.id) {
        return None;
    }
    let starts = started(course, step);
    match step.kind.as_str() {
        "stop-app" if starts.is_empty() => Some("nothing was started on the target".to_owned()),
        // Where the replicator goes on writing, a look cannot tell that nobody else does. An application that ran before the
        // run came to it was not stopped by an undo, and is looked for all the same.
        "stop-app" if is_only_copied(course, step, &starts) && all_stopped_again(course, step, &starts) => {
            Some(
                "what was started on the target was stopped, and only the replicator writes there".to_owned(),
            )
        }
        // Without anybody who may write there, what grows on the target is what the replicator copies: as long as the source
        // is at work it is never at rest, and a ledger could not be cut.
        "fence-writes" | "target-born-ledger" if is_only_copied(course, step, &starts) => Some(
            "no producer was started on the target, and the flow goes on: what is there was copied"
                .to_owned(),
        ),
        "sign-off" => match course.execution().ledgers.get(step.unit.as_deref()?) {
            Some(ledger) => (ledger.records() == 0).then(|| "no record was born on the target".to_owned()),
            None => not_cut(course, step)
                .then(|| "nothing was born on the target that could be given up".to_owned()),
        },
        _ => None,
    }
}

/// Whether there was nothing to cut a ledger of. Where it was passed over because the target did not answer, nobody knows
/// what was born there, and somebody has to say that it is given up.
fn not_cut(course: &Course<'_>, step: &PlannedStep) -> bool {
    let between = course.state.back_plan().map_or(&[][..], |back| &back.between);
    let mut ledgers = between.iter().filter(|of| of.kind == "target-born-ledger" && of.unit == step.unit);
    ledgers.any(|ledger| {
        let phase = course.step(&ledger.id).map(|state| &state.phase);
        matches!(phase, Some(StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}

/// Whether every application that reads for a group of the unit was started by the run, and stopped by the undo of that.
fn all_stopped_again(course: &Course<'_>, step: &PlannedStep, starts: &[(&PlannedStep, &StepState)]) -> bool {
    let of_step = |unit: &&Unit| step.unit.as_ref().is_none_or(|name| *name == unit.name);
    let groups = course.plan.units.iter().filter(of_step).flat_map(|unit| unit.groups.values());
    let apps: BTreeSet<&str> =
        groups.filter_map(|group| group.app.as_deref().or(group.source_app.as_deref())).collect();
    // One start may have taken several attempts: an application counts once.
    let mut called: Vec<&Command> = Vec::new();
    for attempt in starts.iter().flat_map(|(_, start)| &start.attempts) {
        let changes = attempt.changes.iter().flat_map(|changes| &changes.changes);
        for (change, _) in changes.zip(&attempt.commands).filter(|(_, command)| command.touched) {
            if !called.contains(&&change.command) {
                called.push(&change.command);
            }
        }
    }
    // With a note it was taken back, and not seen to be.
    let seen = |start: &StepState| start.phase == StepPhase::Undone && start.note.is_none();
    starts.iter().all(|(_, start)| seen(start)) && called.len() >= apps.len()
}

/// Steps of its unit that started an application on the target, as far as they were begun.
fn started<'a>(course: &Course<'a>, step: &PlannedStep) -> Vec<(&'a PlannedStep, &'a StepState)> {
    let of_unit = |other: &&PlannedStep| other.unit == step.unit || other.unit.is_none();
    let starts = course.plan.steps.iter().filter(of_unit);
    starts
        .filter(|other| other.kind == "start-app" && other.on == Some(Side::Target))
        .filter_map(|other| Some((other, course.step(&other.id)?)))
        .collect()
}

/// Nobody but the replicator can have written there: it still does, no producer was started, no consumer that writes what
/// it could not process to a topic of the unit, and nothing of which nobody can tell what it starts.
fn is_only_copied(course: &Course<'_>, step: &PlannedStep, starts: &[(&PlannedStep, &StepState)]) -> bool {
    let produces =
        |other: &PlannedStep| other.with.get("with").is_some_and(|with| with.get("producers").is_some());
    let unit = step.unit.as_deref().and_then(|name| course.plan.unit(name));
    // A step without a unit may be about any.
    let writes_aside = |unit: &Unit| !unit.retry.is_empty() || !unit.dead_letter.is_empty();
    let writes = unit.map_or_else(|| course.plan.units.iter().any(writes_aside), writes_aside);
    let of_unit = |other: &&PlannedStep| other.unit == step.unit || other.unit.is_none();
    let stopped = course.plan.steps.iter().filter(of_unit).any(|other| {
        other.kind == "pause-replication" && course.step(&other.id).is_some_and(StepState::touched)
    });
    let written = (writes && !starts.is_empty()) || starts.iter().any(|(other, _)| produces(other));
    course.plan.replicator.tool != "none" && !stopped && !written && !anything_was_done(course)
}

/// Past the commit point a command was run, or a person did something, of which nobody can tell what it started.
fn anything_was_done(course: &Course<'_>) -> bool {
    let Some(gate) = &course.plan.commit_point else { return false };
    let open =
        course.plan.steps.iter().filter(|other| matches!(other.kind.as_str(), "exec" | "http" | "manual"));
    open.filter(|other| course.plan.comes_after(&other.id, gate)).any(|other| {
        let state = course.step(&other.id);
        state.is_some_and(|state| !matches!(state.phase, StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}
