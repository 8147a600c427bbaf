use jiff::Timestamp;
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
            window::At::After { closed, guarded } => {
                if let Some(event) = after_the_window(course, step, closed, guarded) {
                    return next.write(event);
                }
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

/// What is said before a step begins that changes something when the window is closed; `None`: all was said, and it begins.
/// Before the commit point nothing new is changed. Past it, half a switch would leave both sides standing still: it is
/// finished, with a warning; after the time for which a gate let yellow pass, only when somebody has let it go on since.
fn after_the_window(
    course: &Course<'_>,
    step: &PlannedStep,
    closed: Timestamp,
    guarded: bool,
) -> Option<Event> {
    let why = format!("the window closed at {closed}, and step {} would change something", step.id);
    let released = course.execution().released.is_some_and(|released| released >= closed);
    let run = &course.state.header().run;
    let why = match (course.past_commit_point(), guarded && !released) {
        (false, _) => why,
        (true, true) => format!(
            "{why}; the commit point is passed: `cutover resume {run}` finishes the switch, `cutover rollback {run}` takes it back"
        ),
        (true, false) => {
            let about = format!("the window closed at {closed}");
            let said = course.execution().warnings.iter().any(|(_, known, _)| *known == about);
            let message =
                format!("past the commit point the switch is finished all the same, from step {}", step.id);
            return (!said).then_some(Event::Warned { about, message });
        }
    };
    Some(Event::Held { why, step: Some(step.id.clone()), asked_by: None, moment: course.now.clone() })
}
