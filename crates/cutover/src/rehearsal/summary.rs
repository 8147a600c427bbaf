use runbook::check::spoken;
use runbook::rehearsal::{ELEMENTS, PointRehearsed, Rehearsed};

/// What a rehearsal showed, for a person to read.
pub fn summary(rehearsed: &Rehearsed, sha256: &str) -> String {
    let mut lines = vec![format!(
        "Rehearsal of {} in {} ({} workload, answers by {})",
        rehearsed.runbook,
        rehearsed.environment,
        rehearsed.workload,
        rehearsed.answers.word()
    )];
    for point in &rehearsed.points {
        let mark = if point.rolled_back { "ok    " } else { "FAILED" };
        let mark = if point.run.is_none() { "left  " } else { mark };
        lines.push(format!("  {mark}  back from {}: {}", point.point, point.outcome));
        lines.extend(numbers(point).map(|numbers| format!("          {numbers}")));
    }
    for fault in &rehearsed.faults {
        let mark = match (fault.made, fault.survived) {
            (false, _) => "not covered",
            (true, true) => "survived",
            (true, false) => "NOT SURVIVED",
        };
        lines.push(format!("  fault {}: {mark} ({})", fault.fault, fault.why));
    }
    for name in ELEMENTS {
        let Some(element) = rehearsed.elements.get(name) else { continue };
        let mark = if element.covered { "covered" } else { "NOT COVERED" };
        lines.push(format!("  element {name}: {mark} ({})", element.why));
    }
    let dirty: Vec<&str> =
        rehearsed.points.iter().flat_map(|point| &point.dirty).map(String::as_str).collect();
    if !dirty.is_empty() {
        lines.push(format!(
            "  dirty: {}; the target is no copy any more. Before the next run delete the topics there and have them \
             copied afresh.",
            dirty.join(", ")
        ));
    }
    lines.push(format!("  sha256 {sha256}"));
    lines.join("\n")
}

fn numbers(point: &PointRehearsed) -> Option<String> {
    let time = |name: &str, ms: Option<u64>| {
        Some(format!("{name} {}", spoken(i64::try_from(ms?).unwrap_or(i64::MAX))))
    };
    let count = |name: &str, count: Option<u64>| Some(format!("{name} {}", count?));
    let answers = point.answers.iter().map(|answer| {
        let took = spoken(i64::try_from(answer.took_ms).unwrap_or(i64::MAX));
        format!("{} answered in {took}", answer.step)
    });
    let known = [
        time("stall", point.stall_ms),
        time("stall on the way back", point.stall_back_ms),
        time("rollback", point.rollback_ms),
        count("replayed", point.replayed),
        count("born on the target", point.born_on_target),
    ];
    let all: Vec<String> = known.into_iter().flatten().chain(answers).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
