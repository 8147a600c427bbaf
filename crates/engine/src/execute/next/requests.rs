use std::collections::BTreeSet;

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
        (Request::StandDown { by }, _) => match (course.past_commit_point(), stays(course)) {
            (true, _) => decline("the commit point is passed; call a rollback instead"),
            (false, Some(why)) => decline(&why),
            (false, None) => {
                Event::UnwindStarted { how: Unwinding::StandDown, why: format!("{by} asked for it"), moment }
            }
        },
        (Request::Rollback { plan, by }, _) => match which(course, plan.as_deref()) {
            Err(why) => decline(&why),
            Ok(plan) => match may_not_call(course, &plan, by).filter(|_| course.past_commit_point()) {
                Some(why) => decline(&why),
                None => Event::UnwindStarted {
                    how: Unwinding::Rollback { plan },
                    why: format!("{by} asked for it"),
                    moment,
                },
            },
        },
        // Met as they are heard.
        (
            Request::Done { .. } | Request::Vote { .. } | Request::Sign { .. } | Request::Override { .. },
            _,
        ) => return None,
    })
}

/// Why standing down would not leave everything as it was: something was done that the runbook declares without a way back.
/// Where it has no rollback plan there is no other way back, and it is taken.
fn stays(course: &Course<'_>) -> Option<String> {
    let plans = &course.plan.rollback.plans;
    let (step, why) = course.plan.steps.iter().find_map(|step| {
        let why = step.no_undo.as_ref()?;
        let state = course.step(&step.id)?;
        let by_hand = step.kind == "manual" && course.execution().answers.contains_key(&step.id);
        (by_hand || state.touched() || state.is_calling()).then_some((&step.id, why))
    })?;
    (!plans.is_empty()).then(|| {
        format!(
            "step {step} was done and cannot be taken back ({why}), so not everything would be as it was; a rollback leaves it as it is: `cutover rollback {}` ({})",
            course.state.header().run,
            plans.join(", ")
        )
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

/// Why this person may not call a plan past the commit point; `None`: they may. Those may whom a trigger lets call it. A
/// runbook that lets nobody call any plan (`triggers: none`) says nothing of who may: then whoever holds a role of it,
/// since without the way back there would be none.
fn may_not_call(course: &Course<'_>, plan: &str, by: &str) -> Option<String> {
    let triggers = &course.plan.rollback.triggers;
    let calls = triggers.iter().filter(|trigger| trigger.plan.as_deref().is_none_or(|of| of == plan));
    let called_by: BTreeSet<&str> =
        calls.flat_map(|trigger| &trigger.called_by).map(String::as_str).collect();
    let nobody_is_named = triggers.iter().all(|trigger| trigger.called_by.is_empty());
    let roles = course.plan.roles.iter();
    let people: BTreeSet<&str> = roles
        .filter(|(name, _)| nobody_is_named || called_by.contains(name.as_str()))
        .flat_map(|(_, role)| role.people.iter().chain(&role.backup))
        .map(String::as_str)
        .collect();
    if people.contains(by) {
        return None;
    }
    Some(match people.is_empty() {
        true => format!("past the commit point nobody may call the plan {plan}: no trigger lets anybody"),
        false => {
            let people: Vec<&str> = people.into_iter().collect();
            format!("past the commit point it is called by {}, with --as", people.join(", "))
        }
    })
}
