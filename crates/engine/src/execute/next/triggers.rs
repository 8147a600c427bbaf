use jiff::Timestamp;
use journal::{Event, Going, TriggerState, Unwinding};
use runbook::Level;
use runbook::plan::{Trigger, Way};

use super::verdicts::{self, Pair};
use super::voices::{self, Poll};
use super::{Course, Next, Waiting, closed, follow, ms};

/// How often the check of an armed trigger is looked at, in milliseconds.
const EVERY_MS: u64 = 5_000;

/// How old a verdict may be that says all is well, in milliseconds, beside twice the time that measuring it took: a
/// measurement that does not come to its end, because a cluster takes connections and does not answer, must not hide what
/// has become of it.
const OLDEST_MS: u64 = 60_000;

/// Watches every trigger that is armed: a check that stays as bad as its breach for as long as the trigger says makes
/// the run go back, or asks somebody.
pub(super) fn look(course: &Course<'_>, next: &mut Next) {
    if course.is_dry() {
        return;
    }
    for trigger in course.plan.rollback.triggers.iter().filter(|trigger| is_armed(course, trigger)) {
        if let Some(closed) = &trigger.closed_source {
            if let Some((sight, why)) = closed::look(course, trigger, closed, next) {
                stands(course, trigger, sight, why, next);
            }
            if next.write.is_some() {
                return;
            }
            continue;
        }
        let Some(check) = &trigger.check else { continue };
        let pairs: Vec<Pair> = course
            .state
            .header()
            .pairs()
            .filter(|(_, planned)| planned == check)
            .map(|(unit, check)| Pair { unit: unit.to_owned(), check: check.to_owned() })
            .collect();
        measure(course, &pairs, next);
        if let Some((sight, why)) = of_check(course, trigger, check, &pairs) {
            stands(course, trigger, sight, why, next);
        }
        if next.write.is_some() {
            return;
        }
    }
}

/// How the check looks over all its units; `None`: that is not known yet. The worst that was judged since the trigger is
/// armed counts at once; what was not judged for too long is unknown, and until then nothing is good.
fn of_check(course: &Course<'_>, trigger: &Trigger, check: &str, pairs: &[Pair]) -> Option<(Sight, String)> {
    let unseen_ms = |pair: &Pair| match was_judged(course, trigger, pair) {
        true => age_ms(course, pair),
        false => armed_for_ms(course, trigger).min(age_ms(course, pair)),
    };
    let is_overdue = |pair: &&Pair| unseen_ms(pair) > OLDEST_MS.saturating_add(2 * took_ms(course, pair));
    let (judged, pending): (Vec<&Pair>, Vec<&Pair>) =
        pairs.iter().partition(|pair| was_judged(course, trigger, pair));
    let worst = judged.iter().map(|pair| verdicts::level(course, pair)).max_by_key(|(level, _)| *level);
    let overdue = pairs.iter().find(is_overdue).map(|pair| {
        let unit = if pairs.len() > 1 { format!(" in {}", pair.unit) } else { String::new() };
        (Level::Unknown, format!("{check}{unit} was not measured for {}", ms(unseen_ms(pair))))
    });
    // Of two that are unknown the one that was judged says more.
    let (level, why) = overdue.into_iter().chain(worst).max_by_key(|(level, _)| *level)?;
    let sight = sight(trigger, level);
    let is_whole = pending.iter().all(is_overdue);
    (is_whole || sight == Sight::Bad).then_some((sight, why))
}

/// What follows from how it looks.
fn stands(course: &Course<'_>, trigger: &Trigger, sight: Sight, why: String, next: &mut Next) {
    match (sight, course.execution().triggers.get(&trigger.id)) {
        // Who was asked is still asked.
        (Sight::Unseen, Some(state)) if state.fired.is_some() => stays_bad(course, trigger, state, next),
        (Sight::Unseen, _) | (Sight::Good, None) => {}
        (Sight::Good, Some(_)) => next.write(seen_event(course, trigger, false, why)),
        (Sight::Bad, None) => next.write(seen_event(course, trigger, true, why)),
        (Sight::Bad, Some(state)) => stays_bad(course, trigger, state, next),
    }
}

/// A trigger that fired and has no answer yet: until it has, nobody hands anything over. Going back is an answer.
pub(super) fn asking<'a>(course: &Course<'a>) -> Option<&'a Trigger> {
    if matches!(course.execution().going, Going::Back { .. }) {
        return None;
    }
    let fired = |trigger: &&Trigger| {
        let state = course.execution().triggers.get(&trigger.id);
        state.is_some_and(|state| state.fired.is_some()) && is_armed(course, trigger)
    };
    course.plan.rollback.triggers.iter().find(fired)
}

/// What the level of its check means to a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Good,
    Bad,
    /// What cannot be seen is neither good nor bad, unless the trigger says that `unknown` is its breach.
    Unseen,
}

/// What `level` means to `trigger`.
pub fn sight(trigger: &Trigger, level: Level) -> Sight {
    let bad = level >= breach(trigger);
    match level {
        _ if bad => Sight::Bad,
        Level::Unknown => Sight::Unseen,
        _ => Sight::Good,
    }
}

/// Milliseconds until a trigger fires whose check has been bad for `bad_ms`; `None`: it fires.
pub fn fires_in(trigger: &Trigger, bad_ms: u64) -> Option<u64> {
    trigger.for_ms.unwrap_or(0).checked_sub(bad_ms).filter(|left| *left > 0)
}

/// From the beginning of one step to the end of another.
pub fn is_armed(course: &Course<'_>, trigger: &Trigger) -> bool {
    let begun = trigger.armed_from.as_ref().is_none_or(|step| course.step(step).is_some());
    begun && trigger.armed_until.as_ref().is_none_or(|step| !course.execution().is_passed(step))
}

/// Whether the check was judged since the trigger is armed: what was measured before says nothing of now.
fn was_judged(course: &Course<'_>, trigger: &Trigger, pair: &Pair) -> bool {
    let armed = trigger.armed_from.as_ref().and_then(|step| course.step(step)).map(|step| step.since.wall);
    // Somebody who let the run go on has answered what was measured until then.
    let from = armed.max(course.execution().released);
    let Some(at) = verdicts::judged_at(course, pair) else { return false };
    // A clock that was put back behind that moment says nothing of it; what was measured just now was measured since.
    let was_put_back = from.is_some_and(|from| course.now.wall < from);
    if was_put_back { age_ms(course, pair) <= OLDEST_MS } else { from.is_none_or(|from| at >= from) }
}

/// Milliseconds since the trigger watches: since it is armed, and since somebody let the run go on.
fn armed_for_ms(course: &Course<'_>, trigger: &Trigger) -> u64 {
    let armed = trigger.armed_from.as_ref().and_then(|step| course.step(step));
    let ago =
        |at: Timestamp| u64::try_from(course.now.wall.as_millisecond() - at.as_millisecond()).unwrap_or(0);
    let armed = armed.map_or_else(|| ago(course.state.started_at()), |step| course.now.since(&step.since));
    armed.min(course.execution().released.map_or(u64::MAX, ago))
}

/// Milliseconds since the check was judged, by a clock that may have been put back: what was judged in the future has to
/// be judged again.
fn age_ms(course: &Course<'_>, pair: &Pair) -> u64 {
    let at = verdicts::judged_at(course, pair).map_or(0, |at| at.as_millisecond());
    u64::try_from(course.now.wall.as_millisecond() - at).unwrap_or(u64::MAX)
}

/// How long the slowest measurement took that the check's verdict rests on, in milliseconds.
fn took_ms(course: &Course<'_>, pair: &Pair) -> u64 {
    let judged = course.state.judged(&pair.unit, &pair.check);
    let evidence = judged.into_iter().flat_map(|judged| &judged.judgement.evidence);
    evidence.filter_map(|address| Some(course.state.seen(address)?.took_ms)).max().unwrap_or(0)
}

fn measure(course: &Course<'_>, pairs: &[Pair], next: &mut Next) {
    for pair in pairs {
        let age = age_ms(course, pair);
        if age >= EVERY_MS {
            verdicts::measure(pair, next);
        } else {
            next.wake_in(EVERY_MS - age);
        }
    }
}

fn breach(trigger: &Trigger) -> Level {
    match trigger.breach.as_deref() {
        Some("yellow") => Level::Yellow,
        Some("unknown") => Level::Unknown,
        _ => Level::Red,
    }
}

fn seen_event(course: &Course<'_>, trigger: &Trigger, bad: bool, why: String) -> Event {
    Event::TriggerSeen { trigger: trigger.id.clone(), bad, why, moment: course.now.clone() }
}

fn stays_bad(course: &Course<'_>, trigger: &Trigger, state: &TriggerState, next: &mut Next) {
    let for_ms = trigger.for_ms.unwrap_or(0);
    let bad_for = course.now.since(&state.bad_since);
    let Some(fired) = &state.fired else {
        let Some(left) = fires_in(trigger, bad_for) else {
            let why = state.why.clone();
            return next.write(Event::TriggerFired {
                trigger: trigger.id.clone(),
                why,
                moment: course.now.clone(),
            });
        };
        next.wake_in(left);
        next.waiting.push(Waiting {
            step: Some(trigger.id.clone()),
            what: "a trigger to fire, or its check to be good again".to_owned(),
            current: state.why.clone(),
            threshold: format!("bad for {}", ms(for_ms)),
            since: state.bad_since.wall,
            until: Some(state.bad_since.plus(for_ms).wall),
            who: None,
        });
        return;
    };
    let why = format!("trigger {} fired: {}", trigger.id, state.why);
    let plan = trigger.plan.clone().unwrap_or_default();
    let Some(role) = trigger.ask_role.clone().filter(|_| trigger.act.as_deref() != Some("auto")) else {
        return next.write(by_itself(course, trigger, Way::Rollback(plan), why));
    };
    let roles = [role];
    let votes = voices::votes(course, &trigger.id, fired.wall);
    match voices::poll(&votes, &roles, None) {
        Poll::Go => {
            let by = votes.first().map_or(String::new(), |vote| vote.person.clone());
            let moment = course.now.clone();
            return next.write(Event::TriggerAnswered { trigger: trigger.id.clone(), by, moment });
        }
        Poll::NoGo(said) => {
            return next.write(way_out(course, Way::Rollback(plan), format!("{why}; {said}")));
        }
        Poll::Open(_) => {}
    }
    let within = trigger.ask_within_ms.unwrap_or(0);
    let elapsed = course.now.since(fired);
    let silence = trigger.silence_is.clone().unwrap_or_default();
    if elapsed >= within {
        return next.write(by_itself(course, trigger, silence, format!("{why}; nobody answered")));
    }
    next.wake_in(within - elapsed);
    next.waiting.push(Waiting {
        step: Some(trigger.id.clone()),
        what: format!("an answer whether to go back by {plan}"),
        current: state.why.clone(),
        threshold: format!("go (go on) or no-go (go back); silence is: {silence}"),
        since: fired.wall,
        until: Some(fired.plus(within).wall),
        who: Some(voices::who(course, &roles)),
    });
}

/// Nobody said so: past the commit point the run goes back only where nothing was born on the target, and never because a
/// group is active on both sides, which somebody has to look at.
fn by_itself(course: &Course<'_>, trigger: &Trigger, way: Way, why: String) -> Event {
    let check = trigger.check.as_deref().and_then(|check| course.plan.check(check));
    let split = check.is_some_and(|check| check.kind == "single-activity");
    match &way {
        Way::Rollback(plan) if course.past_commit_point() => {
            let may = !split && follow::may_go_back_by_itself(course, plan);
            if may { way_out(course, way, why) } else { hold(course, format!("{why}; {ASKS}")) }
        }
        _ => way_out(course, way, why),
    }
}

/// Why a run does not go back by itself.
pub(super) const ASKS: &str = "the commit point is passed, and it is not proved that nothing was born on the target, so a person decides";

fn hold(course: &Course<'_>, why: String) -> Event {
    Event::Held { why, step: None, asked_by: None, moment: course.now.clone() }
}

fn way_out(course: &Course<'_>, way: Way, why: String) -> Event {
    let moment = course.now.clone();
    match way {
        Way::Rollback(plan) => Event::UnwindStarted { how: Unwinding::Rollback { plan }, why, moment },
        Way::StandDown if !course.past_commit_point() => {
            Event::UnwindStarted { how: Unwinding::StandDown, why, moment }
        }
        _ => hold(course, why),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use journal::{Header, Moment, RunState};
    use runbook::plan::{PlannedCheck, PlannedStep};
    use runbook::verdict::Judgement;
    use runbook::world::Probe;

    use super::*;
    use crate::execute::next::Effects;
    use crate::measure::tests::fixture::{planned, test_plan};

    fn trigger(breach: Option<&str>, for_ms: Option<u64>) -> Trigger {
        Trigger { breach: breach.map(str::to_owned), for_ms, ..Trigger::default() }
    }

    #[test]
    fn what_cannot_be_seen_is_neither_good_nor_bad_unless_that_is_the_breach() {
        use Level::{Green, Red, Unknown, Yellow};
        let rows = [
            (None, [Sight::Good, Sight::Good, Sight::Unseen, Sight::Bad]),
            (Some("yellow"), [Sight::Good, Sight::Bad, Sight::Bad, Sight::Bad]),
            (Some("unknown"), [Sight::Good, Sight::Good, Sight::Bad, Sight::Bad]),
        ];
        for (breach, expected) in rows {
            let trigger = trigger(breach, None);
            assert_eq!([Green, Yellow, Unknown, Red].map(|level| sight(&trigger, level)), expected);
        }
    }

    #[test]
    fn a_trigger_fires_when_it_was_bad_for_as_long_as_it_says() {
        let row = |for_ms, bad_ms| fires_in(&trigger(None, for_ms), bad_ms);
        assert_eq!([row(None, 0), row(Some(90), 89), row(Some(90), 90)], [None, Some(1), None]);
    }

    fn moment(wall: i64, mono: u64) -> Moment {
        let wall = Timestamp::from_second(1_800_000_000 + wall).unwrap();
        Moment { wall, mono_ms: mono * 1_000, boot: "test".into() }
    }

    /// What a trigger on `breach` does over `units` since second 99, of which the first was judged so at second 100.
    fn after(units: usize, breach: &str, level: Level, now: Moment) -> Next {
        let mut plan = test_plan();
        let first = plan.units[0].clone();
        plan.units =
            (0..units).map(|n| runbook::unit::Unit { name: format!("u{n}"), ..first.clone() }).collect();
        let units = plan.units.iter().map(|unit| unit.name.clone()).collect();
        plan.checks.push(PlannedCheck { units, ..planned("sick") });
        plan.rollback.triggers = vec![Trigger {
            id: "sick".into(),
            check: Some("sick".into()),
            armed_from: Some("start".into()),
            ..trigger(Some(breach), Some(90_000))
        }];
        plan.steps.push(PlannedStep { id: "start".into(), ..PlannedStep::default() });
        let header = Box::new(Header::new(plan, "run", moment(0, 0).wall));
        let mut state = RunState::started(moment(0, 0).wall, &Event::RunStarted { header }).unwrap();
        let judgement = Judgement {
            level,
            evidence: vec!["e".into()],
            measured_at: Some(moment(100, 100).wall),
            incomplete: false,
            ..Judgement::unknown("it is so")
        };
        for event in [
            Event::StepStarted { step: "start".into(), attempt: 1, moment: moment(99, 99) },
            Event::ProbeStarted { probe: Probe::Plan, round: 1 },
            Event::Observed {
                probe: Probe::Plan,
                round: 1,
                evidence: "e".into(),
                at: moment(100, 100).wall,
                took_ms: 1,
                partial: None,
            },
            Event::Judged { unit: "u0".into(), check: "sick".into(), judgement, provisional: false },
        ] {
            state.apply(moment(100, 100).wall, &event).unwrap();
        }
        let specs = BTreeMap::new();
        let mut next = Next::default();
        look(&Course::new(&state, &specs, now, Effects::Apply), &mut next);
        next
    }

    #[test]
    fn a_unit_that_is_not_judged_hides_no_other_and_is_unknown_after_a_minute() {
        let at = |second: u64| moment(i64::try_from(second).unwrap(), second);
        let red = after(2, "red", Level::Red, at(101)).write;
        assert!(matches!(red, Some(Event::TriggerSeen { bad: true, .. })), "{red:?}");
        let soon = after(2, "unknown", Level::Unknown, at(101)).write;
        assert!(matches!(soon, Some(Event::TriggerSeen { bad: true, .. })), "{soon:?}");
        // Yellow is no news; the other one is measured, and unknown when nobody has seen it for a minute.
        let yellow = after(2, "unknown", Level::Yellow, at(101));
        assert!(yellow.write.is_none() && yellow.start.len() == 1, "{yellow:?}");
        let overdue = after(2, "unknown", Level::Yellow, at(161)).write;
        let Some(Event::TriggerSeen { bad: true, why, .. }) = &overdue else { panic!("{overdue:?}") };
        assert!(why.contains("not measured for"), "{why}");
    }

    #[test]
    fn a_check_that_is_not_measured_any_more_is_unknown_and_a_clock_that_is_put_back_hides_nothing() {
        let well = after(1, "unknown", Level::Yellow, moment(104, 104));
        assert!(well.write.is_none() && well.start.is_empty(), "{well:?}");
        let later = after(1, "unknown", Level::Yellow, moment(110, 110));
        assert!(later.write.is_none() && later.start.len() == 1, "{later:?}");
        let Some(Event::TriggerSeen { bad: true, why, .. }) =
            after(1, "unknown", Level::Yellow, moment(161, 161)).write
        else {
            panic!()
        };
        assert!(why.ends_with("was not measured for 1m1s"), "{why}");
        let back = after(1, "unknown", Level::Yellow, moment(-3_000, 110));
        assert_eq!(back.start.len(), 1, "{back:?}");
    }
}
