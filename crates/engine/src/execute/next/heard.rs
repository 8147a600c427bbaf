//! What people may ask of a run, and what of it counts: the same for whoever asks, who is told at once, and for the
//! conductor, which writes down why it ignores the rest.

use journal::{CallState, GatePhase, Override, Request, StepOutcome, StepPhase, StepState, Vote};
use runbook::check::FactType;
use runbook::plan::{PlannedStep, StepEffect};
use runbook::world::Receipt;

use super::{Course, Effects, budgets, sign_off, voices};

/// Who may say that a step is done beside its owner.
const CONDUCTOR: &str = "conductor";

/// Why a request would change nothing, or is not this person's to make; `None`: it is heard.
pub fn refusal(course: &Course<'_>, request: &Request) -> Option<String> {
    if course.is_dry() {
        return Some("it is a dry run, which changes nothing and asks nobody".to_owned());
    }
    let by = match request {
        Request::Hold { by } | Request::Resume { by } | Request::StandDown { by } => by,
        Request::Rollback { by, .. } | Request::Done { by, .. } => by,
        Request::Vote { person, .. } | Request::Override { person, .. } => person,
        Request::Sign { .. } => return None,
    };
    if by.trim().is_empty() {
        return Some("it is not said who asks".to_owned());
    }
    match request {
        Request::Done { step, facts, by } => match course.plan.step(step) {
            None => Some(format!("there is no step {step}")),
            Some(planned) => not_done(course, planned)
                .or_else(|| not_theirs(course, planned, by))
                .or_else(|| facts_missing(course, planned, facts)),
        },
        Request::Vote { at, role, person, vote, .. } => {
            holds(course, role, person).or_else(|| not_asked(course, at.as_deref(), role, person, *vote))
        }
        Request::Override { gate, role, person, .. } => {
            let is_gate = course.plan.step(gate).is_some_and(|step| step.kind == "gate");
            match is_gate {
                false => Some(format!("there is no gate {gate}")),
                true if course.execution().is_passed(gate) => Some(format!("gate {gate} is open")),
                true => holds(course, role, person)
                    .or_else(|| not_refused(course, gate))
                    .or_else(|| said_already(course, gate, role, person)),
            }
        }
        _ => None,
    }
}

fn holds(course: &Course<'_>, role: &str, person: &str) -> Option<String> {
    if !course.plan.roles.contains_key(role) {
        let known: Vec<&str> = course.plan.roles.keys().map(String::as_str).collect();
        return Some(format!("there is no role {role}; there is {}", known.join(", ")));
    }
    (!voices::holds_role(course, role, person)).then(|| format!("{person} does not hold the role {role}"))
}

/// Why nobody can say of this step now that it is done. A person answers `manual` steps, calls that were shown to a person
/// and that nothing confirms, and, because it is never repeated, what was called once and whose end nobody could tell.
fn not_done(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    let id = &step.id;
    let called = matches!(step.kind.as_str(), "exec" | "http");
    if step.kind != "manual" && !called {
        return Some(format!(
            "step {id} ({}) is done when a look says so, not when a person does",
            step.kind
        ));
    }
    let Some(state) = course.step(id) else { return Some(format!("step {id} has not begun")) };
    match &state.phase {
        StepPhase::Running if !called || waits_for_a_person(course, step, state) => None,
        StepPhase::Ended(StepOutcome::TimedOut { .. } | StepOutcome::Unknown { .. })
            if called && step.effect == StepEffect::Once && state.touched() =>
        {
            None
        }
        StepPhase::Running => {
            Some(format!("step {id} ({}) is done when a look says so, not when a person does", step.kind))
        }
        StepPhase::Ended(outcome) => {
            let why = outcome.why().map_or(String::new(), |why| format!(" ({why})"));
            Some(format!("step {id} is not under way: it is {}{why}", outcome.word()))
        }
        StepPhase::Again => Some(format!("step {id} has not begun again")),
        StepPhase::Undone => Some(format!("step {id} is undone")),
        StepPhase::Stuck { .. } => Some(format!("step {id} is stuck, and is not done by saying so")),
    }
}

/// Calls that were shown to a person, and that nothing confirms: only a person can say that they were made.
pub(super) fn waits_for_a_person(course: &Course<'_>, step: &PlannedStep, state: &StepState) -> bool {
    let shown = |state: &StepState| {
        let commands = state.attempt().map(|attempt| attempt.commands.as_slice()).unwrap_or_default();
        let printed = |forward: &CallState| matches!(forward, CallState::Ended(Receipt::Printed));
        !commands.is_empty() && commands.iter().all(|command| printed(&command.forward))
    };
    course.effects == Effects::Print
        && matches!(step.kind.as_str(), "exec" | "http")
        && course.spec(&step.id).confirm.is_none()
        && shown(state)
}

/// Roles whose people say that a step is done: its owner, and the conductor; where the plan has neither, any.
pub(super) fn may_say_done(course: &Course<'_>, step: &PlannedStep) -> Vec<String> {
    let mut roles: Vec<String> = step.owner.iter().cloned().collect();
    if !roles.iter().any(|role| role == CONDUCTOR) {
        roles.push(CONDUCTOR.to_owned());
    }
    roles.retain(|role| course.plan.roles.contains_key(role));
    if roles.is_empty() { course.plan.roles.keys().cloned().collect() } else { roles }
}

fn not_theirs(course: &Course<'_>, step: &PlannedStep, by: &str) -> Option<String> {
    let roles = may_say_done(course, step);
    let may = roles.is_empty() || roles.iter().any(|role| voices::holds_role(course, role, by));
    (!may).then(|| format!("{by} is none of those who can say so: {}", voices::who(course, &roles)))
}

/// The facts a step asks for, with their types.
pub fn facts_of(course: &Course<'_>, step: &str) -> Vec<(String, FactType)> {
    let facts = course.spec(step).with.get("facts").and_then(|facts| facts.as_object());
    let typed = facts
        .into_iter()
        .flatten()
        .filter_map(|(name, kind)| Some((name.clone(), serde_json::from_value(kind.clone()).ok()?)));
    typed.collect()
}

fn facts_missing(
    course: &Course<'_>,
    step: &PlannedStep,
    given: &std::collections::BTreeMap<String, serde_json::Value>,
) -> Option<String> {
    facts_of(course, &step.id).into_iter().find_map(|(name, kind)| match given.get(&name) {
        None => Some(format!("step {} asks for {name}: --set {name}=… ({})", step.id, kind.word())),
        Some(value) if kind.fits(value) => None,
        Some(value) => Some(format!("{name}={value} is no {}", kind.word())),
    })
}

/// Why a vote counts nowhere: nothing of that name asks, nothing asks now, or it asks others, or otherwise.
fn not_asked(course: &Course<'_>, at: Option<&str>, role: &str, person: &str, vote: Vote) -> Option<String> {
    if let Some(place) = at {
        let asks = |id: &str| !roles_of(course, id).is_empty();
        if !asks(place) {
            let known = course.plan.steps.iter().map(|step| step.id.as_str());
            let known = known.chain(course.plan.rollback.triggers.iter().map(|trigger| trigger.id.as_str()));
            let known = known.chain(course.plan.budgets.iter().map(|budget| budget.name.as_str()));
            let known: Vec<&str> = known.filter(|id| asks(id)).collect();
            let is_step = course.plan.step(place).is_some();
            let what = if is_step { "asks nobody" } else { "is no gate, sign-off, trigger or budget" };
            return Some(format!("{place} {what}; people are asked at {}", or_none(&known)));
        }
    }
    let unseen = at.and_then(|place| sign_off::unseen_at(course, place));
    let asking: Vec<_> = voices::questions(course.state)
        .filter(|(id, _)| at.is_none_or(|place| place == *id))
        .chain(unseen)
        .collect();
    if asking.is_empty() {
        return Some(match at {
            Some(place) => {
                format!("{place} does not ask now, and what is said before it asks does not count")
            }
            None => "nothing asks now, and what is said before something does does not count".to_owned(),
        });
    }
    let here: Vec<_> =
        asking.iter().filter(|(id, _)| asked_now(course, id).iter().any(|r| r == role)).collect();
    if here.is_empty() {
        let asked = asking
            .iter()
            .map(|(id, _)| format!("{id} asks {}, not {role}", voices::who(course, &asked_now(course, id))));
        return Some(asked.collect::<Vec<_>>().join("; "));
    }
    let needs_key = |id: &str| {
        vote == Vote::Go
            && course.plan.step(id).is_some_and(|step| step.kind == "sign-off")
            && sign_off::has_key(course, role)
    };
    if let Some((id, _)) = here.iter().find(|(id, _)| needs_key(id))
        && here.iter().all(|(id, _)| needs_key(id))
    {
        let run = &course.state.header().run;
        return Some(format!(
            "sign-off {id} is answered with a key: `cutover sign {run} --role {role} --as {person} --decision accept --key FILE`"
        ));
    }
    let said = |(id, since): &&(&str, jiff::Timestamp)| {
        let votes = voices::votes(course, id, *since);
        votes.iter().any(|told| told.role == role && told.person == person && told.vote == vote)
    };
    here.iter().all(said).then(|| format!("{person} said {} as {role} already; nothing changes", vote.word()))
}

/// Roles a gate, a sign-off, a trigger or a budget may ask.
fn roles_of(course: &Course<'_>, id: &str) -> Vec<String> {
    let spec = course.spec(id);
    match course.plan.step(id).map(|step| step.kind.as_str()) {
        Some("gate") => {
            let polled = spec.poll.iter().flat_map(|poll| poll.roles.iter().cloned());
            polled.chain(spec.decide.iter().map(|decide| decide.role.clone())).collect()
        }
        Some("sign-off") => spec.roles.clone(),
        Some(_) => Vec::new(),
        None => {
            let triggers = course.plan.rollback.triggers.iter().filter(|trigger| trigger.id == id);
            let budget = budgets::role_of(course.plan, id).map(str::to_owned);
            triggers.filter_map(|trigger| trigger.ask_role.clone()).chain(budget).collect()
        }
    }
}

/// Roles it asks as it stands.
fn asked_now(course: &Course<'_>, id: &str) -> Vec<String> {
    let spec = course.spec(id);
    let gate = course.step(id).and_then(|state| state.gate.as_ref()).map(|gate| gate.phase);
    match gate {
        Some(GatePhase::Polling) => spec.poll.iter().flat_map(|poll| poll.roles.clone()).collect(),
        Some(GatePhase::Deciding) => spec.decide.iter().map(|decide| decide.role.clone()).collect(),
        _ => roles_of(course, id),
    }
}

/// Nobody speaks against checks that have not been measured: a gate is opened for what it refused, and for nothing else.
fn not_refused(course: &Course<'_>, gate: &str) -> Option<String> {
    let state = course.step(gate);
    match state.map(|state| (&state.phase, &state.refused)) {
        Some((StepPhase::Ended(_), Some(_))) => None,
        Some((StepPhase::Ended(outcome), None)) => Some(format!(
            "gate {gate} was not refused by its checks: {} ({})",
            outcome.word(),
            outcome.why().unwrap_or("")
        )),
        _ => Some(format!(
            "gate {gate} has refused nothing: what stands against it can be overridden once it has"
        )),
    }
}

/// The second voice that opens a gate is another person's of another role.
fn said_already(course: &Course<'_>, gate: &str, role: &str, person: &str) -> Option<String> {
    let mut others = course.execution().overrides.iter().filter(|one| one.gate == gate);
    let same = |one: &&Override| one.person == person || one.role == role;
    others.find(same).map(|one| {
        format!("{} has said it as {} already; it takes another person of another role", one.person, one.role)
    })
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
