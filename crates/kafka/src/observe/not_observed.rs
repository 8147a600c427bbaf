use runbook::world::Reason;

use crate::{ClusterError, Code, ErrorKind};

/// Why nothing could be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotObserved {
    pub reason: Reason,
    /// What happened, naming cluster, broker, topic, partition.
    pub message: String,
    /// What to try next.
    pub hint: Option<String>,
}

impl NotObserved {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> NotObserved {
        NotObserved { reason, message: message.into(), hint: None }
    }

    /// A code that a broker gave for one thing that was asked.
    pub(super) fn code(cluster: &str, what: &str, code: Code) -> NotObserved {
        NotObserved::kind(code.kind(), format!("{cluster} cluster: {what}: {code}"))
    }

    pub(super) fn kind(kind: ErrorKind, message: impl Into<String>) -> NotObserved {
        NotObserved::new(reason(kind), message)
    }
}

impl From<ClusterError> for NotObserved {
    fn from(error: ClusterError) -> NotObserved {
        let hint = error.next.clone();
        let reason = reason(error.kind);
        NotObserved { reason, message: ClusterError { next: None, ..error }.to_string(), hint }
    }
}

fn reason(kind: ErrorKind) -> Reason {
    match kind {
        ErrorKind::Unreachable => Reason::Unreachable,
        ErrorKind::NotAuthenticated | ErrorKind::NotAuthorised => Reason::Unauthorised,
        ErrorKind::TimedOut => Reason::TimedOut,
        ErrorKind::Unsupported => Reason::Unsupported,
        ErrorKind::WrongCluster => Reason::Changed,
        ErrorKind::Stopped => Reason::Stopped,
        ErrorKind::NoSuchTopic | ErrorKind::Other => Reason::Failed,
    }
}
