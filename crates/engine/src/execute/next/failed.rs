use journal::{Event, GatePhase, StepOutcome, StepState, Unwinding};
use runbook::plan::{PlannedStep, StepEffect, Way};

use super::{Course, Next, Waiting, follow, running, triggers};

/// A step that did not come to a good end: it is tried again while it may be, and then its way out is taken.
pub(super) fn failed(
    course: &Course<'_>,
    step: &PlannedStep,
    state: &StepState,
    outcome: &StepOutcome,
    next: &mut Next,
) {
    let why = format!("step {} {}: {}", step.id, outcome.word(), outcome.why().unwrap_or(""));
    if let Some(pause) = pause_before_retry(course, step, state) {
        let ended = state.ended.as_ref().unwrap_or(&state.since);
        let waited = course.now.since(ended);
        if waited >= pause {
            next.write(Event::StepStarted {
                step: step.id.clone(),
                attempt: u32::try_from(state.attempts.len() + 1).unwrap_or(u32::MAX),
                moment: course.now.clone(),
            });
        } else {
            next.wake_in(pause - waited);
            next.waiting.push(Waiting {
                step: Some(step.id.clone()),
                what: "the pause before it is tried again".to_owned(),
                current: why,
                threshold: format!("attempt {}", state.attempts.len() + 1),
                since: ended.wall,
                until: Some(ended.plus(pause).wall),
                who: None,
            });
        }
        return;
    }
    let moment = course.now.clone();
    let hold = |why: String| Event::Held {
        why,
        step: Some(step.id.clone()),
        asked_by: None,
        moment: course.now.clone(),
    };
    next.write(match way(course, step, state, outcome) {
        Way::Hold | Way::Continue => hold(why),
        Way::StandDown if course.past_commit_point() => {
            hold(format!("{why}; the commit point is passed, so a person decides"))
        }
        Way::Rollback(plan) if !follow::may_go_back_by_itself(course, &plan) => {
            hold(format!("{why}; {}", triggers::ASKS))
        }
        Way::StandDown => Event::UnwindStarted { how: Unwinding::StandDown, why, moment },
        Way::Rollback(plan) => Event::UnwindStarted { how: Unwinding::Rollback { plan }, why, moment },
    });
}

/// How long to wait before another attempt; `None`: there is none.
fn pause_before_retry(course: &Course<'_>, step: &PlannedStep, state: &StepState) -> Option<u64> {
    if step.kind == "gate" || (step.effect == StepEffect::Once && state.touched()) {
        return None;
    }
    let spec = course.spec(&step.id);
    let tried = state.attempts.iter().filter(|attempt| attempt.since.since(&state.since) > 0).count() + 1;
    let within_total = course.spent_ms(&state.since) < running::total_ms(course, step);
    let may = match spec.retry {
        Some(retry) => tried <= retry.max as usize,
        // A time for one attempt below the time for all says that there may be several.
        None => spec.timeout.attempt.is_some() && spec.timeout.total.is_some(),
    };
    let backoff =
        spec.retry.and_then(|retry| retry.backoff).map_or(running::PAUSE_MS, |pause| pause.as_probe());
    (may && within_total).then_some(backoff)
}

fn way(course: &Course<'_>, step: &PlannedStep, state: &StepState, outcome: &StepOutcome) -> Way {
    let spec = course.spec(&step.id);
    let decided = state.gate.as_ref().is_some_and(|gate| gate.phase == GatePhase::Deciding);
    let written = match outcome {
        StepOutcome::TimedOut { .. } if decided => {
            spec.decide.as_ref().map(|decide| decide.silence_is.clone())
        }
        StepOutcome::TimedOut { .. } => spec.on_timeout.clone(),
        StepOutcome::Unknown { .. } => spec.on_unknown.clone(),
        _ => spec.on_fail.clone(),
    };
    written.unwrap_or(Way::Hold)
}
