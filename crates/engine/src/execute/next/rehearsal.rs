use journal::{Event, Unwinding};

use super::{Course, Next};

/// A run that is a part of a rehearsal goes back by itself: when the step it goes to is passed, and at the commit point
/// instead of opening it. It is a decision like any other, journalled by whoever conducts the run then.
pub(super) fn turn(course: &Course<'_>, next: &mut Next) {
    let Some(leg) = course.plan.leg() else { return };
    let passed = course.execution().is_passed(&leg.point);
    if passed || (is_commit_point(course, &leg.point) && opens(next, &leg.point)) {
        next.write = Some(Event::UnwindStarted {
            how: Unwinding::Rollback { plan: leg.plan.clone() },
            why: leg.reason(),
            moment: course.now.clone(),
        });
    }
}

fn is_commit_point(course: &Course<'_>, step: &str) -> bool {
    course.plan.commit_point.as_deref() == Some(step)
}

fn opens(next: &Next, gate: &str) -> bool {
    matches!(&next.write, Some(Event::StepEnded { step, outcome, .. }) if step == gate && outcome.passes())
}
