use super::{Cx, expression};
use crate::check::FactSpec;
use crate::expression::Want;
use crate::model::Condition;
use crate::outline::Outline;
use crate::steps::LOOKS;
use crate::syntax::{Code, Diagnostic, Span, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>, condition: &Condition) {
    let span = Span { end: condition.span.end.min(condition.span.start + 1), ..condition.span };
    match (condition.check.is_written(), condition.probe.is_written()) {
        (true, true) | (false, false) => cx.say(
            Code::OneOf,
            span,
            "a condition is either a check or a probe",
            "{ check: C, at_least: L } or { probe: P, on: SIDE, of: [names], until: EXPR }",
        ),
        (true, false) => {
            cx.one_check(outline, &condition.check);
            for (written, key) in [
                (condition.until.is_written(), "until"),
                (condition.of.is_written(), "of"),
                (condition.on.is_written(), "on"),
            ] {
                if written {
                    cx.say(
                        Code::KeyOfOtherKind,
                        span,
                        format!("`{key}` belongs to a probe, not to a check"),
                        "remove it",
                    );
                }
            }
        }
        (false, true) => probe(cx, condition, span),
    }
}

fn probe(cx: &Cx<'_>, condition: &Condition, span: Span) {
    if condition.at_least.is_written() {
        cx.say(
            Code::KeyOfOtherKind,
            condition.at_least.span(),
            "`at_least` belongs to a check, not to a probe",
            "write `until`",
        );
    }
    if !condition.until.is_written() {
        cx.say(Code::KeyOfKindMissing, span, "a probe needs `until`", "for example until: \"members == 0\"");
    }
    let Some(name) = condition.probe.spanned() else { return };
    let Some((_, facts)) = LOOKS.iter().find(|(probe, _)| *probe == name.value.as_str()) else {
        let message = format!("there is no probe {}", quoted(name.value.as_str()));
        let known = LOOKS.iter().map(|(probe, _)| *probe);
        cx.add(Diagnostic::new(Code::UnknownProbe, name.span, message).known(name.value.as_str(), known));
        return;
    };
    let specs: Vec<FactSpec> =
        facts.iter().map(|(name, kind, doc)| FactSpec::new(name, *kind, doc)).collect();
    if let Some(until) = condition.until.spanned() {
        expression::lint(cx, until.span, until.value.as_str(), Some(&specs), Want::Boolean);
    }
}
