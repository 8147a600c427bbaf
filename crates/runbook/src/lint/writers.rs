//! Who writes is stopped first: the replicator before positions are landed over its own.

use super::Cx;
use crate::model::Tool;
use crate::outline::{Outline, StepEntry};
use crate::syntax::{Code, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    if outline.slice.is_some() || !outline.graph.cycles().is_empty() {
        return;
    }
    flow(cx, outline);
}

/// Where `commit-offsets` sees the flow's connectors it refuses by itself; what it cannot see, a step has to stop.
fn flow(cx: &Cx<'_>, outline: &Outline<'_>) {
    let Some(replication) = outline.site.and_then(|site| site.replication.get()) else { return };
    let carried_by = match replication.tool.get() {
        Some(Tool::Mirrormaker2) if !replication.connect.is_written() => "MirrorMaker 2 in dedicated mode",
        Some(Tool::OffsetPreserving) => "a replicator that keeps offsets",
        _ => return,
    };
    let stops = |step: &StepEntry<'_>| {
        ["pause-replication", "pause-group-sync", "exec", "http", "manual"].iter().any(|kind| step.is(kind))
    };
    for (index, step) in outline.steps.iter().enumerate().filter(|(_, step)| step.is("commit-offsets")) {
        let before = outline.graph.before(index);
        if !outline.steps.iter().enumerate().any(|(other, entry)| before[other] && stops(entry)) {
            cx.say(
                Code::FlowNotStopped,
                step.def.id.span(),
                format!(
                    "{} lands positions, and no step before it stops {carried_by}, which may write over them",
                    quoted(step.id)
                ),
                "stop it for the unit's topics and groups by an `exec` or `manual` step, and prove it",
            );
        }
    }
}
