use journal::{Event, Unwinding};
use runbook::check::spoken;
use runbook::plan::{SpanBudget, Way};

use super::{Course, Next};

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

/// Milliseconds since the span began; `None`: it did not begin, or it is over.
pub(crate) fn used(course: &Course<'_>, budget: &SpanBudget) -> Option<u64> {
    let from = course.step(&budget.from)?;
    if course.execution().is_passed(&budget.to) {
        return None;
    }
    Some(course.now.since(&from.since))
}
