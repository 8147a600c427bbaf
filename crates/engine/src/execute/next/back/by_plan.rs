use journal::{Event, StepOutcome, StepPhase, StepState};
use runbook::Side;
use runbook::plan::PlannedStep;

use super::super::gate::end;
use super::super::{Course, Next, running};
use super::{is_given_up, unit_of};

/// What a plan does between stopping the target and opening the source; true: all of it is done.
pub(super) fn between(course: &Course<'_>, next: &mut Next) -> bool {
    let steps = course.state.back_plan().map_or(&[][..], |back| &back.between);
    all_of(course, steps.iter(), next)
}

/// What a plan adds after everything is taken back, and whether the source works again; true: all of it is done.
pub(super) fn after(course: &Course<'_>, next: &mut Next) -> bool {
    let Some(back) = course.state.back_plan() else { return true };
    if !all_of(course, back.additions.iter(), next) {
        return false;
    }
    !course.execution().crossed || all_of(course, back.observation.iter(), next)
}

fn all_of<'a>(course: &Course<'_>, steps: impl Iterator<Item = &'a PlannedStep>, next: &mut Next) -> bool {
    let mut all = true;
    for step in steps {
        all &= one(course, step, next);
        if next.write.is_some() {
            return false;
        }
    }
    all
}

fn begin(course: &Course<'_>, step: &PlannedStep, attempt: usize, next: &mut Next) {
    next.write(Event::StepStarted {
        step: step.id.clone(),
        attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
        moment: course.now.clone(),
    });
}

/// Whether the step is done. One that came to a bad end stops the way back there, until somebody goes on with the run:
/// nothing that comes after it is opened meanwhile.
fn one(course: &Course<'_>, step: &PlannedStep, next: &mut Next) -> bool {
    let state = course.step(&step.id);
    match state.map(|state| (state, &state.phase)) {
        None | Some((_, StepPhase::Again)) => {
            if is_blocked(course, step) {
                return true;
            }
            if step.needs.iter().all(|need| course.execution().is_passed(need)) {
                begin(course, step, state.map_or(1, |state| state.attempts.len() + 1), next);
            }
            false
        }
        Some((state, StepPhase::Running)) => {
            match without_the_target(course, step, state) {
                Some(why) => end(course, step, StepOutcome::Continued { why }, next),
                None => running::running(course, step, state, next),
            }
            false
        }
        Some((_, StepPhase::Ended(outcome))) if outcome.passes() => true,
        Some((_, StepPhase::Ended(outcome))) => {
            let why = outcome.why().unwrap_or("");
            next.stopped = Some(format!("step {} {}: {why}", step.id, outcome.word()));
            false
        }
        Some((_, StepPhase::Undone | StepPhase::Stuck { .. })) => true,
    }
}

/// What it needs is stuck, or will never begin.
fn is_blocked(course: &Course<'_>, step: &PlannedStep) -> bool {
    step.needs.iter().any(|need| match course.step(need) {
        Some(state) => matches!(state.phase, StepPhase::Undone | StepPhase::Stuck { .. }),
        None => course.plan.step(need).is_some_and(|need| is_blocked(course, need)),
    })
}

/// Why a step is passed over because the target does not answer; `None`: it is not. Positions that were written down while
/// it did are used instead of asking it.
fn without_the_target(course: &Course<'_>, step: &PlannedStep, state: &StepState) -> Option<String> {
    if !is_given_up(course) {
        return None;
    }
    let unit = unit_of(course, step)?;
    if step.kind == "commit-offsets-back" {
        // One look by which not every group can be landed lands none.
        let is_known = course.execution().followed.get(unit).is_some_and(|followed| followed.proved);
        return (!is_known).then(|| {
            "the target does not answer, and nothing was written down of it that proves where its groups stand: they go on from where they stood at the switch, and everything they did on the target comes again".to_owned()
        });
    }
    let its_own = step.on == Some(Side::Target) && state.unreachable == Some(Side::Target);
    its_own.then(|| match step.kind.as_str() {
        "target-born-ledger" => {
            "the target does not answer: what was born on it is not counted, and is still there".to_owned()
        }
        "fence-writes" => "the target does not answer: it is not fenced, and whoever writes to it when it is back is not kept out".to_owned(),
        _ => "the target does not answer: whether anything runs there was not seen".to_owned(),
    })
}
