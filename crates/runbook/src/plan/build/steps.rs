use std::collections::HashMap;

use serde_json::Value as Json;

use super::items;
use crate::model::{Id, StepDef, Undo};
use crate::outline::steps::listed;
use crate::outline::{Outline, StepEntry};
use crate::plan::PlannedStep;
use crate::syntax::{List, NodeId, Span, Tree, Value};

/// Keys that a planned step has as fields of its own.
const OWN: &[&str] = &[
    "id",
    "title",
    "do",
    "needs",
    "unit",
    "on",
    "effect",
    "owner",
    "est",
    "commit_point",
    "why",
    "for_each",
];

/// With `written`, values that depend on the environment are their templates: what a digest is made of.
pub(super) fn steps(outline: &Outline<'_>, written: bool) -> Option<Vec<PlannedStep>> {
    let place = outline.runbook.map(|runbook| runbook.steps.span());
    planned(outline, &outline.steps, nodes(outline, place, &["steps"]), written)
}

/// The additions of one rollback plan.
pub(super) fn of_back(
    outline: &Outline<'_>,
    plan: &str,
    additions: &List<StepDef>,
    span: Span,
) -> Option<Vec<PlannedStep>> {
    let entries = listed(additions);
    let nodes = nodes(outline, Some(span), &["rollback", "plans", plan, "steps"]);
    let mut planned = planned(outline, &entries, nodes, false)?;
    planned.iter_mut().for_each(|step| step.commit_point = false);
    Some(planned)
}

fn planned<'a>(
    outline: &'a Outline<'a>,
    entries: &[StepEntry<'a>],
    nodes: HashMap<Span, (&'a Tree, NodeId)>,
    written: bool,
) -> Option<Vec<PlannedStep>> {
    // A step waits for all items of what it needs.
    let ids: HashMap<&str, Vec<String>> = entries
        .iter()
        .map(|step| {
            (
                step.id,
                items::of(&step.def.for_each).into_iter().map(|item| items::id(step.id, item)).collect(),
            )
        })
        .collect();
    let several = several(outline);
    let mut planned = Vec::with_capacity(entries.len());
    for (index, step) in entries.iter().enumerate() {
        let rest = nodes.get(&step.def.span).map_or(Json::Null, |(tree, node)| rest(tree, *node, written));
        let rest = unfolded(rest, &several);
        for item in items::of(&step.def.for_each) {
            planned.push(PlannedStep {
                id: items::id(step.id, item),
                kind: step.kind?.name.to_owned(),
                title: text(outline, step.def.title.get().map(|title| title.as_str()), item, written),
                needs: step
                    .needs
                    .iter()
                    .flat_map(|need| ids.get(need).cloned().unwrap_or_default())
                    .collect(),
                unit: outline.unit_of(step).map(|unit| unit.name.to_owned()),
                on: step.side(),
                effect: step.effect(),
                owner: owner(outline, step),
                est_ms: step.est_ms(),
                timeout_ms: Some(timeout(outline, step)),
                commit_point: outline.commit == Some(index),
                no_undo: matches!(step.def.undo.get(), Some(Undo::None))
                    .then(|| step.def.why.get().map_or_else(String::new, |why| why.as_str().to_owned())),
                with: items::fill(rest.clone(), item, outline.loaded, written),
            });
        }
    }
    Some(planned)
}

/// How many steps and needs the plan will have.
pub(super) fn extent(outline: &Outline<'_>) -> (usize, usize) {
    let count = |step: &StepEntry<'_>| step.def.for_each.get().map_or(1, List::len);
    let counts: HashMap<&str, usize> = outline.steps.iter().map(|step| (step.id, count(step))).collect();
    outline.steps.iter().fold((0_usize, 0_usize), |(steps, needs), step| {
        let own: usize = step.needs.iter().filter_map(|need| counts.get(need)).sum();
        (steps.saturating_add(count(step)), needs.saturating_add(own.saturating_mul(count(step))))
    })
}

fn text(outline: &Outline<'_>, text: Option<&str>, item: Option<&str>, written: bool) -> Option<String> {
    items::fill(Json::from(text?), item, outline.loaded, written).as_str().map(str::to_owned)
}

/// Checks made for each of several items, with the ids of all.
fn several<'a>(outline: &Outline<'a>) -> HashMap<&'a str, Vec<String>> {
    let checks = outline.checks.iter().filter(|check| check.def.for_each.is_written());
    checks
        .map(|check| {
            let each =
                items::of(&check.def.for_each).into_iter().map(|item| items::id(check.id, item)).collect();
            (check.id, each)
        })
        .collect()
}

/// Names of checks, with all items of those that have several.
pub(super) fn every_item(outline: &Outline<'_>, names: Vec<String>) -> Vec<String> {
    let several = several(outline);
    names
        .into_iter()
        .flat_map(|name| several.get(name.as_str()).cloned().unwrap_or_else(|| vec![name]))
        .collect()
}

/// A step that names such a check means all of its items.
fn unfolded(mut rest: Json, several: &HashMap<&str, Vec<String>>) -> Json {
    if several.is_empty() {
        return rest;
    }
    if let Some(Json::Array(names)) = rest.get_mut("checks") {
        *names = std::mem::take(names)
            .into_iter()
            .flat_map(|name| match name.as_str().and_then(|name| several.get(name)) {
                Some(each) => each.iter().map(|id| Json::from(id.as_str())).collect(),
                None => vec![name],
            })
            .collect();
    }
    if let Some(require) = rest.get_mut("require") {
        unfold(require, several);
    }
    rest
}

fn unfold(tree: &mut Json, several: &HashMap<&str, Vec<String>>) {
    if let Some(each) = tree.get("check").and_then(Json::as_str).and_then(|name| several.get(name)) {
        let leaf = |id: &String| {
            let mut leaf = tree.clone();
            leaf["check"] = id.as_str().into();
            leaf
        };
        *tree = serde_json::json!({ "all": each.iter().map(leaf).collect::<Vec<_>>() });
        return;
    }
    for list in ["all", "any"] {
        if let Some(Json::Array(parts)) = tree.get_mut(list) {
            parts.iter_mut().for_each(|part| unfold(part, several));
        }
    }
    if let Some(part) = tree.get_mut("not") {
        unfold(part, several);
    }
}

/// As written; else the kind's own, at most as long as the window.
fn timeout(outline: &Outline<'_>, step: &StepEntry<'_>) -> u64 {
    let written = step.def.timeout.get().and_then(|timeout| timeout.total.get()).is_some();
    let window = outline.runbook.and_then(|runbook| runbook.window.get());
    let length = window.and_then(|window| {
        let length = window.closes.get()?.0.as_millisecond() - window.opens.get()?.0.as_millisecond();
        u64::try_from(length).ok()
    });
    match length {
        Some(length) if !written => step.timeout_ms().min(length),
        _ => step.timeout_ms(),
    }
}

/// The step's own owner, else the role that answers it, else the unit's owner.
fn owner(outline: &Outline<'_>, step: &StepEntry<'_>) -> Option<String> {
    let own = step.def.owner.get().map(Id::as_str);
    let decides = step.def.decide.get().and_then(|decide| decide.role.get()).map(Id::as_str);
    let unit = outline.unit_of(step).and_then(|unit| unit.owner).map(|owner| owner.value);
    own.or(decides).or(unit).map(str::to_owned)
}

/// The nodes of the steps, by their place.
fn nodes<'a>(outline: &Outline<'a>, place: Option<Span>, path: &[&str]) -> HashMap<Span, (&'a Tree, NodeId)> {
    let mut nodes = HashMap::new();
    let tree = outline.loaded.trees.iter().find(|tree| place.is_some_and(|span| tree.source == span.source));
    if let Some(tree) = tree
        && let Some(root) = tree.root()
        && let Some(list) = path.iter().try_fold(root, |at, key| Some(tree.entry(at, key)?.1))
        && let Value::List(items) = &tree.node(list).value
    {
        nodes.extend(items.iter().map(|item| (tree.node(*item).span, (tree, *item))));
    }
    nodes
}

fn rest(tree: &Tree, step: NodeId, written: bool) -> Json {
    match tree.json(step, written) {
        Json::Object(entries) => {
            Json::Object(entries.into_iter().filter(|(key, _)| !OWN.contains(&key.as_str())).collect())
        }
        other => other,
    }
}
