use jiff::Timestamp;
use runbook::Probe;
use runbook::world::{Reason, Unobserved};

use crate::End;

/// Why a service gave no answer. The message is a lower-case fragment that names the service; it is masked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServiceError {
    pub reason: Reason,
    pub message: String,
    /// What to try next.
    pub hint: Option<String>,
    /// It may have had an effect nevertheless: the command was started, the request was sent or may have been.
    pub begun: bool,
}

impl ServiceError {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> ServiceError {
        ServiceError { reason, message: message.into(), hint: None, begun: false }
    }

    pub(crate) fn failed(message: impl Into<String>) -> ServiceError {
        ServiceError::new(Reason::Failed, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> ServiceError {
        self.hint = Some(hint.into());
        self
    }

    /// From here on it may have had an effect.
    pub(crate) fn begun(self, begun: bool) -> ServiceError {
        ServiceError { begun: self.begun || begun, ..self }
    }

    /// `what` did not come back before the call's end.
    pub(crate) fn ended(end: End, what: &str) -> ServiceError {
        match end {
            End::Stopped => ServiceError::new(Reason::Stopped, format!("{what} was stopped with the run")),
            End::TimedOut => ServiceError::new(Reason::TimedOut, format!("{what} did not end in time"))
                .hint("raise the check's timeout, or find out what it waits for"),
        }
    }

    /// The outcome of `probe`, asked at `at`.
    pub fn unobserved(self, probe: Probe, at: Timestamp) -> Unobserved {
        Unobserved { probe, at, reason: self.reason, message: self.message, hint: self.hint }
    }
}
