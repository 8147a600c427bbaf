use std::cell::RefCell;
use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Code, Span};
use crate::limits::MAX_DIAGNOSTICS;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DiagnosticSeverity {
    /// The runbook does not mean what its author thinks, or means nothing; nothing is planned or run.
    Error,
    /// It can be planned, and is likely wrong.
    Warning,
    /// Worth knowing; the file is clean.
    Note,
}

impl DiagnosticSeverity {
    pub fn word(self) -> &'static str {
        match self {
            DiagnosticSeverity::Error => "error",
            DiagnosticSeverity::Warning => "warning",
            DiagnosticSeverity::Note => "note",
        }
    }
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One problem of a runbook, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub message: String,
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
    pub labels: Vec<Label>,
}

impl Diagnostic {
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, message: message.into(), span, help: None, labels: Vec::new() }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Help that names the nearest known name, or lists what is known when nothing is near.
    #[must_use]
    pub fn known<'a>(mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        let mut names: Vec<&str> = known.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        self.help = Some(match super::nearest(written, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there is none".to_owned(),
            None if names.len() > 24 => format!("known: {}, …", names[..24].join(", ")),
            None => format!("known: {}", names.join(", ")),
        });
        self
    }

    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub fn severity(&self) -> DiagnosticSeverity {
        self.code.severity()
    }
}

/// The problems found so far. Shared by everything that reads a runbook, hence the cell.
#[derive(Debug, Default)]
pub struct Diagnostics {
    items: RefCell<Vec<Diagnostic>>,
    seen: RefCell<HashSet<(Code, Span)>>,
}

impl Diagnostics {
    /// Records a problem; the same code at the same place counts once, and nothing beyond the limit is kept.
    pub fn add(&self, diagnostic: Diagnostic) {
        let mut items = self.items.borrow_mut();
        // That reading stopped, and why, is told however much was found before.
        let ends_reading = matches!(diagnostic.code, Code::TooManyNodes | Code::TooDeep | Code::NotYaml);
        let room = items.len() < MAX_DIAGNOSTICS || ends_reading;
        if room && self.seen.borrow_mut().insert((diagnostic.code, diagnostic.span)) {
            items.push(diagnostic);
        }
    }

    /// Whether any error was recorded.
    pub fn any_error(&self) -> bool {
        self.items.borrow().iter().any(|item| item.severity() == DiagnosticSeverity::Error)
    }

    /// All of them in the order of the files and of their lines.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut items = self.items.into_inner();
        items.sort_by(|a, b| (a.span, a.code.id(), &a.message).cmp(&(b.span, b.code.id(), &b.message)));
        items
    }
}
