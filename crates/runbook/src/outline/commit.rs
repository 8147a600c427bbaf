use super::StepEntry;
use crate::plan::StepGraph;
use crate::world::Side;

/// Whether a step gives the unit over to the target: it starts an application there, or lifts a fence there.
pub(crate) fn hands_over(step: &StepEntry<'_>, steps: &[StepEntry<'_>], graph: &StepGraph) -> bool {
    if step.is("start-app") {
        return step.side() == Some(Side::Target);
    }
    step.is("undo")
        && step.def.of.get().and_then(|of| graph.index(of.as_str())).is_some_and(|undone| {
            let undone = &steps[undone];
            undone.is("fence-writes") && undone.side() == Some(Side::Target)
        })
}

/// The gate before the first step that hands over: of the gates that step waits for, the last.
pub(super) fn commit_point(steps: &[StepEntry<'_>], graph: &StepGraph) -> Option<usize> {
    let order = graph.order();
    let first = order.iter().copied().find(|index| hands_over(&steps[*index], steps, graph))?;
    let before = graph.before(first);
    order.into_iter().rfind(|index| before[*index] && steps[*index].is("gate"))
}

/// What comes after the commit point, or after a step that cannot be undone.
pub(super) fn past(steps: &[StepEntry<'_>], graph: &StepGraph, commit: Option<usize>) -> Vec<bool> {
    let without_return =
        steps.iter().enumerate().filter(|(_, step)| step.cannot_be_undone()).map(|(index, _)| index);
    graph.after_any(commit.into_iter().chain(without_return))
}
