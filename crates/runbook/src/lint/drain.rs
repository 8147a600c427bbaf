//! What is written before a fence has to be on the target before the replicator is paused or positions are kept.

use super::{Cx, gate};
use crate::model::{Checks, Tool, Way};
use crate::outline::{Outline, StepEntry};
use crate::syntax::{Code, Diagnostic, quoted};
use crate::world::Side;

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    let tool = outline.site.and_then(|site| site.replication.get()?.tool.get());
    let copies = matches!(tool, Some(Tool::Mirrormaker2 | Tool::OffsetPreserving));
    if outline.slice.is_some() || !copies || !outline.graph.cycles().is_empty() {
        return;
    }
    let fences = |step: &StepEntry<'_>| step.is("fence-writes") && step.side() == Some(Side::Source);
    for (fence, step) in outline.steps.iter().enumerate().filter(|(_, step)| fences(step)) {
        one(cx, outline, fence, step);
    }
}

fn one(cx: &Cx<'_>, outline: &Outline<'_>, fence: usize, step: &StepEntry<'_>) {
    let behind = outline.graph.after(fence);
    let same = |other: &StepEntry<'_>| {
        outline.unit_of(other).map(|unit| unit.name) == outline.unit_of(step).map(|unit| unit.name)
    };
    let ends = |index: &usize| {
        let other = &outline.steps[*index];
        (other.is("pause-replication") || other.is("capture-positions")) && same(other)
    };
    let behind_it = || (0..outline.steps.len()).filter(|index| behind[*index]);
    let mut ends: Vec<usize> = behind_it().filter(ends).collect();
    if ends.is_empty() {
        ends.extend(outline.commit.filter(|commit| behind[*commit]));
    }
    let looks: Vec<usize> = behind_it().filter(|index| wants_drained(outline, *index)).collect();
    let unproved = |end: &usize| {
        let before = outline.graph.before(*end);
        // The commit point's gate may look for itself.
        !looks.iter().any(|look| before[*look] || look == end)
    };
    let Some(end) = ends.into_iter().find(unproved) else { return };
    cx.add(
        Diagnostic::new(
            Code::NotDrained,
            outline.steps[end].def.id.span(),
            format!(
                "nothing between {} and {} waits until the replicator has copied what was written before the fence",
                quoted(step.id),
                quoted(outline.steps[end].id)
            ),
        )
        .label(step.def.id.span(), "the fence")
        .help("wait for a check of kind drained between them: { do: wait, until: { check: drained } }"),
    );
}

/// Whether the run gets past this step only once a check of kind `drained` is good.
fn wants_drained(outline: &Outline<'_>, index: usize) -> bool {
    let step = &outline.steps[index];
    // A check that is not there is an error of its own.
    let is_drained = |id: &str| outline.check(id).is_none_or(|check| check.kind_name == "drained");
    let goes_on = [&step.def.on_timeout, &step.def.on_fail, &step.def.on_unknown];
    if goes_on.into_iter().any(|way| matches!(way.get(), Some(Way::Continue))) {
        return false;
    }
    match step.kind.map(|kind| kind.name) {
        Some("wait") => {
            step.def.until.get().and_then(|until| until.check.get()).is_some_and(|id| is_drained(id.as_str()))
        }
        Some("gate") => gate::looks_at_kind(outline, index, "drained"),
        // A step that takes all measures and lets pass.
        Some("check") => match step.def.checks.get() {
            Some(Checks::Named(named)) => named.iter().any(|id| is_drained(id.value.as_str())),
            _ => false,
        },
        _ => false,
    }
}
