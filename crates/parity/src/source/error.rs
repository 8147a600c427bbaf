use thiserror::Error;

/// Why records could not be had. None of these ever means "there are none".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}: {what}")]
pub struct ReadError {
    pub kind: ReadErrorKind,
    /// Lower-case fragment naming cluster, topic, partition and broker, and what to do next.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum ReadErrorKind {
    #[error("unreachable")]
    Unreachable,
    #[error("not authorised")]
    Unauthorised,
    #[error("timed out")]
    TimedOut,
    #[error("over the read budget")]
    OverBudget,
    #[error("topic or partition does not exist")]
    Missing,
    /// Another topic of the same name: nothing measured before holds any more.
    #[error("topic was recreated")]
    Recreated,
    /// Below the log start (retention went on meanwhile) or above the end.
    #[error("offset out of range")]
    OutOfRange,
    #[error("corrupt batch")]
    Corrupt,
    #[error("stopped on request")]
    Stopped,
    /// Anything else a broker answered; the text says what.
    #[error("failed")]
    Failed,
}

impl ReadError {
    pub fn new(kind: ReadErrorKind, what: impl Into<String>) -> Self {
        ReadError { kind, what: what.into() }
    }
}
