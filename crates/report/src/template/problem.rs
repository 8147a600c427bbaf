use minijinja::{Error, ErrorKind};
use thiserror::Error;

use crate::inert;

use super::UserTemplate;
use super::user::SAFE_REFUSED;

/// What is wrong with a user's template, and where. The run is not touched by it, and the built-in report can always be
/// written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{code}: template {template}{place}: {message}", place = place(*line))]
pub struct TemplateProblem {
    /// `CUT7001` to `CUT7005`.
    pub code: &'static str,
    /// File name.
    pub template: String,
    /// Counted from 1.
    pub line: Option<usize>,
    pub message: String,
    /// The line as it stands in the template.
    pub text: Option<String>,
    /// What to do next.
    pub hint: String,
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Syntax,
    Unknown,
    Refused,
    TooMuch,
    Failed,
}

impl Kind {
    const UNKNOWN_CODE: &'static str = "CUT7002";

    fn code(self) -> &'static str {
        match self {
            Kind::Syntax => "CUT7001",
            Kind::Unknown => Kind::UNKNOWN_CODE,
            Kind::Refused => "CUT7003",
            Kind::TooMuch => "CUT7004",
            Kind::Failed => "CUT7005",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Kind::Syntax => "correct the line; docs/guides/templates.md has a whole example",
            Kind::Unknown => {
                "docs/guides/templates.md lists every name; `x is defined` asks before using one"
            }
            Kind::Refused => "leave it out: values are escaped for the kind of file the template's name says",
            Kind::TooMuch => "loop over less, or write several smaller files",
            Kind::Failed => {
                "the message says which value it was; docs/guides/templates.md has the type of each"
            }
        }
    }
}

impl TemplateProblem {
    pub(super) fn new(
        template: &UserTemplate,
        kind: Kind,
        line: Option<usize>,
        message: String,
    ) -> TemplateProblem {
        let text = line.and_then(|line| template.source.lines().nth(line.checked_sub(1)?));
        TemplateProblem {
            code: kind.code(),
            template: template.name.clone(),
            line,
            // It may quote a value of the run, and is told on a terminal.
            message: inert::terminal(&message),
            text: text.map(|text| inert::terminal(text.trim_end())),
            hint: kind.hint().to_owned(),
        }
    }

    pub(super) fn of(template: &UserTemplate, error: &Error) -> TemplateProblem {
        let said = error.detail().unwrap_or_default();
        let kind = match error.kind() {
            _ if said == SAFE_REFUSED => Kind::Refused,
            ErrorKind::SyntaxError | ErrorKind::BadEscape => Kind::Syntax,
            ErrorKind::UndefinedError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
            | ErrorKind::UnknownBlock
            | ErrorKind::TemplateNotFound => Kind::Unknown,
            ErrorKind::OutOfFuel => Kind::TooMuch,
            ErrorKind::InvalidOperation if said == "recursion limit exceeded" => Kind::TooMuch,
            _ => Kind::Failed,
        };
        let message = match (error.kind(), kind) {
            (ErrorKind::OutOfFuel, _) => "it does more work than a report needs".to_owned(),
            (ErrorKind::TemplateNotFound, _) => {
                format!("{said}: a template is one file and includes no other")
            }
            (_, Kind::Refused) => said.to_owned(),
            (ErrorKind::UndefinedError, _) if !said.is_empty() => said.to_owned(),
            (kind, _) if said.is_empty() => kind.to_string(),
            (kind, _) => format!("{kind}: {said}"),
        };
        // An error inside a macro or an include carries the place that matters in its cause.
        let mut line = error.line();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            line = inner.downcast_ref::<Error>().and_then(Error::line).or(line);
            cause = inner.source();
        }
        TemplateProblem::new(template, kind, line, message)
    }

    /// Names what was probably meant, from the names there are.
    pub(super) fn with_suggestion<'a>(mut self, names: impl Iterator<Item = &'a str>) -> TemplateProblem {
        let written = self
            .message
            .split('`')
            .nth(1)
            .and_then(|path| path.rsplit(['.', ']']).find(|part| !part.is_empty()));
        if let (Kind::UNKNOWN_CODE, Some(written)) = (self.code, written) {
            let close = names
                .map(|name| (strsim::damerau_levenshtein(written, name), name))
                .filter(|(distance, _)| *distance > 0 && *distance <= written.len().div_ceil(4))
                .min();
            if let Some((_, name)) = close {
                self.hint = format!("did you mean `{name}`? {}", self.hint);
            }
        }
        self
    }
}
