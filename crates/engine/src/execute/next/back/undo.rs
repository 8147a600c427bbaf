use journal::{CallState, Event, Going, Moment, StepState};
use runbook::Side;
use runbook::action::{Settled, WayBack};
use runbook::plan::{PlannedStep, StepEffect};
use runbook::world::Receipt;

use super::super::{Course, Next, Todo, Waiting, running};
use super::{is_given_up, is_on_target};

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
        // What cannot be taken back keeps nothing else from it.
        if let Some(why) = &step.no_undo {
            return left(
                course,
                &step.id,
                Some(format!("left as it is: it cannot be taken back ({why})")),
                next,
            );
        }
        match what_stands_before(course, step, open) {
            Before::Nothing => undo(course, step, state, next),
            Before::Open(other) => wait(course, step, state, &format!("step {other} to be undone"), next),
            Before::Stuck(other) => {
                let why = format!("step {other}, which came after it, could not be undone");
                stuck(course, &step.id, why, next);
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
        let why = format!("{stuck}, which comes before it on the way back, could not be done");
        self::stuck(course, id, why, next);
    }
}

/// Past the commit point positions on the target are history: they are landed on the source instead.
pub(super) fn leave_landed(course: &Course<'_>, open: &[&str], next: &mut Next) -> bool {
    let landed = |id: &&&str| course.plan.step(id).is_some_and(|step| step.kind == "commit-offsets");
    let Some(id) = open.iter().find(landed) else { return false };
    left(course, id, Some("left as it is: the groups went on from there".to_owned()), next);
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

/// How the ways back of a step stand that were called.
#[derive(Default)]
struct Called {
    /// To be called once more, and why the last call was not enough.
    again: Option<(Todo, String)>,
    /// Nobody can tell what came of it, and it is never called twice.
    untold: Option<String>,
    /// It was shown to a person.
    shown: bool,
}

fn undo(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let Some(called) = call(course, step, state, next) else { return };
    if is_given_up(course) && state.unreachable == Some(Side::Target) {
        let note = match &called.again {
            Some((_, why)) => format!("left as it is, because {TARGET_SILENT}: {why}"),
            None => format!("taken back, and not seen to be: {TARGET_SILENT}"),
        };
        return left(course, &step.id, Some(note), next);
    }
    // Nothing shows whether a command of one's own was taken back but what came of its way back, or its `confirm`.
    let own = is_own(step);
    let confirm = course.spec(&step.id).undo_confirm();
    if own && confirm.is_none() {
        match (&called.untold, &called.again) {
            (Some(why), _) => {
                let why = format!("nobody can tell whether it was taken back, and it is done once: {why}");
                return stuck(course, &step.id, why, next);
            }
            (None, None) => {
                let shown = "its way back was shown to a person, and nobody looked whether it was taken";
                return left(course, &step.id, called.shown.then(|| shown.to_owned()), next);
            }
            (None, Some(_)) => {}
        }
    }
    let time = left_ms(course, step);
    if time == 0 {
        let is_called = called.again.is_none() && called.untold.is_none();
        let is_silent = is_called && matches!(state.waits, Some(Settled::Unknown { .. }));
        let why = match (called.again.map(|(_, why)| why).or(called.untold), &state.waits) {
            (Some(why), _) => why,
            (None, Some(Settled::NotYet { what, current, threshold })) => {
                format!("{what}: {current} instead of {threshold}")
            }
            (None, Some(Settled::Unknown { why } | Settled::Cannot { why })) => why.clone(),
            _ => "it was not seen to be as before".to_owned(),
        };
        // Everything else waits for it, and what could not be seen now may be seen later: it is tried again.
        if is_silent && is_on_target(course, &step.id) && course.execution().crossed {
            next.stopped = Some(format!("step {} could not be seen to be taken back: {why}", step.id));
            return;
        }
        return stuck(course, &step.id, why, next);
    }
    next.wake_in(time);
    // What was refused may have been for a reason that passes (a member that has yet to leave), or because it is so
    // already: it is tried again, and looked at.
    let what = match (&called.again, own) {
        (Some((_, why)), true) => format!("its way back to work, which it did not: {why}"),
        _ => "everything to be as before".to_owned(),
    };
    next.start.extend(called.again.map(|(undo, _)| undo));
    if !own || confirm.is_some() {
        next.start.push(Todo::LookBack { step: step.id.clone() });
    }
    if let Some(confirm) = confirm {
        let since = undoing_since(course).map(|since| running::done_since(state, since));
        running::look_at_check(course, step, confirm, since.as_ref(), next);
    }
    wait(course, step, state, &what, next);
}

/// Calls every way back that was not called yet, the latest first; `None`: there is something to wait for, or the step
/// came to its end.
fn call(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) -> Option<Called> {
    let mut called = Called::default();
    let once = step.effect == StepEffect::Once;
    for (number, attempt) in state.attempts.iter().enumerate().rev() {
        for (index, command) in attempt.commands.iter().enumerate().rev().filter(|(_, c)| c.touched) {
            let change = attempt.changes.as_ref().and_then(|changes| changes.changes.get(index));
            match change.map(|change| &change.undo) {
                Some(WayBack::Command(_)) => {}
                Some(WayBack::None { .. }) if step.effect == StepEffect::None => continue,
                Some(WayBack::None { why }) => {
                    stuck(course, &step.id, format!("it has no way back: {why}"), next);
                    return None;
                }
                None => continue,
            }
            let undo = Todo::Undo {
                step: step.id.clone(),
                attempt: u32::try_from(number + 1).unwrap_or(u32::MAX),
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            match &command.back {
                CallState::Lost if once => {
                    called.untold.get_or_insert(LOST.to_owned());
                }
                CallState::Waiting | CallState::Lost => {
                    next.start.push(undo);
                    return None;
                }
                CallState::Begun => {
                    wait(course, step, state, "its way back", next);
                    return None;
                }
                CallState::Ended(Receipt::Refused { why }) => {
                    called.again.get_or_insert((undo, why.clone()));
                }
                CallState::Ended(Receipt::Unknown { why }) if once => {
                    called.untold.get_or_insert(why.clone());
                }
                // Nobody could tell: once more, where twice does no harm; what can be looked at is looked at first.
                CallState::Ended(Receipt::Unknown { why })
                    if is_own(step) || matches!(state.waits, Some(Settled::NotYet { .. })) =>
                {
                    called.again.get_or_insert((undo, why.clone()));
                }
                CallState::Ended(receipt) => called.shown |= *receipt == Receipt::Printed,
            }
        }
    }
    Some(called)
}

/// What is said of a way back whose process was gone before it answered.
const LOST: &str = "its way back was under way when its process ended";

/// A command of one's own: it is taken back by one, of which nothing is known but what came of the call.
fn is_own(step: &PlannedStep) -> bool {
    matches!(step.kind.as_str(), "exec" | "http")
}

/// It is taken back, or left as it is, with what there is to say of it.
fn left(course: &Course<'_>, step: &str, note: Option<String>, next: &mut Next) {
    let (step, moment) = (step.to_owned(), course.now.clone());
    next.write(Event::StepUndone { step, stuck: None, note, moment });
}

fn stuck(course: &Course<'_>, step: &str, why: String, next: &mut Next) {
    let (step, moment) = (step.to_owned(), course.now.clone());
    next.write(Event::StepUndone { step, stuck: Some(why), note: None, moment });
}

/// When the way back began.
pub(crate) fn undoing_since<'a>(course: &Course<'a>) -> Option<&'a Moment> {
    match &course.execution().going {
        Going::Back { since, .. } => Some(since),
        _ => None,
    }
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
    let since = undoing_since(course).map_or(course.now.wall, |since| since.wall);
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
