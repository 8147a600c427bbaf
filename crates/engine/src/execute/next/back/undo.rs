use journal::{CallState, Event, Going, StepState};
use runbook::Side;
use runbook::action::{Settled, WayBack};
use runbook::plan::{PlannedStep, StepEffect};
use runbook::world::Receipt;

use super::super::{Course, Next, Todo, Waiting, running};
use super::is_given_up;

/// Said of a step that was taken back without anybody having seen it on the target.
pub const TARGET_SILENT: &str = "the target does not answer";

/// How long a step may take to be taken back when its own time is shorter, in milliseconds: the way back is not given up
/// as fast as the way there.
const LEAST_MS: u64 = 120_000;

/// Takes these steps back: what was done last is undone first; what nothing depends on any more is undone though another
/// is stuck.
pub(super) fn all(course: &Course<'_>, open: &[&str], next: &mut Next) {
    for id in open {
        let Some((step, state)) = course.plan.step(id).zip(course.step(id)) else { continue };
        // A command whose call is still open is waited for.
        if state.is_calling() {
            wait(course, step, state, "a command that is still under way", next);
            continue;
        }
        match what_stands_before(course, step, open) {
            Before::Nothing => undo(course, step, state, next),
            Before::Open(other) => wait(course, step, state, &format!("step {other} to be undone"), next),
            Before::Stuck(other) => {
                let why = format!("step {other}, which came after it, could not be undone");
                next.write(Event::StepUndone {
                    step: step.id.clone(),
                    stuck: Some(why),
                    note: None,
                    moment: course.now.clone(),
                });
            }
        }
        if next.write.is_some() {
            return;
        }
    }
}

/// Names everything that stays as it is because the way back ended before it.
pub(super) fn give_up(course: &Course<'_>, open: &[&str], stuck: &str, next: &mut Next) {
    if let Some(id) = open.first() {
        next.write(Event::StepUndone {
            step: (*id).to_owned(),
            stuck: Some(format!("{stuck}, which comes before it on the way back, could not be done")),
            note: None,
            moment: course.now.clone(),
        });
    }
}

/// Past the commit point positions on the target are history: they are landed on the source instead.
pub(super) fn leave_landed(course: &Course<'_>, open: &[&str], next: &mut Next) -> bool {
    let landed = |id: &&&str| course.plan.step(id).is_some_and(|step| step.kind == "commit-offsets");
    let Some(id) = open.iter().find(landed) else { return false };
    next.write(Event::StepUndone {
        step: (*id).to_owned(),
        stuck: None,
        note: Some("left as it is: the groups went on from there".to_owned()),
        moment: course.now.clone(),
    });
    true
}

enum Before<'a> {
    Nothing,
    Open(&'a str),
    Stuck(&'a str),
}

/// A step that depends on this one, did something, and is not undone. What a replicator copies is no condition of what
/// applications do: a worker that does not answer keeps nobody from going on on the source.
fn what_stands_before<'a>(course: &Course<'a>, step: &PlannedStep, open: &[&'a str]) -> Before<'a> {
    let after = |id: &str| course.plan.comes_after(id, &step.id) && !is_of_the_replicator(course, id);
    if let Some((stuck, _)) = course.execution().stuck().find(|(id, _)| after(id)) {
        return Before::Stuck(stuck);
    }
    open.iter().find(|id| after(id)).map_or(Before::Nothing, |id| Before::Open(id))
}

pub(super) fn is_of_the_replicator(course: &Course<'_>, id: &str) -> bool {
    course
        .plan
        .step(id)
        .is_some_and(|step| matches!(step.kind.as_str(), "pause-replication" | "pause-group-sync"))
}

fn undo(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let mut refused = None;
    for (number, attempt) in state.attempts.iter().enumerate().rev() {
        for (index, command) in attempt.commands.iter().enumerate().rev().filter(|(_, c)| c.touched) {
            let change = attempt.changes.as_ref().and_then(|changes| changes.changes.get(index));
            match change.map(|change| &change.undo) {
                Some(WayBack::Command(_)) => {}
                Some(WayBack::None { why }) => {
                    let stuck = format!("it has no way back: {why}");
                    return next.write(Event::StepUndone {
                        step: step.id.clone(),
                        stuck: Some(stuck),
                        note: None,
                        moment: course.now.clone(),
                    });
                }
                None => continue,
            }
            let undo = Todo::Undo {
                step: step.id.clone(),
                attempt: u32::try_from(number + 1).unwrap_or(u32::MAX),
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            match &command.back {
                CallState::Waiting | CallState::Lost => return next.start.push(undo),
                CallState::Begun => return wait(course, step, state, "its way back", next),
                CallState::Ended(Receipt::Refused { why }) => {
                    refused.get_or_insert((undo, why));
                }
                // Nobody could tell, and a look said since that it is not so: once more, where twice does no harm.
                CallState::Ended(Receipt::Unknown { why })
                    if step.effect != StepEffect::Once
                        && matches!(state.waits, Some(Settled::NotYet { .. })) =>
                {
                    refused.get_or_insert((undo, why));
                }
                CallState::Ended(_) => {}
            }
        }
    }
    if is_given_up(course) && state.unreachable == Some(Side::Target) {
        let note = match &refused {
            Some((_, why)) => format!("left as it is, because {TARGET_SILENT}: {why}"),
            None => format!("taken back, and not seen to be: {TARGET_SILENT}"),
        };
        return next.write(Event::StepUndone {
            step: step.id.clone(),
            stuck: None,
            note: Some(note),
            moment: course.now.clone(),
        });
    }
    let left = left_ms(course, step);
    if left == 0 {
        let why = match (refused, &state.waits) {
            (Some((_, why)), _) => why.clone(),
            (None, Some(Settled::NotYet { what, current, threshold })) => {
                format!("{what}: {current} instead of {threshold}")
            }
            (None, Some(Settled::Unknown { why } | Settled::Cannot { why })) => why.clone(),
            _ => "it was not seen to be as before".to_owned(),
        };
        return next.write(Event::StepUndone {
            step: step.id.clone(),
            stuck: Some(why),
            note: None,
            moment: course.now.clone(),
        });
    }
    next.wake_in(left);
    // What was refused may have been for a reason that passes (a member that has yet to leave), or because it is so
    // already: it is tried again, and looked at.
    next.start.extend(refused.map(|(undo, _)| undo));
    next.start.push(Todo::LookBack { step: step.id.clone() });
    wait(course, step, state, "everything to be as before", next);
}

/// Milliseconds left to take a step back; counted from the last thing that was done on the way back before it.
pub(crate) fn left_ms(course: &Course<'_>, step: &PlannedStep) -> u64 {
    let execution = course.execution();
    let Going::Back { since, .. } = &execution.going else { return 0 };
    let steps =
        execution.steps.values().filter(|step| step.is_of_back).filter_map(|step| step.ended.as_ref());
    let spent = steps.chain(&execution.undone_at).chain([since]).map(|moment| course.spent_ms(moment)).min();
    running::total_ms(course, step).max(LEAST_MS).saturating_sub(spent.unwrap_or(0))
}

fn wait(course: &Course<'_>, step: &PlannedStep, state: &StepState, what: &str, next: &mut Next) {
    let (what, current, threshold) = match &state.waits {
        Some(Settled::NotYet { what, current, threshold }) => {
            (what.clone(), current.clone(), threshold.clone())
        }
        Some(Settled::Unknown { why }) => {
            (what.to_owned(), format!("unknown: {why}"), "an answer".to_owned())
        }
        _ => (what.to_owned(), "looking".to_owned(), "undone".to_owned()),
    };
    let since = match &course.execution().going {
        Going::Back { since, .. } => since.wall,
        _ => course.now.wall,
    };
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what,
        current,
        threshold,
        since,
        until: Some(course.now.plus(left_ms(course, step)).wall),
        who: step.owner.clone(),
    });
}
