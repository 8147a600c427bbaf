use runbook::plan::{Plan, Trigger, Way};

use super::Statement;
use crate::human::duration;

pub(super) fn who_may_call(plan: &Plan) -> Statement {
    const ABOUT: &str = "Who may call it?";
    let called = plan.rollback.triggers.iter().filter(|trigger| !trigger.called_by.is_empty());
    let mut sentences: Vec<String> = called
        .map(|trigger| {
            let roles: Vec<String> = trigger.called_by.iter().map(|role| holders(plan, role)).collect();
            format!("{}, by trigger {}{}.", roles.join(" or "), trigger.id, by_plan(trigger))
        })
        .collect();
    let reachable = plan.rollback.triggers.iter().flat_map(|trigger| &trigger.called_by).any(|role| {
        plan.roles.get(role).is_some_and(|role| !role.people.is_empty() || !role.backup.is_empty())
    });
    if sentences.is_empty() {
        return Statement::open(ABOUT, "Not declared: no trigger of the runbook names who may call it.");
    }
    sentences.push("Whoever calls it gives the command: cutover rollback RUN --as PERSON.".to_owned());
    Statement { about: ABOUT, sentences, known: reachable }
}

pub(super) fn what_starts_it(plan: &Plan) -> Statement {
    const ABOUT: &str = "What starts it?";
    if let Some(why) = &plan.rollback.no_triggers {
        return Statement::open(ABOUT, format!("No trigger watches: {why}."));
    }
    let watched: Vec<String> =
        plan.rollback.triggers.iter().filter_map(|trigger| watched(plan, trigger)).collect();
    if watched.is_empty() {
        return Statement::open(ABOUT, "Not declared: no trigger of the runbook watches a check.");
    }
    Statement::known(ABOUT, watched)
}

fn watched(plan: &Plan, trigger: &Trigger) -> Option<String> {
    let what = match (&trigger.check, &trigger.closed_source) {
        (Some(check), _) => {
            let long = ms(trigger.for_ms).map_or(String::new(), |long| format!(" for {long}"));
            format!("check {check} is {}{long}", trigger.breach.as_deref().unwrap_or("red"))
        }
        (None, Some(closed)) => format!("anything is written to what {} closed on the source", closed.fence),
        (None, None) => return None,
    };
    let armed = match (&trigger.armed_from, &trigger.armed_until) {
        (Some(from), Some(until)) => {
            let edge = if trigger.closed_source.is_some() { "end" } else { "start" };
            format!(", from the {edge} of {from} to the end of {until}")
        }
        _ => String::new(),
    };
    let then = match (trigger.act.as_deref(), &trigger.ask_role) {
        (Some("auto"), _) => {
            let named = trigger.plan.as_deref().unwrap_or_default();
            format!("it goes back without asking{}", unless_past(plan, trigger, named))
        }
        (_, Some(role)) => {
            let within =
                ms(trigger.ask_within_ms).map_or(String::new(), |within| format!(" within {within}"));
            let silence = trigger.silence_is.as_ref().map_or(String::new(), |way| {
                let condition = match way {
                    Way::Rollback(named) => unless_past(plan, trigger, named),
                    Way::StandDown if plan.commit_point.is_some() => {
                        format!(", {PAST_IT} {HELD}")
                    }
                    _ => String::new(),
                };
                format!("; silence is: {way}{condition}")
            });
            format!("{} is asked and answers{within}{silence}", holders(plan, role))
        }
        _ => "somebody is asked".to_owned(),
    };
    Some(format!("{}: {what}{armed}; {then}{}.", trigger.id, by_plan(trigger)))
}

const PAST_IT: &str = "and past the commit point";
const HELD: &str = "the run is held instead, and a person decides";

/// Past the commit point a run goes back by itself only where it is proved that nothing was born on the target, by a plan
/// that says so, and never because a group is active on both sides.
fn unless_past(plan: &Plan, trigger: &Trigger, by: &str) -> String {
    if plan.commit_point.is_none() {
        return String::new();
    }
    let check = trigger.check.as_deref().and_then(|check| plan.check(check));
    let split = check.is_some_and(|check| check.kind == "single-activity");
    let says = plan.backs.get(by).is_some_and(|back| back.target_born.as_deref() == Some("none"));
    match says && !split {
        true => {
            format!(", {PAST_IT} only while it is proved that nothing was born on the target; else {HELD}")
        }
        false => format!(", {PAST_IT} {HELD}"),
    }
}

fn by_plan(trigger: &Trigger) -> String {
    trigger.plan.as_ref().map_or(String::new(), |plan| format!(" (plan {plan})"))
}

/// `rollback_owner (ana, backup omar)`.
fn holders(plan: &Plan, role: &str) -> String {
    let Some(found) = plan.roles.get(role) else {
        return format!("{role} (nobody: the site has no such role)");
    };
    let backup =
        if found.backup.is_empty() { String::new() } else { format!("backup {}", found.backup.join(", ")) };
    let people: Vec<&str> = found
        .people
        .iter()
        .map(String::as_str)
        .chain((!backup.is_empty()).then_some(backup.as_str()))
        .collect();
    if people.is_empty() { format!("{role} (nobody)") } else { format!("{role} ({})", people.join(", ")) }
}

fn ms(ms: Option<u64>) -> Option<String> {
    ms.map(|ms| duration(i64::try_from(ms).unwrap_or(i64::MAX)))
}
