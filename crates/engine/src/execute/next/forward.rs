use journal::{Ending, StepPhase};

use super::{Course, Next, begin, failed, running, triggers};

/// The way forward: every step that can begin begins, every step under way goes on.
pub(super) fn forward(course: &Course<'_>, next: &mut Next) {
    let mut all_passed = true;
    for step in &course.plan.steps {
        let state = course.step(&step.id);
        if state.is_some_and(|state| state.is_passed()) {
            continue;
        }
        all_passed = false;
        match state.map(|state| (state, &state.phase)) {
            None => begin::begin(course, step, next),
            Some((_, StepPhase::Again)) => begin::begin(course, step, next),
            Some((state, StepPhase::Running)) => running::running(course, step, state, next),
            Some((state, StepPhase::Ended(outcome))) => failed::failed(course, step, state, outcome, next),
            // A step that was taken back belongs to a run on its way back.
            Some((_, StepPhase::Undone | StepPhase::Stuck { .. })) => {}
        }
        if next.write.is_some() {
            return;
        }
    }
    if all_passed && triggers::asking(course).is_none() {
        next.over = Some(Ending::Completed);
    }
}
