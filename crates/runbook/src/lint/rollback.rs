use super::{Cx, step};
use crate::Level;
use crate::model::{Act, RollbackPlan, TargetBorn, TriggerDef, Triggers};
use crate::outline::{Outline, steps};
use crate::plan::{StepEffect, StepGraph};
use crate::syntax::{Code, Span, Spanned, quoted};
use crate::world::Side;

/// The triggers of a runbook.
pub(super) fn triggers<'a>(outline: &Outline<'a>) -> impl Iterator<Item = &'a TriggerDef> + use<'a> {
    let listed = match outline.rollback().and_then(|rollback| rollback.triggers.get()) {
        Some(Triggers::Listed(list)) => Some(list),
        Some(Triggers::None) | None => None,
    };
    listed.into_iter().flatten().map(|trigger| &trigger.value)
}

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    let Some(rollback) = outline.rollback() else { return };
    match rollback.triggers.get() {
        Some(Triggers::None) if !rollback.why.is_written() => cx.say(
            Code::TriggersNeedWhy,
            rollback.triggers.span(),
            "`triggers: none` needs a reason",
            "add why: … beside it; the rollback dimension is red without triggers",
        ),
        Some(Triggers::None) => cx.say(
            Code::NoTriggers,
            rollback.triggers.span(),
            "without triggers the rollback dimension is red",
            "one check that measures, and one person who may call it",
        ),
        Some(Triggers::Listed(_)) => complete(cx, outline, rollback.triggers.span()),
        None => {}
    }
    cx.unique(
        "triggers",
        triggers(outline).filter_map(|trigger| Some((trigger.id.span(), trigger.id.get()?.as_str()))),
    );
    for trigger in triggers(outline) {
        one_trigger(cx, outline, trigger);
    }
    for (name, plan) in rollback.plans.get().into_iter().flatten() {
        one_plan(cx, outline, name.value.as_str(), &plan.value);
    }
    if rollback.plans.get().is_some_and(|plans| plans.is_empty()) {
        cx.say(
            Code::NothingGiven,
            rollback.plans.span(),
            "there is no plan back",
            "name one: back: { authority_after: source }",
        );
    }
}

fn complete(cx: &Cx<'_>, outline: &Outline<'_>, span: Span) {
    let span = Span { end: span.end.min(span.start + 1), ..span };
    if !triggers(outline).any(|trigger| trigger.check.is_written()) {
        cx.say(
            Code::NoMeasuredTrigger,
            span,
            "no trigger measures anything",
            "let at least one watch a check: { check: C, breach: red, for: 90s, … }",
        );
    }
    if !triggers(outline).any(|trigger| trigger.called_by.is_written()) {
        cx.say(
            Code::NobodyMayCall,
            span,
            "nobody may call the rollback",
            "let at least one be called by a person: { id: call, called_by: [rollback_owner], plan: P }",
        );
        return;
    }
    let plans = outline.rollback().and_then(|rollback| rollback.plans.get());
    for (name, _) in plans.into_iter().flatten() {
        let calls = |trigger: &TriggerDef| {
            trigger.called_by.is_written()
                && trigger.plan.get().is_none_or(|plan| plan.as_str() == name.value.as_str())
        };
        if !triggers(outline).any(calls) {
            cx.say(
                Code::NobodyMayCall,
                name.span,
                format!("nobody may call the plan {}", quoted(name.value.as_str())),
                format!(
                    "let a person call it: {{ id: call, called_by: [rollback_owner], plan: {} }}",
                    name.value.as_str()
                ),
            );
        }
    }
}

fn one_trigger(cx: &Cx<'_>, outline: &Outline<'_>, trigger: &TriggerDef) {
    if let Some(plan) = trigger.plan.spanned() {
        cx.plan(outline, plan);
    }
    cx.one_check(outline, &trigger.check);
    cx.role_list(outline, &trigger.called_by);
    let span = if trigger.id.is_written() { trigger.id.span() } else { trigger.span };
    let unclear = |what: &str, help: &str| cx.say(Code::TriggerUnclear, span, what, help);
    if trigger.check.is_written() == trigger.called_by.is_written() {
        unclear("a trigger either watches a check or is called by people", "write check, or called_by");
    }
    if trigger.check.is_written() {
        for (written, key, example) in [
            (trigger.breach.is_written(), "breach", "breach: red"),
            (trigger.for_.is_written(), "for", "for: 90s"),
            (trigger.armed.is_written(), "armed", "armed: { from: STEP, until: STEP }"),
            (trigger.act.is_written(), "act", "act: ask"),
        ] {
            if !written {
                unclear(&format!("a trigger that watches a check needs `{key}`"), example);
            }
        }
    }
    if trigger.breach.get() == Some(&Level::Green) {
        cx.say(
            Code::TriggerUnclear,
            trigger.breach.span(),
            "green is no breach",
            "breach: red, unknown or yellow",
        );
    }
    if trigger.act.get() == Some(&Act::Ask) && !trigger.ask.is_written() {
        unclear(
            "a trigger that asks says whom, and what silence means",
            "ask: { role: R, answer_within: 2m, silence_is: hold }",
        );
    }
    if let Some(ask) = trigger.ask.get() {
        cx.role_field(outline, &ask.role);
        cx.way(outline, ask.silence_is.spanned(), false, true);
    }
    armed(cx, outline, trigger);
}

fn armed(cx: &Cx<'_>, outline: &Outline<'_>, trigger: &TriggerDef) {
    let Some(armed) = trigger.armed.get() else { return };
    let known = (cx.step_field(outline, &armed.from), cx.step_field(outline, &armed.until));
    let (Some(from), Some(until)) = (armed.from.get(), armed.until.get()) else { return };
    if known != (true, true) {
        return;
    }
    let (Some(first), Some(last)) = (outline.graph.index(from.as_str()), outline.graph.index(until.as_str()))
    else {
        return;
    };
    if first != last && !outline.graph.after(first)[last] {
        cx.say(
            Code::TriggerUnclear,
            armed.until.span(),
            format!("{} does not come after {}", quoted(until.as_str()), quoted(from.as_str())),
            "a trigger is armed from one step until a later one",
        );
    }
    let proved = trigger.plan.get().and_then(|plan| plan_of(outline, plan.as_str())).is_some_and(|plan| {
        plan.target_progress.get().and_then(|progress| progress.target_born.get()) == Some(&TargetBorn::None)
    });
    let past = outline.past[last] || outline.commit == Some(last);
    if trigger.act.get() == Some(&Act::Auto) && past && !proved {
        cx.say(
            Code::AutoNeedsProof,
            trigger.act.span(),
            "after the commit point a rollback without asking needs proof that nothing was born on the target",
            "act: ask, or a plan with target_progress: { target_born: none, … }",
        );
    }
}

fn plan_of<'a>(outline: &Outline<'a>, name: &str) -> Option<&'a RollbackPlan> {
    let plans = outline.rollback()?.plans.get()?;
    plans.iter().find(|(id, _)| id.value.as_str() == name).map(|(_, plan)| &plan.value)
}

fn one_plan(cx: &Cx<'_>, outline: &Outline<'_>, name: &str, plan: &RollbackPlan) {
    if let Some(observe) = plan.observe.get() {
        cx.check_list(outline, &observe.checks);
    }
    if let Some(Spanned { span, value: TargetBorn::Reconcile(check) }) =
        plan.target_progress.get().and_then(|progress| progress.target_born.spanned())
    {
        cx.check(outline, Spanned { span, value: check });
    }
    let Some(additions) = plan.steps.get() else { return };
    let entries = steps::listed(additions);
    cx.unique(
        "steps",
        additions.iter().filter_map(|s| Some((s.value.id.span(), s.value.id.get()?.as_str()))),
    );
    let graph = StepGraph::new(entries.iter().map(|entry| (entry.id, entry.needs.clone())));
    for entry in &entries {
        step::one(cx, outline, entry, true);
        if entry.effect() == StepEffect::Once {
            cx.say(
                Code::OnceInRollback,
                entry.def.effect.span(),
                format!(
                    "{} may run only once, and a rollback is taken up again after a crash",
                    quoted(entry.id)
                ),
                "make it idempotent, or let a person do it: do: manual",
            );
        }
        for need in entry.def.needs.get().into_iter().flatten() {
            if graph.index(need.value.as_str()).is_none() {
                let known = entries.iter().map(|entry| entry.id);
                let message =
                    format!("the plan {} has no step {}", quoted(name), quoted(need.value.as_str()));
                cx.add(
                    crate::syntax::Diagnostic::new(Code::UnknownStep, need.span, message)
                        .known(need.value.as_str(), known),
                );
            }
        }
    }
    for cycle in graph.cycles() {
        let ids: Vec<&str> = cycle.iter().map(|index| graph.id(*index)).collect();
        let message = format!("steps wait for each other: {}", ids.join(" → "));
        cx.say(Code::Cycle, entries[cycle[0]].def.id.span(), message, "remove one of the needs");
    }
    let target = entries.iter().find(|entry| entry.side() == Some(Side::Target));
    if let Some(entry) = target {
        cx.say(
            Code::NeedsTarget,
            entry.def.id.span(),
            format!("the plan {} needs the target here, and may have to run without it", quoted(name)),
            "a step that needs the target holds while it cannot be reached; let it be one that can be left out",
        );
    }
}
