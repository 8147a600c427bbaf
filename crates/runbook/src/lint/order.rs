//! What follows from the order of the steps: cycles, the commit point, spans of time.

use super::{Cx, gate};
use crate::model::{AfterCommitPoint, BudgetDef, Duration, Way};
use crate::outline::Outline;
use crate::outline::commit::hands_over;
use crate::plan::StepEffect;
use crate::syntax::{Code, Diagnostic, Spanned, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    if outline.slice.is_some() {
        return;
    }
    let cyclic = cycles(cx, outline);
    if !cyclic {
        commit_point(cx, outline);
        window(cx, outline);
    }
    let budgets = outline.runbook.and_then(|runbook| runbook.budgets.get());
    if let Some(budgets) = budgets {
        cx.unique(
            "budgets",
            budgets.iter().filter_map(|b| Some((b.value.name.span(), b.value.name.get()?.as_str()))),
        );
    }
    for budget in budgets.into_iter().flatten() {
        one_budget(cx, outline, &budget.value, cyclic);
    }
    way_back(cx, outline);
}

fn cycles(cx: &Cx<'_>, outline: &Outline<'_>) -> bool {
    let cycles = outline.graph.cycles();
    for cycle in &cycles {
        let id = |index: &usize| outline.graph.id(*index);
        let first = &outline.steps[cycle[0]];
        let span = if first.def.needs.is_written() { first.def.needs.span() } else { first.def.id.span() };
        if let [_] = cycle.as_slice() {
            cx.say(
                Code::Cycle,
                span,
                format!("the step {} waits for itself", quoted(first.id)),
                "remove it from its own needs",
            );
            continue;
        }
        let shown: Vec<&str> = cycle.iter().take(8).map(id).collect();
        let more = if cycle.len() > shown.len() { " → …" } else { "" };
        let message = format!("steps wait for each other: {}{more} → {}", shown.join(" → "), first.id);
        let mut diagnostic = Diagnostic::new(Code::Cycle, span, message)
            .help("an arrow reads \"is needed by\"; remove one of the needs");
        for index in cycle.iter().skip(1).take(4) {
            diagnostic = diagnostic.label(outline.steps[*index].def.id.span(), "and this step");
        }
        cx.add(diagnostic);
    }
    !cycles.is_empty()
}

/// The gate before the first start on the target: computed, demanded, and equipped for the way back.
fn commit_point(cx: &Cx<'_>, outline: &Outline<'_>) {
    let handing_over: Vec<usize> = (0..outline.steps.len())
        .filter(|index| hands_over(&outline.steps[*index], &outline.steps, &outline.graph))
        .collect();
    for step in outline.steps.iter().enumerate().filter(|(index, _)| Some(*index) != outline.commit) {
        let (_, step) = step;
        if step.def.commit_point.get() == Some(&true) && step.is("gate") {
            let mut diagnostic = Diagnostic::new(
                Code::CommitPointElsewhere,
                step.def.commit_point.span(),
                format!("{} is not the commit point", quoted(step.id)),
            );
            diagnostic = match outline.commit {
                Some(commit) => diagnostic
                    .label(
                        outline.steps[commit].def.id.span(),
                        "this gate is: it is the last before the first start on the target",
                    )
                    .help("move commit_point there, or the gate"),
                None => diagnostic.help(
                    "the commit point is the gate before the first start on the target; nothing starts there",
                ),
            };
            cx.add(diagnostic);
        }
    }
    let Some(commit) = outline.commit else {
        if let Some(first) = handing_over.first() {
            let step = &outline.steps[*first];
            cx.say(
                Code::CommitPointMissing,
                step.def.id.span(),
                format!(
                    "nothing stands between the source and {}, which hands the unit over to the target",
                    quoted(step.id)
                ),
                "put a gate before it; it is the commit point",
            );
        }
        return;
    };
    let after = outline.graph.after(commit);
    for index in handing_over.into_iter().filter(|index| !after[*index]) {
        let step = &outline.steps[index];
        cx.add(
            Diagnostic::new(
                Code::CommitPointMissing,
                step.def.id.span(),
                format!(
                    "{} hands the unit over to the target without waiting for the commit point",
                    quoted(step.id)
                ),
            )
            .label(outline.steps[commit].def.id.span(), "the commit point")
            .help("let it need the gate, directly or through other steps"),
        );
    }
    equipped(cx, outline, commit);
}

fn equipped(cx: &Cx<'_>, outline: &Outline<'_>, commit: usize) {
    let step = &outline.steps[commit];
    let ways = [step.def.on_fail.get(), step.def.on_timeout.get(), step.def.on_unknown.get()];
    let decides = step.def.decide.get().and_then(|decide| decide.silence_is.get());
    if !ways.into_iter().chain([decides]).flatten().any(|way| matches!(way, Way::Rollback(_))) {
        cx.say(
            Code::CommitPointPlan,
            step.def.id.span(),
            format!("the commit point {} names no rollback plan", quoted(step.id)),
            "add on_fail: { rollback: PLAN }",
        );
    }
    if !gate::looks_at_kind(outline, commit, "rollback-anchor") {
        cx.say(
            Code::CommitPointAnchor,
            step.def.id.span(),
            format!(
                "the commit point {} does not demand that the source keeps what a return needs",
                quoted(step.id)
            ),
            "require a check of kind rollback-anchor there",
        );
    }
}

fn window(cx: &Cx<'_>, outline: &Outline<'_>) {
    let Some(window) = outline.runbook.and_then(|runbook| runbook.window.get()) else { return };
    let (Some(opens), Some(closes)) = (window.opens.get(), window.closes.spanned()) else { return };
    let length = closes.value.0.as_millisecond() - opens.0.as_millisecond();
    let Ok(length) = u64::try_from(length) else {
        return cx.say(
            Code::WindowTooShort,
            closes.span,
            "the window closes before it opens",
            "exchange the two, or correct one",
        );
    };
    let keep = window.keep_for_rollback.get().map_or(0, |keep| keep.0);
    let needed = outline.graph.span(|index| outline.steps[index].est_ms().unwrap_or(0));
    if needed.saturating_add(keep) > length {
        cx.say(
            Code::WindowTooShort,
            closes.span,
            format!(
                "the window is {} long; the steps are expected to take {} and {} are kept for the way back",
                Duration(length),
                Duration(needed),
                Duration(keep)
            ),
            "open earlier, close later, or keep less",
        );
    }
}

fn one_budget(cx: &Cx<'_>, outline: &Outline<'_>, budget: &BudgetDef, cyclic: bool) {
    let known = (cx.step_field(outline, &budget.from), cx.step_field(outline, &budget.to));
    if let Some(exceed) = budget.on_exceed.get() {
        cx.way(outline, exceed.before_commit_point.spanned(), false, false);
        if let Some(Spanned { span, value: AfterCommitPoint::Rollback(plan) }) = exceed.after.spanned() {
            cx.plan(outline, Spanned { span, value: plan });
            cx.say(
                Code::RollbackAfterCommit,
                span,
                "after the commit point a budget never rolls back by itself",
                "after: ask, or after: hold",
            );
        }
    }
    if let (Some(warn), Some(max)) = (budget.warn.spanned(), budget.max.get())
        && warn.value > max
    {
        cx.say(
            Code::BudgetBackwards,
            warn.span,
            format!("the warning comes at {}, after the end at {max}", warn.value),
            "warn earlier",
        );
    }
    let (Some(from), Some(to)) = (budget.from.get(), budget.to.get()) else { return };
    if known != (true, true) || cyclic {
        return;
    }
    let (Some(first), Some(last)) = (outline.graph.index(from.as_str()), outline.graph.index(to.as_str()))
    else {
        return;
    };
    let Some((total, way)) = outline.graph.longest(first, last, |index| outline.steps[index].timeout_ms())
    else {
        return cx.say(
            Code::BudgetBackwards,
            budget.to.span(),
            format!("{} does not come after {}", quoted(to.as_str()), quoted(from.as_str())),
            "a budget spans from one step to a later one",
        );
    };
    if let Some(max) = budget.max.spanned()
        && total > max.value.0
    {
        let longest = way.iter().max_by_key(|index| outline.steps[**index].timeout_ms());
        let mut diagnostic = Diagnostic::new(
            Code::OverBudget,
            max.span,
            format!(
                "the timeouts from {} to {} add up to {}, longer than the budget",
                quoted(from.as_str()),
                quoted(to.as_str()),
                Duration(total)
            ),
        )
        .help("shorten the timeouts, so that each step fails in time to go back");
        if let Some(longest) = longest {
            let step = &outline.steps[*longest];
            diagnostic =
                diagnostic.label(step.def.id.span(), format!("the longest: {}", Duration(step.timeout_ms())));
        }
        cx.add(diagnostic);
    }
}

/// What changes the world needs a way back.
fn way_back(cx: &Cx<'_>, outline: &Outline<'_>) {
    let Some(runbook) = outline.runbook else { return };
    let effect = |def: &&crate::outline::StepEntry<'_>| {
        def.effect() != StepEffect::None
            && !matches!(def.kind.map(|kind| kind.name), Some("notify" | "retire" | "undo") | None)
    };
    if let Some(step) = outline.steps.iter().find(effect)
        && !runbook.rollback.is_written()
    {
        cx.say(
            Code::NoRollback,
            step.def.id.span(),
            format!("{} changes the world, and there is no `rollback`", quoted(step.id)),
            "say who may call the way back, what triggers it, and its plan",
        );
    }
}
