use std::collections::HashSet;

use super::{Cx, check};
use crate::Level;
use crate::model::{Guard, Need, Require};
use crate::outline::{Outline, StepEntry};
use crate::syntax::{Code, Span, Spanned, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>, step: &StepEntry<'_>, past: bool) {
    let def = step.def;
    if let Some(tree) = def.require.get() {
        require(cx, outline, tree);
    }
    if let Some(poll) = def.poll.get() {
        cx.role_list(outline, &poll.roles);
        let asked = poll.roles.get();
        let wanted = outline.site.and_then(|site| site.policy.get()?.poll.get());
        for role in wanted.into_iter().flatten() {
            if asked.is_some_and(|asked| !asked.iter().any(|role_asked| role_asked.value == role.value)) {
                cx.say(
                    Code::PollIncomplete,
                    poll.roles.span(),
                    format!("the site's policy asks {} at every poll", quoted(role.value.as_str())),
                    format!("add {} to the roles", role.value),
                );
            }
        }
        if let (Some(Need::AtLeast(need)), Some(asked)) = (poll.need.get(), asked)
            && *need as usize > asked.len()
        {
            let message = format!("{need} roles must say go, and {} are asked", asked.len());
            cx.say(Code::NeedTooMany, poll.need.span(), message, "ask more roles, or need fewer");
        }
    }
    if let Some(decide) = def.decide.get() {
        cx.role_field(outline, &decide.role);
        cx.way(outline, decide.silence_is.spanned(), false, past);
    }
    if let (Some(hold), Some(tree)) = (def.hold.get(), def.require.get()) {
        let checks = checks_of(outline, tree);
        let any_live = checks.iter().any(|id| outline.check(id).is_some_and(check::is_live));
        // A gate over a slice's or a library's unknown checks is not judged.
        if !any_live && checks.iter().all(|id| outline.check(id).is_some()) {
            let span = Span { end: hold.span.end.min(hold.span.start + 1), ..hold.span };
            cx.say(
                Code::HoldWithoutLive,
                span,
                "a hold measures live kinds again and again, and this gate requires none",
                "require a live check (such as replication-health), or remove `hold`",
            );
        }
        if let (Some(for_), Some(every)) = (hold.for_.get(), hold.every.spanned())
            && every.value.0 > for_.0
        {
            cx.say(
                Code::BadValue,
                every.span,
                format!("measured every {}, a hold of {for_} measures once", every.value),
                "measure more often",
            );
        }
    }
}

fn require(cx: &Cx<'_>, outline: &Outline<'_>, tree: &Require) {
    let span = Span { end: tree.span.end.min(tree.span.start + 1), ..tree.span };
    let written = [
        tree.all.is_written(),
        tree.any.is_written(),
        tree.not.is_written(),
        tree.check.is_written(),
        tree.dimension.is_written(),
        tree.scorecard.is_written(),
        tree.step.is_written(),
    ];
    if written.iter().filter(|written| **written).count() != 1 {
        cx.say(
            Code::NotOneWay,
            span,
            "exactly one of all, any, not, check, dimension, scorecard, step is needed here",
            "several conditions stand in a list: all: [ { check: … }, { step: … } ]",
        );
    }
    for (list, name) in [(&tree.all, "all"), (&tree.any, "any")] {
        if list.get().is_some_and(|list| list.is_empty()) && list.is_written() {
            cx.say(
                Code::NotOneWay,
                list.span(),
                format!("an empty `{name}` requires nothing"),
                "a gate that requires nothing is no gate",
            );
        }
        for part in list.get().into_iter().flatten() {
            require(cx, outline, &part.value);
        }
    }
    if let Some(part) = tree.not.get() {
        require(cx, outline, part);
    }
    cx.check_field(outline, &tree.check);
    cx.step_field(outline, &tree.step);
    level(cx, outline, tree, span);
}

/// Yellow passes only with a guard; red and unknown never pass.
fn level(cx: &Cx<'_>, outline: &Outline<'_>, tree: &Require, span: Span) {
    match tree.at_least.spanned() {
        Some(Spanned { span, value: Level::Red | Level::Unknown }) => cx.say(
            Code::LevelTooLow,
            span,
            "nothing red or unknown passes a gate",
            "at_least: green, or yellow with a guard; an exception for people is `cutover override`",
        ),
        Some(Spanned { span, value: Level::Yellow }) if !tree.guard.is_written() => cx.say(
            Code::YellowNeedsGuard,
            span,
            "yellow passes only with a guard that is enforced",
            "add guard: { window: 60m }, { wave: N } or { trigger: ID }",
        ),
        _ => {}
    }
    if (tree.at_least.is_written() || tree.guard.is_written())
        && (tree.all.is_written() || tree.any.is_written() || tree.not.is_written() || tree.step.is_written())
    {
        cx.say(
            Code::KeyOfOtherKind,
            span,
            "at_least and guard belong to a check, a dimension or the scorecard",
            "write them at each leaf",
        );
    }
    match tree.guard.spanned() {
        Some(Spanned { span, value: Guard::Trigger(trigger) }) => {
            cx.trigger(outline, Spanned { span, value: trigger });
            let called = super::rollback::triggers(outline)
                .any(|known| known.id.get() == Some(trigger) && !known.check.is_written());
            if called {
                cx.say(
                    Code::YellowNeedsGuard,
                    span,
                    format!(
                        "trigger {trigger} is called by people: nothing measures it, so it guards nothing"
                    ),
                    "name a trigger with a check, or another guard",
                );
            }
        }
        Some(Spanned { span, value: Guard::Wave(most) }) if outline.units.len() > *most as usize => {
            cx.say(
                Code::YellowNeedsGuard,
                span,
                format!(
                    "yellow passes for {most} units at most, and this runbook moves {}",
                    outline.units.len()
                ),
                "move fewer units in one runbook, or another guard",
            );
        }
        _ => {}
    }
}

/// Ids of every check a tree looks at.
fn checks_of<'a>(outline: &Outline<'a>, tree: &'a Require) -> HashSet<&'a str> {
    let mut ids = HashSet::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        open.extend(
            tree.all
                .get()
                .into_iter()
                .flatten()
                .chain(tree.any.get().into_iter().flatten())
                .map(|part| &part.value),
        );
        open.extend(tree.not.get().map(|part| &**part));
        ids.extend(tree.check.get().map(|id| id.as_str()));
        if tree.scorecard.is_written() {
            ids.extend(outline.checks.iter().map(|check| check.id));
        }
        if let Some(dimension) = tree.dimension.get() {
            ids.extend(
                outline
                    .checks
                    .iter()
                    .filter(|check| check.dimension() == Some(*dimension))
                    .map(|check| check.id),
            );
        }
    }
    ids
}

/// Whether the commit point's gate names this check itself.
pub(super) fn at_commit_point(outline: &Outline<'_>, check: &str) -> bool {
    let Some(gate) = outline.commit else { return false };
    let Some(tree) = outline.steps[gate].def.require.get() else { return false };
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        if tree.check.get().is_some_and(|id| id.as_str() == check) {
            return true;
        }
        open.extend(
            tree.all
                .get()
                .into_iter()
                .flatten()
                .chain(tree.any.get().into_iter().flatten())
                .map(|part| &part.value),
        );
        open.extend(tree.not.get().map(|part| &**part));
    }
    false
}

/// Whether this gate looks at a check of this kind, itself or through its dimension or the scorecard.
pub(super) fn looks_at_kind(outline: &Outline<'_>, gate: usize, kind: &str) -> bool {
    let Some(tree) = outline.steps[gate].def.require.get() else { return false };
    demanded(outline, tree).iter().any(|id| outline.check(id).is_some_and(|check| check.kind_name == kind))
}

/// Checks that must be good for the gate to open: not those under `any` or `not`.
fn demanded<'a>(outline: &Outline<'a>, tree: &'a Require) -> HashSet<&'a str> {
    let mut ids = HashSet::new();
    for part in tree.all.get().into_iter().flatten() {
        ids.extend(demanded(outline, &part.value));
    }
    if let Some([only]) = tree.any.get().map(|any| any.iter().collect::<Vec<_>>()).as_deref() {
        ids.extend(demanded(outline, &only.value));
    }
    if !tree.all.is_written() && !tree.any.is_written() && !tree.not.is_written() {
        ids.extend(checks_of(outline, tree));
    }
    ids
}
