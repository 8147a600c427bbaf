use jiff::Timestamp;
use runbook::verdict::Decision;
use runbook::verdict::scorecard::not_entitled;

use super::asking::asks;
use super::{Accepts, Says, Signed};
use crate::{Event, Phase, RunState, limits};

/// Why this signed statement cannot be journalled now, at `signed.recorded`.
///
/// A statement of this run must be by somebody entitled to it and about what the run saw. One of an earlier run is carried
/// over before anything happened: it is kept as it is, and whether it counts is judged where colours are.
pub fn refusal(state: &RunState, signed: &Signed) -> Option<String> {
    let said = &signed.statement;
    if state.signed().iter().any(|known| known.sha256 == signed.sha256) {
        return Some("the same statement was signed before: it does not count twice".to_owned());
    }
    if said.at.as_millisecond() - signed.recorded.as_millisecond() > limits::CLOCK_SKEW_MS {
        return Some(format!("it is signed for {}, which is yet to come", said.at));
    }
    let newer =
        state.signed().iter().find(|known| is_about_the_same(known, signed) && known.statement.at > said.at);
    if let Some(newer) = newer {
        return Some(format!(
            "{} said something newer about it at {}",
            newer.statement.by, newer.statement.at
        ));
    }
    let header = state.header();
    if said.run != header.run {
        return match &said.says {
            Says::Scorecard { .. } if !state.has_begun() && said.runbook == header.plan.name => None,
            _ => Some(format!("it is of run {}", said.run)),
        };
    }
    if said.plan_digest != header.plan.digest || said.environment_digest != header.plan.environment_digest {
        return Some("it is about another plan or environment".to_owned());
    }
    not_entitled(&header.plan, &said.role, &said.by, &signed.key).or_else(|| match &said.says {
        Says::Vote { .. } if matches!(state.phase(), Phase::Ended { .. }) => {
            Some("the run has ended".to_owned())
        }
        Says::Vote { .. } => (!header.executes()).then(|| format!("a {} asks for no votes", header.command)),
        Says::Scorecard { decision, sign_off, accepts, reason, .. } => {
            if header.selection.is_partial() {
                return Some("the run looked at a part only".to_owned());
            }
            if *decision == Decision::Reject && reason.as_ref().is_none_or(|reason| reason.trim().is_empty())
            {
                return Some("a rejection needs a reason".to_owned());
            }
            if accepts.is_empty() && sign_off.is_none() {
                return Some("it says nothing about anything".to_owned());
            }
            let step = sign_off.as_ref().and_then(|step| no_sign_off(state, step, &said.role));
            step.or_else(|| accepts.iter().find_map(|one| cannot_accept(state, &said.role, one)))
        }
    })
}

fn is_about_the_same(known: &Signed, signed: &Signed) -> bool {
    let (Says::Scorecard { accepts: before, .. }, Says::Scorecard { accepts: now, .. }) =
        (&known.statement.says, &signed.statement.says)
    else {
        return false;
    };
    known.statement.role == signed.statement.role
        && before
            .iter()
            .any(|one| now.iter().any(|other| one.unit == other.unit && one.dimension == other.dimension))
}

fn no_sign_off(state: &RunState, step: &str, role: &str) -> Option<String> {
    let planned = state.header().plan.step(step).filter(|planned| planned.kind == "sign-off");
    let Some(planned) = planned else { return Some(format!("there is no sign-off {step}")) };
    if !asks(planned, role) {
        return Some(format!("the sign-off {step} does not ask the role {role}"));
    }
    let waits = state.execution().step(step).is_some_and(|known| known.is_running());
    (!waits).then(|| format!("the sign-off {step} is not asked for now"))
}

fn cannot_accept(state: &RunState, role: &str, one: &Accepts) -> Option<String> {
    let plan = &state.header().plan;
    if plan.unit(&one.unit).is_none() {
        return Some(format!("there is no unit {}", one.unit));
    }
    if !plan.roles.get(role).is_some_and(|role| role.accepts.contains(&one.dimension)) {
        return Some(format!("the role {role} does not accept {}", one.dimension.title()));
    }
    if let Some(check) = one.checks.keys().find(|check| plan.check(check).is_none()) {
        return Some(format!("the plan has no check {check}"));
    }
    let missing = one.evidence.iter().find(|evidence| state.seen(evidence).is_none());
    missing.map(|evidence| format!("it rests on evidence {evidence}, which this run did not see"))
}

/// The signed statement of an event; `Err`: it does not fit.
pub(crate) fn signed_by(event: &Event, at: Timestamp) -> Option<Result<Signed, String>> {
    let Event::Signed { statement, document, signature } = event else { return None };
    let signed = Signed::of(document, signature, at);
    Some(signed.and_then(|signed| match signed.sha256 == *statement {
        true => Ok(signed),
        false => Err("its digest is of another document".to_owned()),
    }))
}
