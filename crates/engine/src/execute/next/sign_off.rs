use jiff::Timestamp;
use journal::{Moment, Says, Signed, StepOutcome, StepState, Vote, Voted};
use runbook::Level;
use runbook::plan::{ClosedSource, PlannedStep, Trigger};
use runbook::verdict::Decision;
use runbook::verdict::scorecard::findings_digest;

use super::gate::end;
use super::running::{left_ms, since};
use super::verdicts::{self, Pair};
use super::voices::{self, Poll};
use super::{Course, Next, Waiting, closed, triggers};

/// A sign-off: a person of every role signs what was found. One no is enough against it.
pub(super) fn sign_off(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    if course.asks_nobody() {
        return end(course, step, StepOutcome::Done, next);
    }
    let roles = &course.spec(&step.id).roles;
    if roles.is_empty() {
        return end(course, step, StepOutcome::Unknown { why: "it asks nobody".to_owned() }, next);
    }
    let asked = since(state).wall;
    let asserted = voices::votes(course, &step.id, asked);
    let counts = |vote: &&Voted| vote.vote == Vote::NoGo || !has_key(course, &vote.role);
    let mut voices: Vec<Voted> = asserted.into_iter().filter(counts).cloned().collect();
    let mut void = Vec::new();
    for signed in latest(course, &step.id, asked) {
        let Says::Scorecard { decision, .. } = &signed.statement.says else { continue };
        match (decision, does_not_count(course, step, signed)) {
            (Decision::Accept, Some(why)) => {
                void.push(format!("what {} signed is void: {why}", signed.statement.by))
            }
            (Decision::Accept, None) => voices.push(voice(&step.id, signed, Vote::Go)),
            (Decision::Reject, _) => voices.push(voice(&step.id, signed, Vote::NoGo)),
        }
    }
    let open = match voices::poll(&voices.iter().collect::<Vec<_>>(), roles, None) {
        Poll::Go => match triggers::asking(course) {
            None => {
                return match unseen(course, step, since(state), next) {
                    None => end(course, step, StepOutcome::Done, next),
                    Some(waiting) => next.waiting.push(waiting),
                };
            }
            Some(trigger) => {
                return next.waiting.push(Waiting {
                    step: Some(step.id.clone()),
                    what: format!("an answer at trigger {}", trigger.id),
                    current: "signed by all, and the trigger fired".to_owned(),
                    threshold: format!("go or no-go at {}", trigger.id),
                    since: asked,
                    until: None,
                    who: None,
                });
            }
        },
        Poll::NoGo(why) => return end(course, step, StepOutcome::Failed { why }, next),
        Poll::Open(open) => open,
    };
    let left = left_ms(course, step, state);
    let run = &course.state.header().run;
    let commands: Vec<String> = open.iter().map(|role| how(course, run.as_str(), &step.id, role)).collect();
    let void = if void.is_empty() { String::new() } else { format!("; {}", void.join("; ")) };
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what: match over(course, step) {
            Some(over) => format!("a sign-off: {over}"),
            None => "a sign-off".to_owned(),
        },
        current: format!("{} of {} signed{void}", roles.len() - open.len(), roles.len()),
        threshold: commands.join(" and "),
        since: asked,
        until: (left < u64::MAX).then(|| course.now.plus(left).wall),
        who: Some(voices::who(course, &open)),
    });
}

/// Nobody hands over what nobody has seen: a source that is closed is looked at once more since this is asked. One that
/// does not answer is waited for, unless whoever answers its trigger says there that it goes on all the same.
fn unseen(course: &Course<'_>, step: &PlannedStep, asked: &Moment, next: &mut Next) -> Option<Waiting> {
    for (trigger, closed) in handed_over(course, step) {
        closed::is_seen_since(course, trigger, closed, asked, next);
    }
    handed_over(course, step).find_map(|(trigger, closed)| {
        let (why, since) = not_seen(course, trigger, closed, asked)?;
        let roles: Vec<String> = trigger.ask_role.iter().cloned().collect();
        let votes = voices::votes(course, &trigger.id, asked.wall);
        let there: Vec<&Voted> = votes.into_iter().filter(|vote| vote.at.is_some()).collect();
        if matches!(voices::poll(&there, &roles, None), Poll::Go) {
            return None;
        }
        Some(Waiting {
            step: Some(step.id.clone()),
            what: closed::LOOK.to_owned(),
            current: format!("signed by all; {why}"),
            threshold: format!("an answer of the source, or go at {}", trigger.id),
            since: since.wall,
            until: None,
            who: Some(voices::who(course, &roles)),
        })
    })
}

/// The trigger of this name, where a hand-over waits for its look, and since when it may be let go by.
pub(super) fn unseen_at<'a>(course: &Course<'a>, trigger: &'a str) -> Option<(&'a str, Timestamp)> {
    course.plan.steps.iter().filter(|step| step.kind == "sign-off").find_map(|step| {
        let asked = since(course.step(&step.id).filter(|state| state.is_running())?);
        let mut over = handed_over(course, step).filter(|(of, _)| of.id == trigger);
        over.find_map(|(of, closed)| not_seen(course, of, closed, asked)).map(|_| (trigger, asked.wall))
    })
}

/// Triggers on closed sources whose watch ends with this sign-off.
fn handed_over<'a>(
    course: &Course<'a>,
    step: &PlannedStep,
) -> impl Iterator<Item = (&'a Trigger, &'a ClosedSource)> {
    let armed = course.plan.rollback.triggers.iter().filter(|trigger| triggers::is_armed(course, trigger));
    let ends = armed.filter(|trigger| trigger.armed_until.as_ref() == Some(&step.id));
    ends.filter_map(|trigger| Some((trigger, trigger.closed_source.as_ref()?)))
}

/// Why nobody knows whether it was written, and since when.
fn not_seen<'a>(
    course: &'a Course<'_>,
    trigger: &Trigger,
    closed: &ClosedSource,
    asked: &'a Moment,
) -> Option<(String, &'a Moment)> {
    closed::blind(course, trigger, closed).or_else(|| {
        let why = || format!("not looked at since this is asked: {}", closed::why_unseen(course, closed));
        (!closed::was_seen_since(course, trigger, closed, asked)).then(|| (why(), asked))
    })
}

/// On the way back: what is decided over, and where to read which records they are.
fn over(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    let back = course.state.back_plan()?;
    if !back.between.iter().any(|of| of.id == step.id) {
        return None;
    }
    let unit = step.unit.as_deref()?;
    let counted = match course.execution().ledgers.get(unit) {
        Some(ledger) => format!(
            "{}{} records of {unit}, which `cutover report {} --target-born` names",
            if ledger.at_most { "at most " } else { "" },
            ledger.records(),
            course.state.header().run
        ),
        None => format!("of {unit} nobody could count any, because the target does not answer"),
    };
    Some(step.title.as_ref().map_or_else(|| counted.clone(), |title| format!("{title}: {counted}")))
}

/// Whether anybody of the role declares a key: then words without a signature are not enough for it.
pub(super) fn has_key(course: &Course<'_>, role: &str) -> bool {
    let plan = course.plan;
    plan.people.iter().any(|(name, person)| {
        person.public_key.is_some() && plan.roles.get(role).is_some_and(|role| role.is_held_by(name))
    })
}

fn how(course: &Course<'_>, run: &str, step: &str, role: &str) -> String {
    match has_key(course, role) {
        true => format!("`cutover sign {run} --role {role}`"),
        false => format!("`cutover go {run} --at {step} --role {role}`"),
    }
}

/// The latest word of each role and person signed for this step since it asks.
fn latest<'a>(course: &Course<'a>, step: &str, asked: jiff::Timestamp) -> Vec<&'a Signed> {
    let answers = |signed: &&Signed| {
        matches!(&signed.statement.says, Says::Scorecard { sign_off: Some(at), .. } if at == step)
            && signed.said_at() >= asked
            && signed.statement.run == course.state.header().run
    };
    let all: Vec<&Signed> = course.state.signed().iter().filter(answers).collect();
    let is_latest = |place: usize, one: &Signed| {
        !all[place + 1..].iter().any(|later| {
            (&later.statement.role, &later.statement.by) == (&one.statement.role, &one.statement.by)
        })
    };
    all.iter().enumerate().filter(|(place, one)| is_latest(*place, one)).map(|(_, one)| *one).collect()
}

/// Why an acceptance is no answer: it leaves out what its role accepts, or what was found is another by now.
fn does_not_count(course: &Course<'_>, step: &PlannedStep, signed: &Signed) -> Option<String> {
    let Says::Scorecard { accepts, .. } = &signed.statement.says else { return None };
    let open = course.state.not_accepted(step, &signed.statement.role, accepts);
    open.map(|open| format!("it does not accept {open}")).or_else(|| worsened(course, signed))
}

/// Why what was found is no longer what was signed. Evidence that grows old while others have yet to sign takes nothing
/// from the word of those who have.
fn worsened(course: &Course<'_>, signed: &Signed) -> Option<String> {
    let Says::Scorecard { accepts, .. } = &signed.statement.says else { return None };
    accepts.iter().find_map(|accepted| {
        accepted.checks.iter().find_map(|(check, then)| {
            let pair = Pair { unit: accepted.unit.clone(), check: check.clone() };
            let Some(cell) = verdicts::cell(course, &pair) else {
                return Some(format!("{check} is not on the scorecard"));
            };
            if then.findings != findings_digest(&cell.findings) {
                return Some(format!("what {check} finds is not what was signed"));
            }
            (cell.verdict == Level::Red && then.level != Level::Red)
                .then(|| format!("{check} was {} and is red", then.level))
        })
    })
}

fn voice(step: &str, signed: &Signed, vote: Vote) -> Voted {
    Voted {
        at: Some(step.to_owned()),
        role: signed.statement.role.clone(),
        person: signed.statement.by.clone(),
        vote,
        signature: Some(signed.sha256.clone()),
        said: signed.said_at(),
    }
}
