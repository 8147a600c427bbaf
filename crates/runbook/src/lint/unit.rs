use std::collections::HashMap;

use super::Cx;
use super::expression;
use crate::expression::{BusinessKey, Want};
use crate::model::{GroupDef, Marker, TargetBornDef, TruthDef};
use crate::outline::{Outline, UnitParts};
use crate::syntax::{Code, Diagnostic, Span, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>, unit: &UnitParts<'_>) {
    match unit.owner {
        Some(owner) => cx.role(outline, owner),
        None if !unit.of_slice && !owner_written(outline, unit) => cx.say(
            Code::UnitWithoutOwner,
            unit.span,
            format!("the unit {} has no owner", quoted(unit.name)),
            "name a role: owner: app_owner",
        ),
        None => {}
    }
    if unit.topics.get().is_some_and(|topics| topics.is_empty()) {
        cx.say(
            Code::NothingMoves,
            unit.topics.span(),
            format!("the unit {} moves no topics", quoted(unit.name)),
            "name them",
        );
    }
    cx.unique("topics", unit.all_topics().map(|topic| (topic.span, topic.value.as_str())));
    for (name, group) in unit.groups() {
        one_group(cx, unit, name.value.as_str(), name.span, &group.value);
    }
    key(cx, unit.business_key.spanned());
    for (_, position) in unit.external_positions.get().into_iter().flatten() {
        marker(cx, &position.value);
    }
    target_born(cx, unit);
    for reader in unit.stays_behind.get().into_iter().flatten() {
        cx.person_field(outline, &reader.value.accepted_by);
        let Some(group) = reader.value.group.spanned() else { continue };
        if let Some((moves, _)) = unit.groups().find(|(name, _)| name.value == *group.value) {
            let message =
                format!("the group {} moves with the unit and stays behind", quoted(group.value.as_str()));
            cx.add(
                Diagnostic::new(Code::StaysAndMoves, group.span, message)
                    .label(moves.span, "it moves here")
                    .help("keep one of the two"),
            );
        }
    }
}

/// Spans of the target that are left out: each lies in a topic of the unit, holds offsets, and overlaps no other.
fn target_born(cx: &Cx<'_>, unit: &UnitParts<'_>) {
    let mut before: Vec<(&TargetBornDef, Span)> = Vec::new();
    for written in unit.target_born.get().into_iter().flatten() {
        let (def, span) = (&written.value, written.value.span);
        if let Some(topic) = def.topic.spanned()
            && !unit.all_topics().any(|own| own.value == *topic.value)
        {
            let message = format!(
                "the topic {} is not one of the unit {}",
                quoted(topic.value.as_str()),
                quoted(unit.name)
            );
            cx.say(
                Code::BornSpan,
                topic.span,
                message,
                "name a topic of the unit, retry and dead_letter included",
            );
        }
        if let (Some(from), Some(to)) = (def.from.get(), def.to.get())
            && from >= to
        {
            let message = format!("no offset is from {from} on and before {to}");
            cx.say(
                Code::BornSpan,
                def.to.span(),
                message,
                "`to` is the offset behind the last record of the span",
            );
        }
        if let Some(partition) = def.partition.get().filter(|partition| i32::try_from(**partition).is_err()) {
            let message = format!("there is no partition {partition}");
            cx.say(
                Code::BornSpan,
                def.partition.span(),
                message,
                format!("the largest there can be is {}", i32::MAX),
            );
        }
        if let Some((_, other)) = before.iter().find(|(other, _)| overlap(other, def)) {
            cx.add(
                Diagnostic::new(Code::BornSpan, span, "two spans of one partition overlap")
                    .label(*other, "the other one")
                    .help("write each offset once"),
            );
        }
        before.push((def, span));
    }
}

fn overlap(one: &TargetBornDef, other: &TargetBornDef) -> bool {
    let place = |def: &TargetBornDef| Some((def.topic.get()?.as_str().to_owned(), *def.partition.get()?));
    let ends = |def: &TargetBornDef| Some((*def.from.get()?, *def.to.get()?));
    let (Some(one_at), Some(other_at)) = (place(one), place(other)) else { return false };
    let (Some(one), Some(other)) = (ends(one), ends(other)) else { return false };
    one_at == other_at && one.0 < other.1 && other.0 < one.1
}

fn owner_written(outline: &Outline<'_>, unit: &UnitParts<'_>) -> bool {
    let units = outline.runbook.and_then(|runbook| runbook.units.get()).into_iter().flatten();
    units.into_iter().any(|(name, def)| name.value.as_str() == unit.name && def.value.owner.is_written())
}

fn one_group(cx: &Cx<'_>, unit: &UnitParts<'_>, name: &str, span: Span, group: &GroupDef) {
    key(cx, group.business_key.spanned());
    if !group.session_timeout.is_written() {
        cx.say(
            Code::NoSessionTimeout,
            span,
            format!("the group {} does not say its session timeout", quoted(name)),
            "static members stay in a group that long after they stop; with session_timeout a stop is not believed too early",
        );
    }
    if let Some(TruthDef::Marker(position)) = group.truth.get() {
        marker(cx, position);
    }
    let tolerates = group.tolerates.get().or(unit.tolerates.get());
    let business_key = group.business_key.is_written() || unit.business_key.is_written();
    if let Some(tolerates) = tolerates {
        for amount in [&tolerates.replayed, &tolerates.skipped] {
            if let Some(crate::model::Amount::Keys(_) | crate::model::Amount::EventTime(_)) = amount.get() {
                cx.say(
                    Code::ToleranceNotJudged,
                    amount.span(),
                    "event time and business keys are not judged by this version: nothing is tolerated here",
                    "write a number of records",
                );
            }
            if let Some(crate::model::Amount::Keys(_)) = amount.get()
                && !business_key
            {
                cx.say(
                    Code::KeyOfKindMissing,
                    amount.span(),
                    "business keys are tolerated, and nothing says what a record's business key is",
                    "add business_key: \"value | fromjson | attr('order_id')\"",
                );
            }
        }
    }
}

/// What an expression over a record may name.
fn key(cx: &Cx<'_>, written: Option<crate::syntax::Spanned<&crate::model::ExpressionText>>) {
    if let Some(written) = written {
        expression::lint(cx, written.span, written.value.as_str(), Some(&BusinessKey::FACTS), Want::Key);
    }
}

fn marker(cx: &Cx<'_>, marker: &Marker) {
    let written = [marker.exec.is_written(), marker.http.is_written(), marker.file.is_written()];
    if written.iter().filter(|written| **written).count() != 1 {
        let span = Span { end: marker.span.end.min(marker.span.start + 1), ..marker.span };
        cx.say(Code::OneOf, span, "exactly one of exec, http, file is needed here", "keep one of them");
    }
}

/// Rules over all units of a runbook.
pub(super) fn across(cx: &Cx<'_>, outline: &Outline<'_>) {
    let mut seen: HashMap<&str, (Span, &str)> = HashMap::new();
    for unit in &outline.units {
        for (group, _) in unit.groups() {
            let name = group.value.as_str();
            match seen.get(name) {
                Some((first, other)) => cx.add(
                    Diagnostic::new(
                        Code::GroupInTwoUnits,
                        group.span,
                        format!("the group {} is in two units", quoted(name)),
                    )
                    .label(*first, format!("it is in unit `{other}` already"))
                    .help("a group moves once; put the two units together, or split the group"),
                ),
                None => {
                    seen.insert(name, (group.span, unit.name));
                }
            }
        }
    }
    let Some(runbook) = outline.runbook else { return };
    if runbook.units.get().is_some_and(|units| units.is_empty()) {
        cx.say(
            Code::NothingMoves,
            runbook.units.span(),
            "the runbook moves nothing",
            "describe at least one unit",
        );
    }
}
