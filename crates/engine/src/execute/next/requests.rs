use journal::{Event, Going, Request, Unwinding};

use super::Course;

/// What answers the oldest request that was heard and not met yet.
pub(super) fn pending(course: &Course<'_>) -> Option<Event> {
    let request = course.execution().pending.front()?;
    let moment = course.now.clone();
    let decline = |why: &str| Event::Declined { why: format!("{}: {why}", request.title()) };
    let going = &course.execution().going;
    Some(match (request, going) {
        (_, Going::Back { .. }) => decline("the run is on its way back and goes to its end"),
        (Request::Hold { .. }, Going::Held { .. }) => decline("the run is held already"),
        (Request::Hold { by }, Going::Forward) => {
            Event::Held { why: format!("{by} asked for it"), step: None, asked_by: Some(by.clone()), moment }
        }
        (Request::Resume { by }, Going::Held { .. }) => Event::Released { by: by.clone() },
        (Request::Resume { .. }, Going::Forward) => decline("the run is not held"),
        (Request::StandDown { by }, _) => match course.past_commit_point() {
            false => {
                Event::UnwindStarted { how: Unwinding::StandDown, why: format!("{by} asked for it"), moment }
            }
            true => decline("the commit point is passed; call a rollback instead"),
        },
        (Request::Rollback { plan, by }, _) => match which(course, plan.as_deref()) {
            Err(why) => decline(&why),
            Ok(plan) if course.past_commit_point() && !may_call(course, &plan, by).is_empty() => {
                decline(&format!(
                    "past the commit point it is called by {}, with --as",
                    may_call(course, &plan, by).join(", ")
                ))
            }
            Ok(plan) => Event::UnwindStarted {
                how: Unwinding::Rollback { plan },
                why: format!("{by} asked for it"),
                moment,
            },
        },
        // Met as they are heard.
        (
            Request::Done { .. } | Request::Vote { .. } | Request::Sign { .. } | Request::Override { .. },
            _,
        ) => return None,
    })
}

fn which(course: &Course<'_>, asked: Option<&str>) -> Result<String, String> {
    let plans = &course.plan.rollback.plans;
    match (asked, plans.as_slice()) {
        (Some(asked), _) if plans.iter().any(|plan| plan == asked) => Ok(asked.to_owned()),
        (Some(asked), _) => Err(format!("there is no rollback plan {asked}; there is {}", plans.join(", "))),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err("the runbook has no rollback plan; stand down instead".to_owned()),
        (None, _) => Err(format!("say which plan with --plan: {}", plans.join(", "))),
    }
}

/// Who may call a plan, where it is not this person; empty: this one may.
fn may_call(course: &Course<'_>, plan: &str, by: &str) -> Vec<String> {
    let triggers = course.plan.rollback.triggers.iter();
    let calls = triggers.filter(|trigger| trigger.plan.as_deref() == Some(plan));
    let roles = calls.flat_map(|trigger| &trigger.called_by).filter_map(|role| course.plan.roles.get(role));
    let people: Vec<String> =
        roles.flat_map(|role| role.people.iter().chain(&role.backup)).cloned().collect();
    if people.iter().any(|person| person == by) { Vec::new() } else { people }
}
