mod by_plan;
mod needless;
mod undo;

pub use undo::TARGET_SILENT;

use journal::{Ending, Event, Going, StepOutcome, StepPhase, Unwinding};
use runbook::Side;
use runbook::plan::{PlannedStep, StepEffect};

use super::{Course, Next};

pub(super) use needless::needless;
pub(crate) use undo::{left_ms as left_to_undo_ms, undoing_since};

/// How long a target that does not answer is waited for on the way back, in milliseconds. After that what needs it is left
/// out, and said.
const GIVE_UP_MS: u64 = 60_000;

/// The way back. Before the commit point everything is undone, what was done last first. Past it, the target's
/// applications are stopped, then the steps of the plan are taken, and only then is anything of the source opened again.
pub(super) fn back(course: &Course<'_>, next: &mut Next) {
    let execution = course.execution();
    if execution.crossed && execution.dirty.is_empty() && !course.plan.units.is_empty() {
        return next.write(Event::Dirtied {
            units: course.plan.units.iter().map(|unit| unit.name.clone()).collect(),
            why: "it was handed over to the target and is taken back".to_owned(),
            moment: course.now.clone(),
        });
    }
    if let Some((step, note)) = by_hand(course) {
        let (step, moment) = (step.id.clone(), course.now.clone());
        return next.write(Event::StepUndone { step, stuck: None, note: Some(note), moment });
    }
    let open: Vec<&str> = execution.to_undo().collect();
    if execution.crossed {
        let lost = execution.target_lost.as_ref();
        // Once it is given up nothing comes of time alone, and what follows may wait for a person for a day.
        if let Some(left) =
            lost.map(|lost| GIVE_UP_MS.saturating_sub(course.now.since(lost))).filter(|left| *left > 0)
        {
            next.wake_in(left);
        }
        let on_target: Vec<&str> = open.iter().copied().filter(|id| is_on_target(course, id)).collect();
        // Nothing of the source is opened while the target may still be at work.
        if let Some(stuck) = in_the_way(course) {
            undo::give_up(course, &open, &stuck, next);
        } else if !on_target.is_empty() {
            undo::all(course, &on_target, next);
            return;
        } else if !by_plan::between(course, next) || undo::leave_landed(course, &open, next) {
            return;
        }
        if next.write.is_some() {
            return;
        }
    }
    if !open.is_empty() {
        return undo::all(course, &open, next);
    }
    // The source is observed also where a replicator's worker could not be told to copy again.
    let undone = execution.stuck().all(|(id, _)| undo::is_of_the_replicator(course, id));
    if undone && (authority_moves(course, next) || !by_plan::after(course, next)) {
        return;
    }
    next.over = Some(match (&execution.going, execution.stuck().next().is_some()) {
        (_, true) => Ending::Stuck,
        (Going::Back { how: Unwinding::Rollback { .. }, .. }, _) => Ending::RolledBack,
        _ => Ending::StoodDown,
    });
}

/// The target did not answer for so long that the way back goes on without it.
pub(crate) fn is_given_up(course: &Course<'_>) -> bool {
    let execution = course.execution();
    execution.crossed
        && execution.target_lost.as_ref().is_some_and(|since| course.now.since(since) >= GIVE_UP_MS)
}

/// A step past the commit point that works on the target, or of which nobody can tell where it does.
fn is_on_target(course: &Course<'_>, id: &str) -> bool {
    let (Some(step), Some(gate)) = (course.plan.step(id), &course.plan.commit_point) else { return false };
    let there = match step.kind.as_str() {
        "exec" | "http" => step.on != Some(Side::Source),
        "commit-offsets" => false,
        _ => step.on == Some(Side::Target),
    };
    there && course.plan.comes_after(id, gate)
}

/// What could not be done of that which comes before the source is opened again.
fn in_the_way(course: &Course<'_>) -> Option<String> {
    let mut stuck = course.execution().stuck();
    let back = course.state.back_plan();
    stuck
        .find(|(id, _)| {
            let between = back.is_some_and(|back| back.between.iter().any(|step| step.id == *id));
            between || is_on_target(course, id)
        })
        .map(|(id, _)| id.to_owned())
}

/// A step that a person did, or may have done, and that changes something: nothing but a person takes it back, and that is
/// said when the way back begins.
fn by_hand<'a>(course: &Course<'a>) -> Option<(&'a PlannedStep, String)> {
    let manual = |step: &&PlannedStep| step.kind == "manual" && step.effect != StepEffect::None;
    course.plan.steps.iter().filter(manual).find_map(|step| {
        let state = course.step(&step.id)?;
        let told = matches!(state.phase, StepPhase::Undone | StepPhase::Stuck { .. });
        let answer = course.execution().answers.get(&step.id);
        let asked = answer.is_some() || !course.asks_nobody();
        if told || !asked || matches!(state.phase, StepPhase::Ended(StepOutcome::Skipped { .. })) {
            return None;
        }
        let done = match answer {
            Some(answer) => format!("{} did it", answer.by),
            None => "a person was asked for it and may have done it".to_owned(),
        };
        Some((
            step,
            match &step.no_undo {
                Some(why) => format!("left as it is: {done}, and it cannot be taken back ({why})"),
                None => format!("not taken back: {done}, and a person has to take it back"),
            },
        ))
    })
}

/// With everything taken back, authority is where the plan says.
fn authority_moves(course: &Course<'_>, next: &mut Next) -> bool {
    let execution = course.execution();
    let planned = course.state.back_plan().and_then(|back| back.authority_after.as_ref());
    // A gate that was closed again before anything was handed over had moved it all the same.
    let after = if execution.crossed { planned } else { course.plan.rollback.authority_before.as_ref() };
    let (Some(now), Some(after)) = (&execution.authority, after) else { return false };
    if now == after {
        return false;
    }
    next.write(Event::AuthorityMoved { from: now.clone(), to: after.clone(), moment: course.now.clone() });
    true
}

fn unit_of<'a>(course: &Course<'a>, step: &PlannedStep) -> Option<&'a str> {
    match &step.unit {
        Some(name) => course.plan.unit(name).map(|unit| unit.name.as_str()),
        None => course.plan.units.first().map(|unit| unit.name.as_str()),
    }
}
