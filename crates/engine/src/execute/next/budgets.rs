use jiff::Timestamp;
use journal::{Event, RunState, Unwinding};
use runbook::check::spoken;
use runbook::plan::{Plan, SpanBudget, Way};

use super::voices::{self, Poll};
use super::{Course, Next, Waiting};

/// Warns of times that are nearly used up, and takes the way out of those that are.
pub(super) fn look(course: &Course<'_>, next: &mut Next) {
    // The times of a walk through are not those of the run.
    if course.is_dry() {
        return;
    }
    for budget in &course.plan.budgets {
        let Some(used) = used(course, budget) else { continue };
        let say = |word: &str| format!("budget {} {word}", budget.name);
        let said = |word: &str| course.execution().warnings.iter().any(|(_, about, _)| *about == say(word));
        let told = |ms: u64| spoken(i64::try_from(ms).unwrap_or(i64::MAX));
        if used >= budget.max_ms {
            if said("exceeded") {
                continue;
            }
            let message = format!(
                "{} since {} began, {} allowed until {} is done",
                told(used),
                budget.from,
                told(budget.max_ms),
                budget.to
            );
            next.write(Event::Warned { about: say("exceeded"), message });
            return;
        }
        if let Some(warn) = budget.warn_ms.filter(|warn| used >= *warn)
            && !said("warned")
        {
            let left = told(budget.max_ms - used);
            let message = format!("{} used of {}, {left} left", told(used.max(warn)), told(budget.max_ms));
            next.write(Event::Warned { about: say("warned"), message });
            return;
        }
        next.wake_in(budget.warn_ms.filter(|warn| used < *warn).unwrap_or(budget.max_ms) - used);
    }
    take_way_out(course, next);
}

/// A budget that is exceeded, and whose way out was not taken yet.
fn take_way_out(course: &Course<'_>, next: &mut Next) {
    for budget in &course.plan.budgets {
        let about = format!("budget {} exceeded", budget.name);
        let Some((at, _, message)) = course.execution().warnings.iter().find(|(_, said, _)| *said == about)
        else {
            continue;
        };
        // Released since: whoever did knew of it.
        let held = course.execution().released.is_some_and(|released| released >= *at);
        if held || used(course, budget).is_none() {
            continue;
        }
        let why = format!("{about}: {message}");
        if course.past_commit_point()
            && let Some((role, plan)) = asks(course.plan, budget)
        {
            if let Some(event) = ask(course, budget, (*at, role, plan), why, next) {
                return next.write(event);
            }
            continue;
        }
        let moment = course.now.clone();
        let hold = Event::Held { why: why.clone(), step: None, asked_by: None, moment: moment.clone() };
        next.write(match &budget.before_commit_point {
            _ if course.past_commit_point() => hold,
            Way::Hold => hold,
            Way::Continue => continue,
            Way::StandDown => Event::UnwindStarted { how: Unwinding::StandDown, why, moment },
            Way::Rollback(plan) => {
                Event::UnwindStarted { how: Unwinding::Rollback { plan: plan.clone() }, why, moment }
            }
        });
        return;
    }
}

/// Whom a budget asks past the commit point (`after: ask`), and by which plan a no leads back: who may call the plan, or the
/// rollback owner. `None`: there is nobody, or no plan, and the run is held.
fn asks<'a>(plan: &'a Plan, budget: &SpanBudget) -> Option<(&'a str, &'a str)> {
    let rollback = &plan.rollback;
    let plans = rollback.plans.iter().map(String::as_str);
    let back = plans.into_iter().next().filter(|_| budget.after == "ask")?;
    let asked =
        rollback.triggers.iter().filter(|trigger| trigger.plan.as_deref().is_none_or(|of| of == back));
    let asked = asked.flat_map(|trigger| trigger.ask_role.iter().chain(&trigger.called_by));
    let mut roles = asked.map(String::as_str).chain(["rollback_owner"]);
    Some((roles.find(|role| plan.roles.contains_key(*role))?, back))
}

/// Asks whether to go back, and goes on meanwhile; who says go is not asked again.
fn ask(
    course: &Course<'_>,
    budget: &SpanBudget,
    (at, role, plan): (Timestamp, &str, &str),
    why: String,
    next: &mut Next,
) -> Option<Event> {
    let roles = [role.to_owned()];
    let votes = voices::votes(course, &budget.name, at);
    match voices::poll(&votes, &roles, None) {
        Poll::Go => return None,
        Poll::NoGo(said) => {
            let how = Unwinding::Rollback { plan: plan.to_owned() };
            return Some(Event::UnwindStarted {
                how,
                why: format!("{why}; {said}"),
                moment: course.now.clone(),
            });
        }
        Poll::Open(_) => {}
    }
    next.waiting.push(Waiting {
        step: Some(budget.name.clone()),
        what: format!("an answer whether to go back by {plan}"),
        current: why,
        threshold: "go (go on) or no-go (go back); meanwhile the run goes on".to_owned(),
        since: at,
        until: None,
        who: Some(voices::who(course, &roles)),
    });
    None
}

/// Budgets that ask now, with the role they ask and since when.
pub(super) fn asking(state: &RunState) -> impl Iterator<Item = (&str, &str, Timestamp)> {
    let (plan, execution) = (&state.header().plan, state.execution());
    let past = plan.commit_point.as_ref().is_some_and(|gate| execution.is_passed(gate));
    plan.budgets.iter().filter(move |budget| past && !execution.is_passed(&budget.to)).filter_map(|budget| {
        let about = format!("budget {} exceeded", budget.name);
        let (at, ..) = execution.warnings.iter().find(|(_, said, _)| *said == about)?;
        let held = execution.released.is_some_and(|released| released >= *at);
        let (role, _) = asks(plan, budget).filter(|_| !held)?;
        Some((budget.name.as_str(), role, *at))
    })
}

/// The role a budget of that name may ask.
pub(super) fn role_of<'a>(plan: &'a Plan, name: &str) -> Option<&'a str> {
    let budget = plan.budgets.iter().find(|budget| budget.name == name)?;
    Some(asks(plan, budget)?.0)
}

/// Milliseconds since the span began; `None`: it did not begin, or it is over.
pub(crate) fn used(course: &Course<'_>, budget: &SpanBudget) -> Option<u64> {
    let from = course.step(&budget.from)?;
    if course.execution().is_passed(&budget.to) {
        return None;
    }
    Some(course.now.since(&from.since))
}
