use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Cx, expression};
use crate::check::{FactSpec, FactType};
use crate::checks::{KINDS, build, kind};
use crate::expression::Want;
use crate::model::Text;
use crate::outline::{CheckEntry, Outline};
use crate::steps::step_kind;
use crate::syntax::decode::{decode_empty, decode_with};
use crate::syntax::{Code, Diagnostic, SourceId, Span, Spanned, quoted};
use crate::{Dimension, Proof};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    cx.unique("checks", outline.checks.iter().map(|check| (check.span, check.id)));
    for check in &outline.checks {
        one(cx, Some(outline), check);
    }
    not_built(cx, outline);
}

/// One note a file, at the first check of a kind that is only named in this version.
fn not_built(cx: &Cx<'_>, outline: &Outline<'_>) {
    let mut files: BTreeMap<SourceId, (Span, BTreeSet<&str>)> = BTreeMap::new();
    for check in &outline.checks {
        if let Some(kind) = check.kind
            && !kind.built
        {
            let (first, kinds) =
                files.entry(check.kind_span.source).or_insert((check.kind_span, BTreeSet::new()));
            *first = (*first).min(check.kind_span);
            kinds.insert(kind.name);
        }
    }
    for (first, kinds) in files.into_values() {
        let names: Vec<&str> = kinds.into_iter().collect();
        let (is, it) =
            if names.len() == 1 { ("kind is", "its checks are") } else { ("kinds are", "their checks are") };
        cx.say(
            Code::KindNotBuilt,
            first,
            format!("{} {is} not in this version, {it} unknown: {}", names.len(), names.join(", ")),
            "they parse and plan; a gate that needs one of them stays shut",
        );
    }
}

/// Rules of one check; without an outline (a library alone) names of steps and roles are passed over.
pub(super) fn one(cx: &Cx<'_>, outline: Option<&Outline<'_>>, check: &CheckEntry<'_>) {
    let Some(kind) = check.kind else {
        let message = format!("there is no kind of check {}", quoted(check.kind_name));
        let known = KINDS.iter().map(|kind| kind.name);
        let mut diagnostic =
            Diagnostic::new(Code::UnknownCheckKind, check.kind_span, message).known(check.kind_name, known);
        if !check.def.kind.is_written()
            && !diagnostic.help.as_ref().is_some_and(|help| help.starts_with("did"))
        {
            diagnostic =
                diagnostic.help("say which kind it is: use: exec, or one of the kinds in docs/kinds");
        }
        return cx.add(diagnostic);
    };
    place(cx, check);
    let facts = facts(cx, check);
    rules(cx, check, facts.as_deref());
    if let Some(outline) = outline {
        cx.role_field(outline, &check.def.owner);
        due(cx, outline, check);
    }
    if let Some(wait_out) = check.def.settle.get().and_then(|settle| settle.wait_out.spanned()) {
        settle(cx, wait_out);
    }
    if let Some(items) = check.def.for_each.spanned() {
        cx.unique("items", items.value.iter().map(|item| (item.span, item.value.as_str())));
    }
    if matches!(kind.name, "exec" | "http")
        && check.def.with.get().is_none()
        && !check.def.with.is_written()
        && !kind.built
    {
        cx.say(
            Code::MissingKey,
            check.def.span,
            "the key `with` is missing here",
            "say what to run: with: { argv: […] }",
        );
    }
}

/// Only kinds that cannot know state their dimension and proof.
fn place(cx: &Cx<'_>, check: &CheckEntry<'_>) {
    let Some(kind) = check.kind else { return };
    let (dimension, proof) = (&check.def.dimension, &check.def.proof);
    if kind.dimension.is_none() {
        for (written, key, example) in [
            (dimension.is_written(), "dimension", "dimension: operations"),
            (proof.is_written(), "proof", "proof: signal"),
        ] {
            if !written {
                cx.say(
                    Code::NeedsPlace,
                    check.span,
                    format!("a check of kind `{}` says where it counts: `{key}` is missing", kind.name),
                    format!("for example {example}"),
                );
            }
        }
    } else {
        let own =
            format!("{} and {}", kind.dimension.map_or("", Dimension::id), kind.proof.map_or("", Proof::id));
        let differs = dimension.get().is_some_and(|d| Some(*d) != kind.dimension);
        let differs = (differs, proof.get().is_some_and(|p| Some(*p) != kind.proof));
        for (differs, span) in [(differs.0, dimension.span()), (differs.1, proof.span())] {
            if differs {
                cx.say(
                    Code::HasPlace,
                    span,
                    format!("a check of kind `{}` counts for {own}", kind.name),
                    "remove the line; exec, http, promql, datadog and review state their own",
                );
            }
        }
    }
    if let (Some(dimension), Some(proof)) = (check.dimension(), check.proof())
        && kind.dimension.is_none()
        && proof != Proof::Application
        && !Proof::required(dimension).contains(&proof)
    {
        let known: Vec<&str> = Proof::required(dimension).iter().map(|proof| proof.id()).collect();
        cx.say(
            Code::ProofElsewhere,
            check.def.proof.span(),
            format!("`{}` is no proof of {}", proof.id(), dimension.id()),
            format!("proofs of {}: {}, application", dimension.id(), known.join(", ")),
        );
    }
    let covered = check.def.covers.get().is_some_and(|covers| !covers.is_empty());
    if check.proof() == Some(Proof::Signal)
        && kind.dimension.is_none()
        && !covered
        && !check.def.covers.is_written()
    {
        cx.say(
            Code::CoversNothing,
            check.span,
            "a signal says what it covers: `covers` is missing",
            "covers: [source], [target], [replication] or several of them",
        );
    }
}

/// The facts of a check. `None`: not known before the kind is built.
fn facts(cx: &Cx<'_>, check: &CheckEntry<'_>) -> Option<Vec<FactSpec>> {
    let kind = check.kind?;
    if !kind.built {
        return declared(cx, check);
    }
    let built = match check.def.with.get() {
        Some(raw) => {
            let tree = cx.loaded.tree(raw)?;
            decode_with(tree, raw.0.node, cx.found, |with| {
                build(kind.name, with).unwrap_or_else(|| Err(cannot_build()))
            })
        }
        None if check.def.with.is_written() => None,
        None => decode_empty(check.span, cx.found, "with", |with| {
            build(kind.name, with).unwrap_or_else(|| Err(cannot_build()))
        }),
    };
    built.map(|built| built.facts_of())
}

fn cannot_build<E: serde::de::Error>() -> E {
    E::custom("this kind is not built")
}

/// Facts that exec and http checks declare.
fn declared(cx: &Cx<'_>, check: &CheckEntry<'_>) -> Option<Vec<FactSpec>> {
    if !matches!(check.kind_name, "exec" | "http") {
        return None;
    }
    let raw = check.def.with.get()?;
    let tree = cx.loaded.tree(raw)?;
    let (_, facts) = tree.entry(raw.0.node, "facts")?;
    let crate::syntax::Value::Table(entries) = &tree.node(facts).value else { return None };
    let mut specs = Vec::new();
    for (name, node) in entries {
        let word = tree.json(*node, false);
        match fact_type(&word) {
            Some(kind) => {
                specs.push(FactSpec { name: name.text.clone().into(), kind, doc: "".into(), optional: false })
            }
            None => cx.say(
                Code::BadFactType,
                tree.node(*node).span,
                format!("{word} is not the type of a fact"),
                "types: boolean, integer, number, text, duration, size",
            ),
        }
    }
    (specs.len() == entries.len()).then_some(specs)
}

pub(crate) fn fact_type(word: &Json) -> Option<FactType> {
    serde_json::from_value(word.clone()).ok()
}

fn rules(cx: &Cx<'_>, check: &CheckEntry<'_>, facts: Option<&[FactSpec]>) {
    let (green, yellow) = (check.def.green.spanned(), check.def.yellow.spanned());
    for rule in [green, yellow].into_iter().flatten() {
        expression::lint(cx, rule.span, rule.value.as_str(), facts, Want::Boolean);
    }
    if let Some(yellow) = yellow
        && !check.def.green.is_written()
    {
        cx.say(
            Code::YellowWithoutGreen,
            yellow.span,
            "`yellow` stands beside `green`: what is not green but true here",
            "write `green` too; together they replace the kind's own rule",
        );
    }
}

fn due(cx: &Cx<'_>, outline: &Outline<'_>, check: &CheckEntry<'_>) {
    let Some(due) = check.def.due.spanned() else { return };
    let name = due.value.as_str();
    if outline.slice.is_some() || outline.graph.index(name).is_some() || step_kind(name).is_some() {
        return;
    }
    let steps = outline.steps.iter().map(|step| step.id);
    let known = steps.chain(crate::steps::STEP_KINDS.iter().map(|kind| kind.name));
    let message = format!("there is no step and no kind of step {}", quoted(name));
    cx.add(Diagnostic::new(Code::UnknownStep, due.span, message).known(name, known));
}

fn settle(cx: &Cx<'_>, wait_out: Spanned<&Text>) {
    use crate::model::text::Written;
    let text = wait_out.value.as_str();
    if text != "replication_lag"
        && let Err(refusal) = crate::model::Duration::parse(text)
    {
        cx.say(
            refusal.code,
            wait_out.span,
            format!("{} is neither replication_lag nor a duration", quoted(text)),
            "write replication_lag, or for example 30s",
        );
    }
}

/// Whether a check of this entry can be measured again and again within a hold.
pub(super) fn is_live(check: &CheckEntry<'_>) -> bool {
    // Of a kind that is not built nobody knows.
    check.kind.is_some_and(|known| known.live || !known.built || kind(known.name).is_none())
}
