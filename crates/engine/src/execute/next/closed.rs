//! Whether the source stays as it was closed: from the moment at which nobody copies any more what is written there until
//! the hand-over, whatever is written there is lost for the target.

use journal::{Moment, Status};
use runbook::Side;
use runbook::plan::{ClosedSource, PlannedStep, Trigger};
use runbook::world::Probe;

use super::triggers::Sight;
use super::{Course, Next, Todo, Waiting, ms, verdicts};

/// How often it is looked, in milliseconds.
const EVERY_MS: u64 = 5_000;

/// How old a look may be and still say that all is well, in milliseconds.
const OLDEST_MS: u64 = 60_000;

/// What is seen of it now; `None`: nobody has looked yet, or it is not time to.
pub(super) fn look(
    course: &Course<'_>,
    trigger: &Trigger,
    closed: &ClosedSource,
    next: &mut Next,
) -> Option<(Sight, String)> {
    if !is_closed(course, trigger, closed) {
        return None;
    }
    let seen = course.execution().closed.get(&trigger.id);
    let age = seen.map(|seen| course.now.since(&seen.moment));
    match age.filter(|age| *age < EVERY_MS) {
        Some(age) => next.wake_in(EVERY_MS - age),
        None => next.start.push(Todo::Closed { trigger: trigger.id.clone() }),
    }
    if let Some((why, since)) = blind(course, trigger, closed) {
        next.waiting.push(Waiting {
            step: Some(trigger.id.clone()),
            what: LOOK.to_owned(),
            current: why,
            threshold: "an answer of the source".to_owned(),
            since: since.wall,
            until: None,
            who: None,
        });
    }
    let seen = seen?;
    Some(match seen.grown.is_empty() {
        false => (Sight::Bad, told(closed, &seen.grown)),
        true if age.is_some_and(|age| age > OLDEST_MS) => {
            (Sight::Unseen, format!("{} was not looked at for a while", closed.fence))
        }
        true => (Sight::Good, format!("nothing was written behind {}", closed.fence)),
    })
}

/// What is waited for where the source does not answer.
pub(super) const LOOK: &str = "a look at the closed source";

/// Why nobody knows what was written there, and since when: it was not seen for too long.
pub(super) fn blind<'c>(
    course: &'c Course<'_>,
    trigger: &Trigger,
    closed: &ClosedSource,
) -> Option<(String, &'c Moment)> {
    if !is_closed(course, trigger, closed) {
        return None;
    }
    let from = trigger.armed_from.as_ref().unwrap_or(&closed.fence);
    let seen = course.execution().closed.get(&trigger.id).map(|seen| &seen.moment);
    let since = seen.or_else(|| course.step(from)?.ended.as_ref())?;
    let age = course.now.since(since);
    (age > OLDEST_MS)
        .then(|| (format!("not looked at for {}: {}", ms(age), why_unseen(course, closed)), since))
}

/// Why the last look has seen nothing.
pub(super) fn why_unseen(course: &Course<'_>, closed: &ClosedSource) -> String {
    let probe = Probe::Ends { side: Side::Source, topics: closed.topics.clone() };
    match course.state.probes().get(&probe).map(|known| &known.status) {
        Some(Status::Unobserved(unobserved)) => unobserved.message.clone(),
        _ => "it is being asked".to_owned(),
    }
}

/// Whether the gate of the commit point has a look at it since `since`; it asks for what it has not.
pub(super) fn is_looked_at(course: &Course<'_>, step: &PlannedStep, since: &Moment, next: &mut Next) -> bool {
    if !step.commit_point || course.is_dry() {
        return true;
    }
    let mut all = true;
    for (trigger, closed) in watched(course) {
        all &= is_seen_since(course, trigger, closed, since, next);
    }
    all
}

/// Whether it was looked at since `since`, if it is closed; if not, it is asked for.
pub(super) fn is_seen_since(
    course: &Course<'_>,
    trigger: &Trigger,
    closed: &ClosedSource,
    since: &Moment,
    next: &mut Next,
) -> bool {
    let is_seen = was_seen_since(course, trigger, closed, since);
    let todo = Todo::Closed { trigger: trigger.id.clone() };
    if !is_seen && !next.start.contains(&todo) {
        next.start.push(todo);
    }
    is_seen
}

/// A look counts from where it began.
pub(super) fn was_seen_since(
    course: &Course<'_>,
    trigger: &Trigger,
    closed: &ClosedSource,
    since: &Moment,
) -> bool {
    if !is_closed(course, trigger, closed) {
        return true;
    }
    let seen = course.execution().closed.get(&trigger.id).and_then(|seen| course.state.seen(&seen.latest));
    seen.is_some_and(|seen| verdicts::is_since(course, seen.at, since))
}

/// Why the gate of the commit point may not open: something was written on the source behind what is landed.
pub(super) fn forbids(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    if !step.commit_point {
        return None;
    }
    let (closed, seen) = watched(course).find_map(|(trigger, closed)| {
        Some((closed, course.execution().closed.get(&trigger.id).filter(|seen| seen.ever)?))
    })?;
    Some(match seen.grown.is_empty() {
        false => told(closed, &seen.grown),
        true => format!("the source was written after {} had closed it", closed.fence),
    })
}

fn watched<'a>(course: &Course<'a>) -> impl Iterator<Item = (&'a Trigger, &'a ClosedSource)> {
    course
        .plan
        .rollback
        .triggers
        .iter()
        .filter_map(|trigger| Some((trigger, trigger.closed_source.as_ref()?)))
}

/// The topics are closed, and nobody copies them any more.
fn is_closed(course: &Course<'_>, trigger: &Trigger, closed: &ClosedSource) -> bool {
    let from = trigger.armed_from.as_ref().unwrap_or(&closed.fence);
    course.execution().is_passed(&closed.fence) && course.execution().is_passed(from)
}

fn told(closed: &ClosedSource, grown: &[String]) -> String {
    let more = grown.len().saturating_sub(3);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let first: Vec<&str> = grown.iter().take(3).map(String::as_str).collect();
    format!(
        "the source was written after {} had closed it, and nobody copies that: {}{more}",
        closed.fence,
        first.join(", ")
    )
}
