//! Who writes is stopped first: producers before a fence that only looks, the replicator before positions are landed over
//! its own.

use super::Cx;
use super::step_with::{self, Named};
use crate::model::Tool;
use crate::outline::{Outline, StepEntry, UnitParts};
use crate::syntax::{Code, Diagnostic, quoted};
use crate::world::Side;

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    if outline.slice.is_some() || !outline.graph.cycles().is_empty() {
        return;
    }
    flow(cx, outline);
    producers(cx, outline);
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

/// A fence by stop proves rest, and that is proof only where the producers have been stopped.
fn producers(cx: &Cx<'_>, outline: &Outline<'_>) {
    let fences = |step: &StepEntry<'_>| {
        step.is("fence-writes") && step.side() == Some(Side::Source) && !step_with::fences_by_acl(cx, step)
    };
    for (index, fence) in outline.steps.iter().enumerate().filter(|(_, step)| fences(step)) {
        let Some(unit) = outline.unit_of(fence) else { continue };
        let before = outline.graph.before(index);
        let earlier =
            || outline.steps.iter().enumerate().filter(|(other, _)| before[*other]).map(|(_, step)| step);
        // What a person or a command does nobody knows.
        if earlier().any(|step| ["exec", "http", "manual"].iter().any(|kind| step.is(kind))) {
            continue;
        }
        let of_unit = |step: &&StepEntry<'_>| outline.unit_of(step).map(|unit| unit.name) == Some(unit.name);
        let stops =
            earlier().filter(of_unit).filter(|step| step.is("stop-app") && step.side() == Some(Side::Source));
        let stopped: Vec<Named<'_>> = stops.filter_map(|step| step_with::named(cx, step)[1].take()).collect();
        going_on(cx, unit, fence, &stopped);
    }
}

fn going_on(cx: &Cx<'_>, unit: &UnitParts<'_>, fence: &StepEntry<'_>, stopped: &[Named<'_>]) {
    let is_stopped = |name: &str| {
        stopped.iter().any(|named| match named {
            Named::All => true,
            Named::These(names) => names.contains(&name),
        })
    };
    let Some((name, _)) = unit.producers().find(|(name, _)| !is_stopped(name.value.as_str())) else { return };
    cx.add(
        Diagnostic::new(
            Code::ProducersNotStopped,
            fence.def.id.span(),
            format!(
                "{} only looks whether anybody writes, and no step before it stops {}",
                quoted(fence.id),
                quoted(name.value.as_str())
            ),
        )
        .label(name.span, "this producer")
        .help(
            "stop it first: { do: stop-app, on: source, with: { producers: unit } }, or fence with by: acl",
        ),
    );
}
