use journal::Event;
use runbook::plan::{PlannedStep, StepEffect};

use super::{Course, Next, Waiting, window};

/// A step that was not begun, or begins again: it begins when all it needs is done.
pub(super) fn begin(course: &Course<'_>, step: &PlannedStep, next: &mut Next) {
    if !step.needs.iter().all(|need| course.execution().is_passed(need)) {
        return;
    }
    if step.effect != StepEffect::None && !course.is_dry() {
        match window::at(course) {
            window::At::Before { opens, ms } => {
                next.wake_in(ms);
                next.waiting.push(Waiting {
                    step: Some(step.id.clone()),
                    what: "the window to open".to_owned(),
                    current: course.now.wall.to_string(),
                    threshold: opens.to_string(),
                    since: course.now.wall,
                    until: Some(opens),
                    who: None,
                });
                return;
            }
            window::At::After { closed } => {
                next.write(Event::Held {
                    why: format!(
                        "the window closed at {closed}, and step {} would change something",
                        step.id
                    ),
                    step: Some(step.id.clone()),
                    asked_by: None,
                    moment: course.now.clone(),
                });
                return;
            }
            window::At::Within | window::At::None => {}
        }
    }
    let attempt = course.step(&step.id).map_or(1, |state| state.attempts.len() + 1);
    next.write(Event::StepStarted {
        step: step.id.clone(),
        attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
        moment: course.now.clone(),
    });
}
