use std::collections::BTreeSet;

use super::{Cx, condition, expression, gate, step_with};
use crate::check::{FactSpec, FactType};
use crate::expression::Want;
use crate::model::{Checks, StepDef, Undo};
use crate::outline::{Outline, StepEntry};
use crate::plan::StepEffect;
use crate::steps::{STEP_KINDS, SideRule, StepKind, Undoes, WithRule};
use crate::syntax::{Code, Diagnostic, Span, Spanned, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    if let Some(steps) = outline.runbook.and_then(|runbook| runbook.steps.get()) {
        let ids = steps.iter().filter_map(|step| Some((step.value.id.span(), step.value.id.get()?.as_str())));
        cx.unique("steps", ids);
    }
    for (index, step) in outline.steps.iter().enumerate() {
        one(cx, outline, step, outline.past[index]);
        for need in step.def.needs.get().into_iter().flatten() {
            cx.step(outline, Spanned { span: need.span, value: &need.value });
        }
        no_undo(cx, step, outline.past[index]);
    }
    not_built(cx, outline);
    if let Some(adjust) = outline.slice.and_then(|slice| slice.adjust.get()) {
        for (_, steps) in adjust.after.get().into_iter().flatten() {
            for step in crate::outline::steps::listed(&steps.value) {
                one(cx, outline, &step, false);
            }
        }
    }
}

/// One note for all kinds that are only named in this version.
fn not_built(cx: &Cx<'_>, outline: &Outline<'_>) {
    let named =
        || outline.steps.iter().filter_map(|step| Some((step, step.kind?))).filter(|(_, kind)| !kind.built);
    let kinds: BTreeSet<&str> = named().map(|(_, kind)| kind.name).collect();
    if let Some((first, _)) = named().next() {
        let names: Vec<&str> = kinds.into_iter().collect();
        cx.say(
            Code::StepKindNotBuilt,
            first.def.kind.span(),
            format!("this version plans these steps and does not run them: {}", names.join(", ")),
            "`cutover check` judges the checks; `cutover run` refuses before its first effect",
        );
    }
}

/// Rules of one step, whatever list it stands in.
pub(super) fn one(cx: &Cx<'_>, outline: &Outline<'_>, step: &StepEntry<'_>, past: bool) {
    let def = step.def;
    cx.role_field(outline, &def.owner);
    if let Some(unit) = def.unit.spanned()
        && outline.unit(unit.value.as_str()).is_none()
        && outline.runbook.is_some()
    {
        let message = format!("there is no unit {}", quoted(unit.value.as_str()));
        let known = outline.units.iter().map(|unit| unit.name);
        cx.add(Diagnostic::new(Code::UnknownUnit, unit.span, message).known(unit.value.as_str(), known));
    }
    let wait = step.is("wait");
    for way in [&def.on_fail, &def.on_timeout, &def.on_unknown] {
        cx.way(outline, way.spanned(), wait, past);
    }
    if let Some(when) = def.when.spanned() {
        expression::lint(cx, when.span, when.value.as_str(), Some(&when_facts(cx)), Want::Boolean);
    }
    if let Some(confirm) = def.confirm.get() {
        condition::lint(cx, outline, confirm);
    }
    for_each(cx, def);
    let Some(kind) = step.kind else {
        if let Some(name) = def.kind.spanned() {
            let message = format!("there is no kind of step {}", quoted(name.value.as_str()));
            let known = STEP_KINDS.iter().map(|kind| kind.name);
            cx.add(
                Diagnostic::new(Code::UnknownStepKind, name.span, message).known(name.value.as_str(), known),
            );
        }
        return;
    };
    keys(cx, step, kind);
    side(cx, step, kind);
    effect(cx, step, kind);
    step_with::lint(cx, outline, step);
    match def.checks.get() {
        Some(Checks::Named(names)) => {
            for name in names {
                cx.check(outline, Spanned { span: name.span, value: &name.value });
            }
        }
        Some(Checks::All) | None => {}
    }
    cx.role_list(outline, &def.roles);
    if let Some(until) = def.until.get() {
        condition::lint(cx, outline, until);
    }
    scope(cx, outline, def);
    if let Some(of) = def.of.spanned() {
        cx.step(outline, of);
    }
    if kind.name == "manual" && !def.owner.is_written() {
        cx.say(
            Code::ManualWithoutOwner,
            def.id.span(),
            "a manual step needs an owner",
            "name the role that does it: owner: conductor",
        );
    }
    if kind.name == "manual" && def.confirm.is_written() {
        cx.say(
            Code::KeyOfOtherKind,
            def.confirm.span(),
            "a person is believed: the `confirm` of a `manual` is never looked at",
            "put a step of kind `wait` or `check` behind it",
        );
    }
    if kind.name == "gate" {
        gate::lint(cx, outline, step, past);
    }
}

/// What `when` may name: the parameters, the environment and whether this is a rehearsal.
fn when_facts(cx: &Cx<'_>) -> Vec<FactSpec> {
    let mut specs = vec![
        FactSpec::new("environment", FactType::Text, "name of the environment"),
        FactSpec::new("rehearsal", FactType::Boolean, "this run is a rehearsal"),
    ];
    for used in &cx.loaded.parameters {
        let kind = match &used.value {
            serde_json::Value::Bool(_) => FactType::Boolean,
            serde_json::Value::String(_) => FactType::Text,
            number if number.is_i64() || number.is_u64() => FactType::Integer,
            _ => FactType::Number,
        };
        specs.push(FactSpec {
            name: used.name.clone().into(),
            kind,
            doc: "a parameter".into(),
            optional: false,
        });
    }
    specs
}

fn for_each(cx: &Cx<'_>, def: &StepDef) {
    let Some(items) = def.for_each.spanned() else { return };
    if items.value.is_empty() {
        cx.say(
            Code::NothingGiven,
            items.span,
            "the list is empty: the step would not exist",
            "list at least one item, or remove the step",
        );
    }
    cx.unique("items", items.value.iter().map(|item| (item.span, item.value.as_str())));
}

/// Keys that only certain kinds have.
fn keys(cx: &Cx<'_>, step: &StepEntry<'_>, kind: &StepKind) {
    let def = step.def;
    let written: [(&str, bool, Span); 15] = [
        ("checks", def.checks.is_written(), def.checks.span()),
        ("scope", def.scope.is_written(), def.scope.span()),
        ("require", def.require.is_written(), def.require.span()),
        ("fresh", def.fresh.is_written(), def.fresh.span()),
        ("hold", def.hold.is_written(), def.hold.span()),
        ("poll", def.poll.is_written(), def.poll.span()),
        ("decide", def.decide.is_written(), def.decide.span()),
        ("commit_point", def.commit_point.is_written(), def.commit_point.span()),
        ("until", def.until.is_written(), def.until.span()),
        ("every", def.every.is_written(), def.every.span()),
        ("for", def.for_.is_written(), def.for_.span()),
        ("of", def.of.is_written(), def.of.span()),
        ("roles", def.roles.is_written(), def.roles.span()),
        ("on", def.on.is_written(), def.on.span()),
        ("with", def.with.is_written(), def.with.span()),
    ];
    for (key, is_written, span) in written {
        let fits = match key {
            "on" => kind.side != SideRule::Never,
            "with" => kind.with != WithRule::Nothing,
            key => kind.keys.contains(&key),
        };
        if is_written && !fits {
            let span = Span { end: span.end.min(span.start + 40), ..span };
            let help = if kind.keys.is_empty() {
                "remove it".to_owned()
            } else {
                format!("a `{}` has: {}", kind.name, kind.keys.join(", "))
            };
            cx.say(
                Code::KeyOfOtherKind,
                span,
                format!("a step of kind `{}` has no `{key}`", kind.name),
                help,
            );
        }
        if !is_written && kind.needs.contains(&key) {
            cx.say(
                Code::KeyOfKindMissing,
                def.kind.span(),
                format!("a step of kind `{}` needs `{key}`", kind.name),
                format!("add `{key}: …`"),
            );
        }
    }
    if kind.needs.contains(&"roles") && def.roles.get().is_some_and(|roles| roles.is_empty()) {
        cx.say(
            Code::KeyOfKindMissing,
            def.roles.span(),
            format!("a step of kind `{}` with no role is signed by nobody", kind.name),
            "name who signs: roles: [app_owner, rollback_owner]",
        );
    }
}

fn side(cx: &Cx<'_>, step: &StepEntry<'_>, kind: &StepKind) {
    if kind.side == SideRule::Must && !step.def.on.is_written() {
        cx.say(
            Code::SideMissing,
            step.def.kind.span(),
            format!("a step of kind `{}` says on which side", kind.name),
            "add on: source, or on: target",
        );
    }
}

/// Commands say what they do to the world, and how that is seen.
fn effect(cx: &Cx<'_>, step: &StepEntry<'_>, kind: &StepKind) {
    let def = step.def;
    if let Some(own) = kind.effect
        && def.effect.get().is_some()
        && step.effect() != own
        && kind.name != "manual"
    {
        cx.say(
            Code::KeyOfOtherKind,
            def.effect.span(),
            format!("the effect of a `{}` is known", kind.name),
            "remove the line; exec, http and manual declare theirs",
        );
    }
    if kind.effect.is_some() {
        return;
    }
    if !def.effect.is_written() {
        cx.say(
            Code::EffectUnsaid,
            def.kind.span(),
            format!("a step of kind `{}` says what it does to the world: `effect` is missing", kind.name),
            "effect: none, idempotent (repeating it changes nothing), guarded, or once",
        );
    } else if step.effect() != StepEffect::None && def.effect.get().is_some() && !def.confirm.is_written() {
        cx.say(
            Code::EffectUnsaid,
            def.effect.span(),
            "a command with an effect says how its success is seen: `confirm` is missing",
            "confirm: { check: C } or confirm: { probe: P, on: SIDE, of: [names], until: EXPR }",
        );
    }
}

fn no_undo(cx: &Cx<'_>, step: &StepEntry<'_>, past: bool) {
    let def = step.def;
    if let (Some(Undo::None), false) = (def.undo.get(), def.why.is_written()) {
        cx.say(
            Code::WhyMissing,
            def.undo.span(),
            "`undo: none` needs a reason",
            "add why: …; what follows this step counts as past the commit point",
        );
    }
    if def.why.is_written() && !matches!(def.undo.get(), Some(Undo::None)) && !def.undo.is_written() {
        cx.say(
            Code::KeyOfOtherKind,
            def.why.span(),
            "`why` stands beside `undo: none`",
            "remove it, or write undo: none",
        );
    }
    let Some(kind) = step.kind else { return };
    if let Some(Undo::Command(command)) = def.undo.get() {
        undo_command(cx, kind, def.undo.span(), command);
    }
    if step.lacks_undo() && step.effect() != StepEffect::None && def.effect.get().is_some() {
        let place = if past { "after the commit point" } else { "before the commit point" };
        cx.say(
            Code::NoUndo,
            def.id.span(),
            format!("the step {} stands {place}, changes the world and has no undo", quoted(step.id)),
            "add undo: { do: exec, with: { argv: […] } }, or undo: none with a why",
        );
    }
}

fn undo_command(cx: &Cx<'_>, kind: &StepKind, span: Span, command: &crate::model::UndoCommand) {
    if kind.undoes == Undoes::Derived {
        let span = Span { end: span.end.min(span.start + 1), ..span };
        cx.say(
            Code::KeyOfOtherKind,
            span,
            format!("the undo of a `{}` is derived from what it did", kind.name),
            "remove `undo`; only exec and http steps write theirs",
        );
    }
    if kind.undoes == Undoes::NothingToUndo {
        let span = Span { end: span.end.min(span.start + 1), ..span };
        let what = match kind.name {
            "manual" => {
                "a person takes back what a person did: the undo of a `manual` is never called".to_owned()
            }
            other => format!("a `{other}` has nothing to take back: its undo is never called"),
        };
        cx.say(
            Code::KeyOfOtherKind,
            span,
            what,
            "remove `undo`; what a command takes back, do by one: an exec or http step with this undo",
        );
    }
    let name = command.kind.value.as_str();
    match name {
        "exec" => step_with::call(cx, "exec", &command.with.value),
        "http" => step_with::call(cx, "http", &command.with.value),
        other => {
            let message = format!("{} is no kind of undo", quoted(other));
            cx.add(
                Diagnostic::new(Code::UnknownStepKind, command.kind.span, message)
                    .known(other, ["exec", "http"]),
            );
        }
    }
}

/// `all`, or `since-STEP`.
fn scope(cx: &Cx<'_>, outline: &Outline<'_>, def: &StepDef) {
    let Some(scope) = def.scope.spanned() else { return };
    let text = scope.value.as_str();
    let since = text.strip_prefix("since-");
    let known = |name: &str| outline.slice.is_some() || outline.graph.index(name).is_some();
    if text == "all" || since.is_some_and(known) {
        return;
    }
    let steps: Vec<String> = outline
        .steps
        .iter()
        .filter(|step| step.is("check"))
        .map(|step| format!("since-{}", step.id))
        .collect();
    let message = format!("{} is no scope", quoted(text));
    cx.add(
        Diagnostic::new(Code::UnknownStep, scope.span, message)
            .known(text, steps.iter().map(String::as_str).chain(["all"])),
    );
}
