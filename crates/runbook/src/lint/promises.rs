//! Freeze and out of scope: every promise is also watched.

use super::Cx;
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, Span, quoted};

/// What can be watched; `topic.configs` also with one setting, `topic.configs.retention.ms`.
static WATCHED: &[&str] = &[
    "acls",
    "cluster.brokers",
    "connectors",
    "credentials",
    "group.members",
    "group.protocol",
    "quotas",
    "schemas",
    "topic.configs",
    "topic.ids",
    "topic.partitions",
    "topic.replication",
];

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    let Some(runbook) = outline.runbook else {
        if let Some(slice) = outline.slice {
            slice_window(cx, slice);
        }
        return;
    };
    if let Some(freeze) = runbook.freeze.get() {
        for word in freeze.watch.get().into_iter().flatten() {
            watched(cx, word.span, word.value.as_str());
        }
        cx.way(outline, freeze.on_drift.spanned(), false, false);
        let opens = runbook.window.get().and_then(|window| window.opens.get());
        if let (Some(from), Some(opens)) = (freeze.from.spanned(), opens)
            && from.value.0 > opens.0
        {
            cx.say(
                Code::FreezeTooLate,
                from.span,
                "the freeze begins after the window opens",
                "freeze before what is measured can drift",
            );
        }
    }
    for promise in runbook.out_of_scope.get().into_iter().flatten() {
        if let Some(watch) = promise.value.watch.spanned() {
            watched(cx, watch.span, watch.value.as_str());
        }
    }
    super::site::secrets(
        cx,
        runbook.secrets.get().into_iter().flatten().map(|(_, secret)| &secret.value),
        Some(outline),
    );
}

fn watched(cx: &Cx<'_>, span: Span, word: &str) {
    let one_setting = word.strip_prefix("topic.configs.").is_some_and(|setting| !setting.is_empty());
    if !one_setting && !WATCHED.contains(&word) {
        let message = format!("{} cannot be watched", quoted(word));
        cx.add(Diagnostic::new(Code::UnknownWatch, span, message).known(word, WATCHED.iter().copied()));
    }
}

fn slice_window(cx: &Cx<'_>, slice: &crate::model::SliceDoc) {
    let Some(window) = slice.window.get() else { return };
    if window.closes.is_written() == window.length.is_written() {
        let span = Span { end: window.span.end.min(window.span.start + 1), ..window.span };
        cx.say(Code::OneOf, span, "a window has exactly one of closes, length", "keep one of them");
    }
    if let (Some(opens), Some(closes)) = (window.opens.get(), window.closes.spanned())
        && closes.value <= opens
    {
        cx.say(
            Code::WindowTooShort,
            closes.span,
            "the window closes before it opens",
            "exchange the two, or correct one",
        );
    }
}
