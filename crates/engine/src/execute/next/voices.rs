use std::collections::BTreeSet;

use jiff::Timestamp;
use journal::{GatePhase, GateState, RunState, Says, Signed, Vote, Voted};

use super::running::since;
use super::{Course, budgets};

/// How people voted at a place.
#[derive(Debug, PartialEq)]
pub(super) enum Poll {
    Go,
    NoGo(String),
    /// These roles have not answered.
    Open(Vec<String>),
}

/// The votes that count at a place: of people who hold the role they speak for, said at `since` or later; of each person in
/// a role the latest word, whether it named the place or not.
pub(super) fn votes<'a>(course: &Course<'a>, at: &str, since: Timestamp) -> Vec<&'a Voted> {
    let counts = |vote: &&Voted| {
        vote.said >= since
            && vote.at.as_deref().is_none_or(|place| place == at)
            && holds_role(course, &vote.role, &vote.person)
    };
    let votes: Vec<&Voted> = course.execution().votes.iter().filter(counts).collect();
    let latest = |place: usize, vote: &Voted| {
        !votes[place + 1..].iter().any(|later| (&later.role, &later.person) == (&vote.role, &vote.person))
    };
    votes.iter().enumerate().filter(|(place, vote)| latest(*place, vote)).map(|(_, vote)| *vote).collect()
}

pub(super) fn holds_role(course: &Course<'_>, role: &str, person: &str) -> bool {
    course.plan.roles.get(role).is_some_and(|role| role.is_held_by(person))
}

/// Whether enough of these roles say go, each by a person of its own. One no-go is enough.
pub(super) fn poll(votes: &[&Voted], roles: &[String], need: Option<u32>) -> Poll {
    if let Some(no) = votes.iter().find(|vote| vote.vote == Vote::NoGo && roles.contains(&vote.role)) {
        return Poll::NoGo(format!("no-go by {} as {}", no.person, no.role));
    }
    let mut people = BTreeSet::new();
    let mut open = Vec::new();
    for role in roles {
        let go = votes.iter().find(|vote| {
            vote.vote == Vote::Go && vote.role == *role && !people.contains(vote.person.as_str())
        });
        match go {
            Some(vote) => drop(people.insert(vote.person.as_str())),
            None => open.push(role.clone()),
        }
    }
    let needed = need.map_or(roles.len(), |need| need as usize);
    if people.len() >= needed.max(1) { Poll::Go } else { Poll::Open(open) }
}

/// Why a signed word is no answer to the question it was given to, with the time of both: it is older. Nobody is kept in
/// the belief that they have answered.
pub(crate) fn too_old(state: &RunState, signed: &Signed) -> Option<String> {
    let place = match &signed.statement.says {
        Says::Vote { at, .. } => at.as_deref(),
        Says::Scorecard { sign_off, .. } => Some(sign_off.as_deref()?),
    };
    let said = signed.said_at();
    let mut asking = questions(state).filter(|(id, _)| place.is_none_or(|place| place == *id)).peekable();
    asking.peek()?;
    let older: Vec<String> = asking
        .filter(|(_, asked)| said < *asked)
        .map(|(id, asked)| format!("{id} asks since {asked}"))
        .collect();
    let why = format!("it is signed for {said}, and {}", older.join(" and "));
    (!older.is_empty()).then(|| format!("{why}: it does not count there; see to the clock, and say it again"))
}

/// What is asked now, and since when: gates that wait for people, sign-offs, triggers that fired, budgets that are used up.
pub(super) fn questions(state: &RunState) -> impl Iterator<Item = (&str, Timestamp)> {
    let execution = state.execution();
    let of_steps = execution.steps.iter().filter(|(_, step)| step.is_running()).filter_map(|(id, step)| {
        let asks = |gate: &GateState| matches!(gate.phase, GatePhase::Polling | GatePhase::Deciding);
        let is_sign_off = state.header().plan.step(id).is_some_and(|planned| planned.kind == "sign-off");
        match &step.gate {
            Some(gate) => asks(gate).then_some((id.as_str(), gate.since.wall)),
            None => is_sign_off.then(|| (id.as_str(), since(step).wall)),
        }
    });
    let fired = execution.triggers.iter();
    let fired = fired.filter_map(|(id, trigger)| Some((id.as_str(), trigger.fired.as_ref()?.wall)));
    let exceeded = budgets::asking(state).map(|(id, _, at)| (id, at));
    of_steps.chain(fired).chain(exceeded)
}

/// Who can answer for these roles, for a line a person reads: `conductor: ilse or omar`.
pub(super) fn who(course: &Course<'_>, roles: &[String]) -> String {
    let one = |role: &String| {
        let people = course.plan.roles.get(role).map_or_else(Vec::new, |known| {
            known.people.iter().chain(&known.backup).map(String::as_str).collect::<Vec<_>>()
        });
        if people.is_empty() { role.clone() } else { format!("{role}: {}", people.join(" or ")) }
    };
    roles.iter().map(one).collect::<Vec<_>>().join(", ")
}
