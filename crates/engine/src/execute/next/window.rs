use jiff::Timestamp;
use runbook::plan::StepGraph;
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
        Some(closes) if now >= closes => At::After { closed: closes },
        Some(_) => At::Within,
        None => At::None,
    }
}

/// When the window closes: as written, or earlier where a gate let yellow pass under that guard.
pub(super) fn closes(course: &Course<'_>) -> Option<Timestamp> {
    let written = course.plan.window.as_ref().map(|window| window.closes);
    let narrowed = course.plan.steps.iter().filter(|step| step.kind == "gate").filter_map(|gate| {
        let opened = course.step(&gate.id).filter(|state| state.is_passed())?.ended.as_ref()?;
        let guard = course.spec(&gate.id).require.as_ref().and_then(narrowest)?;
        Some(opened.plus(guard).wall)
    });
    narrowed.chain(written).min()
}

fn narrowest(require: &Require) -> Option<u64> {
    match require {
        Require::All(parts) | Require::Any(parts) => parts.iter().filter_map(narrowest).min(),
        Require::Not(part) => narrowest(part),
        Require::Leaf { guard: Some(Guard::Window(window)), .. } => Some(window.as_probe()),
        Require::Leaf { .. } => None,
    }
}

/// Why what is left does not fit into the window any more.
pub(super) fn does_not_fit(course: &Course<'_>) -> Option<String> {
    let closes = closes(course)?;
    let left = ms(course.now.wall, closes);
    let estimate = estimate(course);
    let keep = course.plan.window.as_ref().and_then(|window| window.keep_for_rollback_ms).unwrap_or(0);
    let spoken = |ms: u64| runbook::check::spoken(i64::try_from(ms).unwrap_or(i64::MAX));
    (estimate.saturating_add(keep) > left).then(|| {
        format!(
            "{} are left until the window closes; the remaining steps are expected to take {}, and {} are kept for the way back",
            spoken(left),
            spoken(estimate),
            spoken(keep)
        )
    })
}

/// How long the longest way through what is left is expected to take, in milliseconds.
pub(super) fn estimate(course: &Course<'_>) -> u64 {
    let steps = &course.plan.steps;
    let graph = StepGraph::new(
        steps.iter().map(|step| (step.id.as_str(), step.needs.iter().map(String::as_str).collect())),
    );
    graph.span(|index| {
        let step = &steps[index];
        let done = course.execution().is_passed(&step.id);
        if done { 0 } else { step.est_ms.unwrap_or(0) }
    })
}

fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}
