use super::Cx;
use crate::check::FactSpec;
use crate::expression::{Expression, Fault, FaultKind, Want};
use crate::load::fill::fault_at;
use crate::syntax::{Code, Span};

/// Checks an expression; without `specs` (a kind whose facts are not known) only that it parses.
pub(super) fn lint(cx: &Cx<'_>, span: Span, text: &str, specs: Option<&[FactSpec]>, want: Want) {
    match Expression::parse(text) {
        Err(fault) => add(cx, span, text, &fault),
        Ok(expression) => {
            for fault in specs.map(|specs| expression.check(specs, want)).unwrap_or_default() {
                add(cx, span, text, &fault);
            }
        }
    }
}

fn add(cx: &Cx<'_>, span: Span, text: &str, fault: &Fault) {
    let code = match fault.kind {
        FaultKind::Syntax => Code::BadExpression,
        FaultKind::UnknownFact => Code::UnknownFact,
        FaultKind::Operands => Code::WrongOperands,
        FaultKind::Result => Code::WrongResult,
        FaultKind::BareNumber => Code::BareNumber,
    };
    cx.add(fault_at(&cx.loaded.sources, span, text, fault, code));
}
