use journal::{CallState, Status, StepOutcome, StepState};
use runbook::Level;
use runbook::action::Settled;
use runbook::check::spoken;
use runbook::plan::{PlannedStep, StepEffect, Way};
use runbook::steps::{Condition, RunIn};
use runbook::world::Receipt;

use super::gate::end;
use super::verdicts::{self, Pair};
use super::{Course, Next, Todo, Waiting, back, gate, heard, sign_off, voices};

/// Between two looks of one step, in milliseconds: what changes faster is not worth a broker's time.
pub(crate) const PAUSE_MS: u64 = 2_000;

/// A step under way.
pub(super) fn running(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let fresh = state.attempt().is_none_or(|attempt| attempt.changes.is_none());
    if let Some(why) = left_out(course, step).filter(|_| fresh) {
        return end(course, step, StepOutcome::Skipped { why }, next);
    }
    if timed_out(course, step, state, next) {
        return;
    }
    match step.kind.as_str() {
        "check" => check(course, step, state, next),
        "gate" => gate::gate(course, step, state, next),
        "wait" => wait(course, step, state, next),
        "watch" => watch(course, step, state, next),
        "manual" => manual(course, step, state, next),
        "sign-off" => sign_off::sign_off(course, step, state, next),
        "notify" => next.start.push(Todo::Notify { step: step.id.clone() }),
        _ => action(course, step, state, next),
    }
}

/// Why the runbook leaves a step out of this run.
fn left_out(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    if let Some(why) = back::needless(course, step) {
        return Some(why);
    }
    let spec = course.spec(&step.id);
    match (spec.run_in, course.in_rehearsal) {
        (Some(RunIn::Rehearsal), false) => return Some("it is for rehearsals".to_owned()),
        (Some(RunIn::Production), true) => return Some("it is for production".to_owned()),
        _ => {}
    }
    let when = spec.when.as_ref()?;
    match super::super::condition::parameters_say(course.plan, when) {
        Ok(true) => None,
        Ok(false) => Some(format!("`when: {when}` is false")),
        // What cannot be told is not left out: the step fails where it is carried out.
        Err(_) => None,
    }
}

/// The time a step may take from its first attempt, in milliseconds; never beyond the window.
pub(crate) fn total_ms(course: &Course<'_>, step: &PlannedStep) -> u64 {
    let written = course.spec(&step.id).timeout.total.map(|total| total.as_probe());
    written.or(step.timeout_ms).unwrap_or(u64::MAX)
}

/// Milliseconds left of this attempt.
pub(crate) fn left_ms(course: &Course<'_>, step: &PlannedStep, state: &StepState) -> u64 {
    if let Some(gate) = &state.gate {
        return total_ms(course, step).saturating_sub(course.spent_ms(&gate.timed_from));
    }
    let total = total_ms(course, step).saturating_sub(course.spent_ms(&state.since));
    let attempt = course.spec(&step.id).timeout.attempt.map(|attempt| {
        let since = state.attempt().map_or(&state.since, |attempt| &attempt.since);
        attempt.as_probe().saturating_sub(course.spent_ms(since))
    });
    attempt.map_or(total, |attempt| attempt.min(total))
}

fn timed_out(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) -> bool {
    let calls = state.attempt().into_iter().flat_map(|attempt| &attempt.commands);
    let is_timed = match step.kind.as_str() {
        "gate" => gate::is_timed(state),
        // Its own time is the wait.
        "watch" | "notify" => false,
        _ => true,
    };
    if !is_timed || calls.into_iter().any(|command| command.forward.is_open()) {
        return false;
    }
    let left = left_ms(course, step, state);
    if left > 0 {
        next.wake_in(left);
        return false;
    }
    let took = spoken(i64::try_from(course.now.since(&state.since)).unwrap_or(i64::MAX));
    let spec = course.spec(&step.id);
    let (what, unknown) = match &state.waits {
        Some(Settled::NotYet { what, current, threshold }) => {
            (format!("{what}: {current} instead of {threshold}"), false)
        }
        Some(Settled::Unknown { why }) => (why.clone(), true),
        _ => (waited_for(course, step, state), false),
    };
    let why = format!("after {took}: {what}");
    let acted = state.touched();
    end(
        course,
        step,
        match spec.on_timeout {
            Some(Way::Continue) => StepOutcome::Continued { why },
            _ if unknown && acted => StepOutcome::Unknown { why },
            _ => StepOutcome::TimedOut { why },
        },
        next,
    );
    true
}

/// What a step without a look of its own waited for.
fn waited_for(course: &Course<'_>, step: &PlannedStep, state: &StepState) -> String {
    let spec = course.spec(&step.id);
    match step.kind.as_str() {
        "wait" => match spec.until.as_ref().and_then(|until| until.check.as_ref()) {
            Some(check) => {
                let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
                sentence(pairs.iter().map(|pair| verdicts::level(course, pair).1))
            }
            None => "its condition was not seen".to_owned(),
        },
        "check" => {
            let pairs = verdicts::pairs(course, step, spec.checks.0.as_deref());
            let pairs = pairs.iter().filter(|pair| verdicts::level(course, pair).0 > Level::Yellow);
            sentence(pairs.map(|pair| verdicts::level(course, pair).1))
        }
        "gate" => state.gate.as_ref().map_or("it was not measured".to_owned(), |gate| {
            let why = gate.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
            format!("it was {}{why}", gate.phase.word())
        }),
        "manual" => "nobody said that it is done".to_owned(),
        _ => {
            let parts = [open_receipt(state), asked(course).map(|asked| format!("no answer yet: {asked}"))];
            let said = sentence(parts.into_iter().flatten());
            if said.is_empty() { "it did not come to an end".to_owned() } else { said }
        }
    }
}

/// What the last command that nobody could tell the end of said.
fn open_receipt(state: &StepState) -> Option<String> {
    let attempt = state.attempt()?;
    attempt.commands.iter().rev().find_map(|command| match &command.forward {
        CallState::Ended(Receipt::Unknown { why }) => Some(why.clone()),
        CallState::Lost => Some("a command was under way when its process ended".to_owned()),
        _ => None,
    })
}

/// What is being measured for longer than it takes to speak of it, with its age; `None`: nothing.
fn asked(course: &Course<'_>) -> Option<String> {
    const NAMED: usize = 3;
    let mut open: Vec<(i64, String)> = course
        .state
        .probes()
        .iter()
        .filter(|(_, state)| state.status == Status::Running)
        .map(|(probe, state)| {
            (course.now.wall.as_millisecond() - state.since.as_millisecond(), probe.title())
        })
        .filter(|(age, _)| u64::try_from(*age).is_ok_and(|age| age > PAUSE_MS))
        .collect();
    open.sort_by(|one, other| other.cmp(one));
    let more = open.len().saturating_sub(NAMED);
    let mut parts: Vec<String> =
        open.into_iter().take(NAMED).map(|(age, title)| format!("{title} for {}", spoken(age))).collect();
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn sentence(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}

/// When the attempt began.
pub(crate) fn since(state: &StepState) -> &journal::Moment {
    state.attempt().map_or(&state.since, |attempt| &attempt.since)
}

/// From when on what is seen says something of what the step has done: since `since`, and since its last call came to its
/// end or was found lost.
pub(crate) fn done_since(state: &StepState, since: &journal::Moment) -> journal::Moment {
    let later = state.acted.map_or(0, |acted| acted.as_millisecond() - since.wall.as_millisecond());
    since.plus(u64::try_from(later).unwrap_or(0))
}

fn waits(course: &Course<'_>, step: &PlannedStep, state: &StepState, what: &str, next: &mut Next) {
    let left = left_ms(course, step, state);
    let (what, current, threshold) = match &state.waits {
        Some(Settled::NotYet { what, current, threshold }) => {
            (what.clone(), current.clone(), threshold.clone())
        }
        Some(Settled::Unknown { why }) => {
            (what.to_owned(), format!("unknown: {why}"), "an answer".to_owned())
        }
        _ => {
            let current = asked(course).map_or("looking".to_owned(), |asked| format!("asking: {asked}"));
            (what.to_owned(), current, "done".to_owned())
        }
    };
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what,
        current,
        threshold,
        since: since(state).wall,
        until: (left < u64::MAX).then(|| course.now.plus(left).wall),
        who: step.owner.clone(),
    });
}

/// A check step measures once. All: whatever comes out, gates decide over it. Named ones have to be at least yellow;
/// live ones are looked at again while there is time.
fn check(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let spec = course.spec(&step.id);
    let named = spec.checks.0.as_deref();
    let pairs = verdicts::pairs(course, step, named);
    if pairs.is_empty() {
        return end(course, step, StepOutcome::Unknown { why: "there is nothing to check".to_owned() }, next);
    }
    if !verdicts::all_fresh(course, &pairs, since(state), next) {
        let done = pairs.len() - next.start.len().min(pairs.len());
        return progress(
            course,
            step,
            state,
            "its checks",
            format!("{done} of {} measured", pairs.len()),
            next,
        );
    }
    if named.is_none() || course.is_dry() {
        return end(course, step, StepOutcome::Done, next);
    }
    let bad: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| verdicts::is_due_now(course, pair))
        .filter(|pair| verdicts::level(course, pair).0 > Level::Yellow)
        .collect();
    if bad.is_empty() {
        return end(course, step, StepOutcome::Done, next);
    }
    let why = sentence(bad.iter().map(|pair| verdicts::level(course, pair).1));
    if bad.iter().all(|pair| verdicts::is_live(course, pair)) {
        look_again(course, &bad, PAUSE_MS, next);
        return progress(course, step, state, "its checks to be good", why, next);
    }
    let red = bad.iter().any(|pair| verdicts::level(course, pair).0 == Level::Red);
    let outcome = if red { StepOutcome::Failed { why } } else { StepOutcome::Unknown { why } };
    end(course, step, outcome, next);
}

/// Measures again what was judged a while ago.
fn look_again(course: &Course<'_>, pairs: &[&Pair], every: u64, next: &mut Next) {
    for pair in pairs {
        let at = verdicts::judged_at(course, pair).map_or(0, |at| at.as_millisecond());
        // What was judged in the future, by a clock that was put back since, is judged again.
        let age = u64::try_from(course.now.wall.as_millisecond() - at).unwrap_or(u64::MAX);
        if age >= every {
            verdicts::measure(pair, next);
        } else {
            next.wake_in(every - age);
        }
    }
}

fn progress(
    course: &Course<'_>,
    step: &PlannedStep,
    state: &StepState,
    what: &str,
    current: String,
    next: &mut Next,
) {
    let left = left_ms(course, step, state);
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what: what.to_owned(),
        current,
        threshold: "all of them at least yellow".to_owned(),
        since: since(state).wall,
        until: (left < u64::MAX).then(|| course.now.plus(left).wall),
        who: None,
    });
}

fn wait(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let spec = course.spec(&step.id);
    let every = spec.every.map_or(PAUSE_MS, |every| every.as_probe());
    let Some(until) = &spec.until else {
        return end(course, step, StepOutcome::Unknown { why: "it waits for nothing".to_owned() }, next);
    };
    match until {
        Condition { check: Some(check), at_least, .. } => {
            let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
            let at_least = at_least.unwrap_or(Level::Green);
            if let Some(why) = checks_are_not(course, &pairs, at_least, since(state), every, next) {
                progress(course, step, state, &format!("{check} to be {at_least}"), why, next);
            } else {
                end(course, step, StepOutcome::Done, next);
            }
        }
        _ => {
            next.start.push(Todo::Look { step: step.id.clone() });
            waits(course, step, state, "its condition", next);
        }
    }
    if course.is_dry() && next.start.is_empty() && next.write.is_none() {
        let why = "a walk through does not wait".to_owned();
        end(course, step, StepOutcome::Continued { why }, next);
    }
}

/// Why these checks, measured since, are not all at this level; what is too old or too bad is measured again.
fn checks_are_not(
    course: &Course<'_>,
    pairs: &[Pair],
    at_least: Level,
    since: &journal::Moment,
    every: u64,
    next: &mut Next,
) -> Option<String> {
    if pairs.is_empty() {
        return Some("there is no such check".to_owned());
    }
    if !verdicts::all_fresh(course, pairs, since, next) {
        return Some("being measured".to_owned());
    }
    let bad: Vec<&Pair> = pairs.iter().filter(|pair| verdicts::level(course, pair).0 > at_least).collect();
    if bad.is_empty() {
        return None;
    }
    look_again(course, &bad, every, next);
    Some(sentence(bad.iter().map(|pair| verdicts::level(course, pair).1)))
}

/// A watch measures again and again for its whole time, and ends well when its last looks are not red.
fn watch(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let spec = course.spec(&step.id);
    let pairs = verdicts::pairs(course, step, spec.checks.0.as_deref());
    // Applications write on the target, and it is no copy any more: that is watched where it is asked for by name.
    let no_copy = spec.checks.0.is_none() && course.past_commit_point();
    let pairs: Vec<Pair> = pairs
        .into_iter()
        .filter(|pair| verdicts::is_due_now(course, pair))
        .filter(|pair| !(no_copy && verdicts::is_of_the_copy(course, pair)))
        .collect();
    if pairs.is_empty() {
        return end(course, step, StepOutcome::Unknown { why: "there is nothing to watch".to_owned() }, next);
    }
    let for_ms = if course.is_dry() { 0 } else { spec.for_.map_or(0, |time| time.as_probe()) };
    let elapsed = course.now.since(since(state));
    let bad = |pair: &&Pair| verdicts::level(course, pair).0 > Level::Yellow;
    let live: Vec<Pair> = pairs.iter().filter(|pair| verdicts::is_live(course, pair)).cloned().collect();
    // What was seen long before the end says nothing of the end.
    let last = since(state).plus(for_ms.saturating_sub(WATCH_EVERY_MS));
    let is_watched = verdicts::all_fresh(course, &pairs, since(state), next)
        && elapsed >= for_ms
        && verdicts::all_fresh(course, &live, &last, next);
    if is_watched {
        let bad: Vec<&Pair> = pairs.iter().filter(bad).collect();
        let why = sentence(bad.iter().map(|pair| verdicts::level(course, pair).1));
        let red = bad.iter().any(|pair| verdicts::level(course, pair).0 == Level::Red);
        let outcome = match (bad.is_empty(), red) {
            (true, _) => StepOutcome::Done,
            (false, true) => StepOutcome::Failed { why },
            (false, false) => StepOutcome::Unknown { why },
        };
        return end(course, step, outcome, next);
    }
    if elapsed < for_ms {
        next.wake_in(for_ms - elapsed);
        look_again(course, &live.iter().collect::<Vec<_>>(), WATCH_EVERY_MS, next);
    }
    let bad: Vec<&Pair> = pairs.iter().filter(bad).collect();
    let current = match bad.is_empty() {
        true => format!("{} checks good", pairs.len()),
        false => sentence(bad.iter().map(|pair| verdicts::level(course, pair).1)),
    };
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what: "its watch to be over".to_owned(),
        current,
        threshold: spoken(i64::try_from(for_ms).unwrap_or(i64::MAX)),
        since: since(state).wall,
        until: Some(since(state).plus(for_ms).wall),
        who: None,
    });
}

/// How often a watch looks, in milliseconds.
const WATCH_EVERY_MS: u64 = 5_000;

fn manual(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    if course.execution().answers.contains_key(&step.id) || course.asks_nobody() {
        return end(course, step, StepOutcome::Done, next);
    }
    let ask = course
        .spec(&step.id)
        .with
        .get("ask")
        .and_then(|ask| ask.as_str())
        .unwrap_or("make the calls that are shown");
    let left = left_ms(course, step, state);
    let facts = heard::facts_of(course, &step.id);
    let facts: String = facts.iter().map(|(name, _)| format!(" --set {name}=…")).collect();
    next.waiting.push(Waiting {
        step: Some(step.id.clone()),
        what: format!("a person: {ask}"),
        current: "not done".to_owned(),
        threshold: format!("`cutover done {} {}{facts}`", course.state.header().run, step.id),
        since: since(state).wall,
        until: (left < u64::MAX).then(|| course.now.plus(left).wall),
        who: Some(voices::who(course, &heard::may_say_done(course, step))),
    });
}

/// Look and propose, apply one command after the other, look whether they worked.
fn action(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let Some(attempt) = state.attempt() else { return };
    if attempt.changes.is_none() {
        next.start.push(Todo::Propose { step: step.id.clone() });
        return waits(course, step, state, "a look at what there is to do", next);
    }
    for (index, command) in attempt.commands.iter().enumerate() {
        let apply = Todo::Apply { step: step.id.clone(), index: u32::try_from(index).unwrap_or(u32::MAX) };
        match &command.forward {
            CallState::Waiting | CallState::Lost if closed_gate(course, step, state, next) => return,
            CallState::Waiting => return next.start.push(apply),
            CallState::Begun => {
                let title = attempt.changes.as_ref().and_then(|changes| changes.changes.get(index));
                let title = title.map_or("a command".to_owned(), |change| change.command.title());
                return waits(course, step, state, &title, next);
            }
            // Never twice: only looking can tell.
            CallState::Lost if step.effect == StepEffect::Once => {}
            CallState::Lost => return next.start.push(apply),
            // Somebody who says no to what is so already changed nothing: a look tells, once.
            CallState::Ended(Receipt::Refused { .. })
                if step.effect == StepEffect::Idempotent && state.waits.is_none() => {}
            CallState::Ended(Receipt::Refused { why }) => {
                return end(course, step, StepOutcome::Failed { why: why.clone() }, next);
            }
            CallState::Ended(_) => {}
        }
    }
    if course.is_dry() {
        return end(course, step, StepOutcome::Done, next);
    }
    // Nothing confirms a call that a person makes: the person does.
    if heard::waits_for_a_person(course, step, state) {
        return manual(course, step, state, next);
    }
    next.start.push(Todo::Settle { step: step.id.clone() });
    waits(course, step, state, "its effect to be seen", next);
    // A check that confirms it is looked at beside.
    if let Some(confirm) = &course.spec(&step.id).confirm {
        look_at_check(course, step, confirm, Some(&done_since(state, since(state))), next);
    }
}

/// A gate on the way to the step is closed again, since nothing had used it when the run was taken over: it is measured
/// anew, and the step waits.
fn closed_gate(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) -> bool {
    let Some(gate) = course.state.closed_gate_before(&step.id) else { return false };
    waits(course, step, state, &format!("gate {gate} to open again"), next);
    true
}

/// Whether the check of a `confirm`, if it is one, has been seen at its level since.
pub(crate) fn confirmed(
    course: &Course<'_>,
    step: &PlannedStep,
    confirm: Option<&Condition>,
    since: &journal::Moment,
) -> Settled {
    let mut ignored = Next::default();
    let Some(Condition { check: Some(check), at_least, .. }) = confirm else { return Settled::Yes };
    match look_at(course, step, check, *at_least, since, &mut ignored) {
        None => Settled::Yes,
        Some(current) => {
            let at_least = at_least.unwrap_or(Level::Green);
            Settled::not_yet(format!("{check} to confirm it"), current, at_least.to_string())
        }
    }
}

/// Looks at the check of a `confirm`, if it is one, while that is waited for.
pub(super) fn look_at_check(
    course: &Course<'_>,
    step: &PlannedStep,
    confirm: &Condition,
    since: Option<&journal::Moment>,
    next: &mut Next,
) {
    if let (Some(check), Some(since)) = (&confirm.check, since) {
        let _ = look_at(course, step, check, confirm.at_least, since, next);
    }
}

fn look_at(
    course: &Course<'_>,
    step: &PlannedStep,
    check: &String,
    at_least: Option<Level>,
    since: &journal::Moment,
    next: &mut Next,
) -> Option<String> {
    let pairs = verdicts::pairs(course, step, Some(std::slice::from_ref(check)));
    checks_are_not(course, &pairs, at_least.unwrap_or(Level::Green), since, PAUSE_MS, next)
}
