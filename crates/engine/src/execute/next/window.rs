use jiff::Timestamp;
use runbook::plan::{PlannedStep, StepGraph};
use runbook::steps::{Guard, Require};

use super::Course;

/// Where the present moment lies in the window.
pub(super) enum At {
    /// There is no window.
    None,
    Before {
        opens: Timestamp,
        ms: u64,
    },
    Within,
    After {
        closed: Timestamp,
        /// A gate let yellow pass for a time that is over, whatever the runbook's own window says.
        guarded: bool,
    },
}

pub(super) fn at(course: &Course<'_>) -> At {
    let now = course.now.wall;
    if let Some(window) = &course.plan.window
        && now < window.opens
    {
        return At::Before { opens: window.opens, ms: ms(now, window.opens) };
    }
    // A guard closes the window of a run that had none.
    match closes(course) {
        Some(closed) if now >= closed => {
            At::After { closed, guarded: guarded(course).is_some_and(|guard| now >= guard) }
        }
        Some(_) => At::Within,
        None => At::None,
    }
}

/// When the window closes: as written, or earlier where a gate let yellow pass under that guard.
pub(super) fn closes(course: &Course<'_>) -> Option<Timestamp> {
    let written = course.plan.window.as_ref().map(|window| window.closes);
    guarded(course).into_iter().chain(written).min()
}

/// When the time is over for which a gate let yellow pass.
fn guarded(course: &Course<'_>) -> Option<Timestamp> {
    let gates = course.plan.steps.iter().filter(|step| step.kind == "gate");
    let narrowed = gates.filter_map(|gate| {
        let opened = course.step(&gate.id).filter(|state| state.is_passed())?.ended.as_ref()?;
        Some(opened.plus(guard_of(course, gate)?).wall)
    });
    narrowed.min()
}

/// The time for which a gate lets yellow pass, in milliseconds.
fn guard_of(course: &Course<'_>, gate: &PlannedStep) -> Option<u64> {
    course.spec(&gate.id).require.as_ref().and_then(narrowest)
}

fn narrowest(require: &Require) -> Option<u64> {
    match require {
        Require::All(parts) | Require::Any(parts) => parts.iter().filter_map(narrowest).min(),
        Require::Not(part) => narrowest(part),
        Require::Leaf { guard: Some(Guard::Window(window)), .. } => Some(window.as_probe()),
        Require::Leaf { .. } => None,
    }
}

/// Why what is left does not fit into the window any more, which closes earlier where this gate lets yellow pass for a time.
/// Past the commit point a switch that is left half done is worse than one that takes too long.
pub(super) fn does_not_fit(course: &Course<'_>, gate: &PlannedStep) -> Option<String> {
    if course.past_commit_point() {
        return None;
    }
    let own = guard_of(course, gate);
    let closes = closes(course).map(|closes| ms(course.now.wall, closes));
    let left = closes.into_iter().chain(own).min()?;
    let estimate = estimate(course);
    let keep = course.plan.window.as_ref().and_then(|window| window.keep_for_rollback_ms).unwrap_or(0);
    let spoken = |ms: u64| runbook::check::spoken(i64::try_from(ms).unwrap_or(i64::MAX));
    let until = match own {
        Some(own) if own == left => {
            format!("{} is the time for which this gate lets yellow pass", spoken(left))
        }
        _ => format!("{} are left until the window closes", spoken(left)),
    };
    (estimate.saturating_add(keep) > left).then(|| {
        format!(
            "{until}; the remaining steps are expected to take {}, and {} are kept for the way back",
            spoken(estimate),
            spoken(keep)
        )
    })
}

/// How long the longest way through what is left is expected to take, in milliseconds.
pub(super) fn estimate(course: &Course<'_>) -> u64 {
    let steps = &course.plan.steps;
    let graph = StepGraph::of(steps);
    graph.span(|index| {
        let step = &steps[index];
        let done = course.execution().is_passed(&step.id);
        if done { 0 } else { step.est_ms.unwrap_or(0) }
    })
}

fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}
