//! What the kinds take under `with`, and whether it names something.

use std::collections::HashSet;

use super::Cx;
use super::site;
use crate::model::{
    CapturePositions, CommitOffsets, CommitOffsetsBack, Duration, ExecWith, Fence, FenceBy, HttpWith, Id,
    Ledger, ManualWith, Names, NotifyWith, OnRefusal, Opaque, PauseGroupSync, PauseReplication, Raw, Retire,
    StartStop, SyncAcls, Tool, TopicConfig,
};
use crate::outline::{Outline, StepEntry, UnitParts};
use crate::steps::WithRule;
use crate::syntax::decode::decode_lenient;
use crate::syntax::{Code, Diagnostic, Diagnostics, List, Optional, Span, Value, quoted};

/// Which of a unit's things a step names.
pub(super) enum Named<'a> {
    All,
    These(Vec<&'a str>),
}

/// The groups and the producers a step stops or starts. What is wrong with them is drawn where the step is linted.
pub(super) fn named<'a>(cx: &Cx<'a>, step: &StepEntry<'_>) -> [Option<Named<'a>>; 2] {
    if !step.is("stop-app") && !step.is("start-app") {
        return [None, None];
    }
    let table = step.def.with.get().and_then(|raw| Some((cx.loaded.tree(raw)?, raw.0.node)));
    ["groups", "producers"].map(|key| {
        let (tree, node) = table?;
        let (_, names) = tree.entry(node, key)?;
        match &tree.node(names).value {
            Value::Text(word) if word == "unit" => Some(Named::All),
            Value::List(items) => Some(Named::These(
                items
                    .iter()
                    .filter_map(|item| match &tree.node(*item).value {
                        Value::Text(name) => Some(name.as_str()),
                        _ => None,
                    })
                    .collect(),
            )),
            _ => None,
        }
    })
}

/// Whether a fence refuses producers instead of looking that they are stopped.
pub(super) fn fences_by_acl(cx: &Cx<'_>, step: &StepEntry<'_>) -> bool {
    let table = step.def.with.get().and_then(|raw| Some((cx.loaded.tree(raw)?, raw.0.node)));
    let by = table.and_then(|(tree, node)| Some(&tree.node(tree.entry(node, "by")?.1).value));
    matches!(by, Some(Value::Text(word)) if word == "acl")
}

fn read<T: for<'t> serde::Deserialize<'t>>(cx: &Cx<'_>, raw: &Raw) -> Option<T> {
    decode_lenient(cx.loaded.tree(raw)?, raw.0.node, cx.found)
}

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>, step: &StepEntry<'_>) {
    let Some(kind) = step.kind else { return };
    let Some(raw) = step.def.with.get() else {
        let needs = !matches!(
            kind.with,
            WithRule::Nothing | WithRule::Retire | WithRule::Ledger | WithRule::CapturePositions
        );
        if needs && !step.def.with.is_written() {
            let message = format!("a step of kind `{}` needs `with`", kind.name);
            cx.say(
                Code::KeyOfKindMissing,
                step.def.kind.span(),
                message,
                "say what it works on, for example with: { topics: unit }",
            );
        }
        return;
    };
    let names = Checked { cx, outline, step };
    match kind.with {
        WithRule::Nothing => {}
        WithRule::StartStop => {
            if let Some(with) = read::<StartStop>(cx, raw) {
                if !with.groups.is_written() && !with.producers.is_written() {
                    let span = Span { end: with.span.end.min(with.span.start + 1), ..with.span };
                    cx.say(
                        Code::OneOf,
                        span,
                        "groups, producers, or both are needed here",
                        "with: { groups: unit }",
                    );
                }
                names.groups(with.groups.get());
                names.producers(with.producers.get());
                stop_too_short(cx, outline, step, with.groups.get());
            }
        }
        WithRule::Fence => {
            if let Some(with) = read::<Fence>(cx, raw) {
                names.topics(with.topics.get());
                fence(cx, outline, step, &with);
            }
        }
        WithRule::PauseReplication => {
            if let Some(with) = read::<PauseReplication>(cx, raw) {
                names.topics(with.topics.get());
                names.groups(with.groups.get());
            }
        }
        WithRule::PauseGroupSync => {
            if let Some(with) = read::<PauseGroupSync>(cx, raw) {
                names.groups(with.groups.get());
            }
        }
        WithRule::CapturePositions => {
            if let Some(with) = read::<CapturePositions>(cx, raw) {
                names.groups(with.groups.get());
                names.topics(with.topics.get());
            }
        }
        WithRule::CommitOffsets => {
            if let Some(with) = read::<CommitOffsets>(cx, raw) {
                names.groups(with.groups.get());
                captured(cx, outline, &with.from);
            }
        }
        WithRule::CommitOffsetsBack => {
            if let Some(with) = read::<CommitOffsetsBack>(cx, raw) {
                names.groups(with.groups.get());
                captured(cx, outline, &with.from);
            }
        }
        WithRule::Ledger => {
            if let Some(with) = read::<Ledger>(cx, raw) {
                names.topics(with.topics.get());
                captured(cx, outline, &with.from);
            }
        }
        WithRule::SyncAcls => {
            if let Some(with) = read::<SyncAcls>(cx, raw) {
                names.principals(with.principals.get());
            }
        }
        WithRule::TopicConfig => {
            if let Some(with) = read::<TopicConfig>(cx, raw) {
                names.topics(with.topics.get());
                config_sync(cx, outline, &with);
            }
        }
        WithRule::Retire => drop(read::<Retire>(cx, raw)),
        WithRule::Manual => {
            if let Some(with) = read::<ManualWith>(cx, raw) {
                fact_types(cx, with.facts.get());
            }
        }
        WithRule::Notify => {
            if let Some(with) = read::<NotifyWith>(cx, raw)
                && let Some(bearer) = with.bearer.get()
            {
                site::secret(cx, outline.site, Some(outline), bearer);
            }
        }
        WithRule::Exec => call(cx, "exec", raw),
        WithRule::Http => {
            call(cx, "http", raw);
            let silent = Diagnostics::default();
            let with: Option<HttpWith> =
                cx.loaded.tree(raw).and_then(|tree| decode_lenient(tree, raw.0.node, &silent));
            if let Some(bearer) = with.as_ref().and_then(|with| with.bearer.get()) {
                site::secret(cx, outline.site, Some(outline), bearer);
            }
        }
    }
}

/// A command or request.
pub(super) fn call(cx: &Cx<'_>, kind: &str, raw: &Raw) {
    if kind == "exec" {
        let Some(with) = read::<ExecWith>(cx, raw) else { return };
        if let Some(argv) = with.argv.get() {
            match argv.iter().next() {
                Some(program) if program.value.as_str().starts_with("./") => {
                    cx.must_exist(program.value.as_str(), program.span)
                }
                Some(_) => {}
                None => cx.say(
                    Code::NothingGiven,
                    with.argv.span(),
                    "there is no program to run",
                    "name it: argv: [./script.sh]",
                ),
            }
        }
        fact_types(cx, with.facts.get());
    } else {
        let Some(with) = read::<HttpWith>(cx, raw) else { return };
        let written = [&with.get, &with.put, &with.post, &with.patch, &with.delete]
            .iter()
            .filter(|url| url.is_written())
            .count();
        if written != 1 {
            let span = Span { end: with.span.end.min(with.span.start + 1), ..with.span };
            cx.say(
                Code::OneOf,
                span,
                "exactly one of get, put, post, patch, delete is needed here",
                "with: { get: https://… }",
            );
        }
        fact_types(cx, with.facts.get());
    }
}

fn fact_types(cx: &Cx<'_>, facts: Option<&crate::syntax::Table<crate::model::Id, Raw>>) {
    for (_, raw) in facts.into_iter().flatten() {
        let word = cx.loaded.json(&raw.value, false);
        if super::check::fact_type(&word).is_none() {
            let types = "types: boolean, integer, number, text, duration, size";
            cx.say(Code::BadFactType, raw.span, format!("{word} is not the type of a fact"), types);
        }
    }
}

/// Checks names against the step's unit.
struct Checked<'c, 'a> {
    cx: &'c Cx<'a>,
    outline: &'c Outline<'a>,
    step: &'c StepEntry<'a>,
}

/// So many names are looked for one by one.
const FEW: usize = 16;

impl Checked<'_, '_> {
    fn unit(&self) -> Option<&UnitParts<'_>> {
        let unit = self.outline.unit_of(self.step);
        if unit.is_none() && !self.step.def.unit.is_written() && self.outline.units.len() > 1 {
            let known: Vec<&str> = self.outline.units.iter().map(|unit| unit.name).collect();
            self.cx.say(
                Code::KeyOfKindMissing,
                self.step.def.id.span(),
                format!("the step {} does not say which unit it works on", quoted(self.step.id)),
                format!("add unit: {}", known.join(" or ")),
            );
        }
        unit
    }

    fn names(
        &self,
        names: Option<&Names>,
        code: Code,
        what: &str,
        known: for<'u> fn(&'u UnitParts<'u>) -> Vec<&'u str>,
    ) {
        let Some(names) = names else { return };
        let Some(unit) = self.unit() else { return };
        if let Names::Listed(list) = names {
            self.each(list, code, what, unit.name, &known(unit));
        }
    }

    fn each(&self, list: &List<Opaque>, code: Code, what: &str, unit: &str, known: &[&str]) {
        // Of thousands of steps each names few: a set of all that is known would cost each of them more.
        let set: Option<HashSet<&str>> = (list.len() > FEW).then(|| known.iter().copied().collect());
        let is_known =
            |text: &str| set.as_ref().map_or_else(|| known.contains(&text), |set| set.contains(text));
        for name in list {
            let text = name.value.as_str();
            if !text.contains("{{") && !is_known(text) {
                let message = format!("the unit `{unit}` has no {what} {}", quoted(text));
                self.cx.add(Diagnostic::new(code, name.span, message).known(text, known.iter().copied()));
            }
        }
    }

    fn topics(&self, names: Option<&Names>) {
        self.names(names, Code::UnknownTopic, "topic", |unit| {
            unit.all_topics().map(|topic| topic.value.as_str()).collect()
        });
    }

    fn groups(&self, names: Option<&Names>) {
        self.names(names, Code::UnknownGroup, "group", |unit| {
            unit.groups().map(|(name, _)| name.value.as_str()).collect()
        });
    }

    fn producers(&self, names: Option<&Names>) {
        self.names(names, Code::UnknownProducer, "producer", |unit| {
            unit.producers().map(|(name, _)| name.value.as_str()).collect()
        });
    }

    fn principals(&self, names: Option<&Names>) {
        self.names(names, Code::UnknownProducer, "principal", |unit| unit.all_principals().collect());
    }
}

/// A stop is not believed before the group is empty, and whoever went without a word is a member until its session is
/// over; the look that sees it gone takes its time too.
fn stop_too_short(cx: &Cx<'_>, outline: &Outline<'_>, step: &StepEntry<'_>, groups: Option<&Names>) {
    let (Some(groups), true) = (groups, step.is("stop-app")) else { return };
    let written = step.def.timeout.get().and_then(|timeout| timeout.total.spanned()).map(|total| total.span);
    let total = Duration(step.timeout_ms());
    for (name, group) in outline.unit_of(step).into_iter().flat_map(UnitParts::groups) {
        let named = || match groups {
            Names::Unit => true,
            Names::Listed(list) => list.iter().any(|listed| listed.value.as_str() == name.value.as_str()),
        };
        // What is cheap first: thousands of steps may stop thousands of groups.
        if let Some(session) = group.value.session_timeout.get()
            && session.0 >= total.0
            && named()
        {
            cx.say(
                Code::StopTooShort,
                written.unwrap_or(step.def.id.span()),
                format!(
                    "a member of {} that goes without leaving counts for {session}, and this stop gives up after {total}",
                    quoted(name.value.as_str())
                ),
                "give the stop more than the session timeout: timeout: { total: … }",
            );
        }
    }
}

/// By ACL alone writes are refused, and what the producers do then must be known.
fn fence(cx: &Cx<'_>, outline: &Outline<'_>, step: &StepEntry<'_>, with: &Fence) {
    let Some(by) = with.by.spanned().filter(|by| *by.value == FenceBy::Acl) else { return };
    for (name, producer) in outline.unit_of(step).into_iter().flat_map(UnitParts::producers) {
        if matches!(producer.value.on_refusal.get(), Some(OnRefusal::Buffers | OnRefusal::Retries)) {
            continue;
        }
        let span =
            if producer.value.on_refusal.is_written() { producer.value.on_refusal.span() } else { name.span };
        cx.add(
            Diagnostic::new(
                Code::FenceNeedsRefusal,
                span,
                format!("{} is fenced by ACL alone, and its records in flight are lost unless it buffers or retries", quoted(name.value.as_str())),
            )
            .label(by.span, "fenced here")
            .help("declare on_refusal: buffers or retries when it does, or fence with by: stop"),
        );
    }
    cx.say(
        Code::FenceCapsYellow,
        by.span,
        "a fence by ACL alone caps offset parity at yellow",
        "stopping producers lets them flush; the ACL is then the backstop",
    );
}

/// Offsets are landed from positions that a step has captured.
fn captured(cx: &Cx<'_>, outline: &Outline<'_>, from: &Optional<Id>) {
    let Some(from) = from.spanned() else { return };
    if cx.step(outline, from)
        && let Some(step) = outline.step(from.value.as_str())
        && !step.is("capture-positions")
    {
        let captures: Vec<&str> =
            outline.steps.iter().filter(|s| s.is("capture-positions")).map(|s| s.id).collect();
        let message = format!("{} does not capture positions", quoted(from.value.as_str()));
        cx.add(Diagnostic::new(Code::UnknownStep, from.span, message).known(from.value.as_str(), captures));
    }
}

fn config_sync(cx: &Cx<'_>, outline: &Outline<'_>, with: &TopicConfig) {
    let tool = outline.site.and_then(|site| site.replication.get()?.tool.get());
    if tool == Some(&Tool::Mirrormaker2)
        && let Some(set) = with.set.get()
    {
        let keys: Vec<&str> = set.iter().map(|(key, _)| key.value.as_str()).collect();
        cx.say(
            Code::ConfigSync,
            with.set.span(),
            format!("MirrorMaker 2 puts {} back unless it is excluded from its config sync", keys.join(", ")),
            "add the keys to config.properties.exclude; the step looks again after one sync interval",
        );
    }
}
