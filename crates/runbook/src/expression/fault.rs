use std::ops::Range;

/// Something wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub message: String,
    pub help: Option<String>,
    /// Where in the expression's text, in bytes; `None`: all of it.
    pub at: Option<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Does not parse, or uses what this language leaves out.
    Syntax,
    /// Names something that is not there.
    UnknownFact,
    /// An operation on values it is not for.
    Operands,
    /// Its value is not what is wanted here.
    Result,
    /// A bare number beside a duration or size: likely the wrong unit.
    BareNumber,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, at: &Range<usize>, message: impl Into<String>) -> Fault {
        Fault { kind, message: message.into(), help: None, at: Some(at.clone()) }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }
}
