//! Why a cluster could not be read: which cluster, which broker, what to try next.

use crate::wire::{WireError, WireErrorKind};
use std::fmt;

/// What kind of failure it was. Each is a different answer to the person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// No connection: refused, not resolved, TLS failed, no Kafka there.
    Unreachable,
    /// The brokers do not believe who we are.
    NotAuthenticated,
    /// The brokers know who we are and say no.
    NotAuthorised,
    /// No answer in time. What was asked may still happen.
    TimedOut,
    /// The topic or partition is not there.
    NoSuchTopic,
    /// The cluster cannot do what was asked.
    Unsupported,
    /// Another cluster than the pinned one answered.
    WrongCluster,
    /// The caller asked to stop.
    Stopped,
    /// Anything else a broker answered.
    Other,
}

impl ErrorKind {
    /// A word for messages.
    pub fn word(self) -> &'static str {
        match self {
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::NotAuthenticated => "not authenticated",
            ErrorKind::NotAuthorised => "not authorised",
            ErrorKind::TimedOut => "timed out",
            ErrorKind::NoSuchTopic => "no such topic",
            ErrorKind::Unsupported => "not supported",
            ErrorKind::WrongCluster => "wrong cluster",
            ErrorKind::Stopped => "stopped",
            ErrorKind::Other => "failed",
        }
    }
}

/// A failure of one call on one cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ClusterError {
    /// `source`, `target` or what the configuration was called.
    pub cluster: String,
    /// The kind.
    pub kind: ErrorKind,
    /// `host:port` of the broker, if one is to blame.
    pub broker: Option<String>,
    /// What was being done, as `reading the ends of 12 partitions`.
    pub doing: String,
    /// Why it failed.
    pub why: String,
    /// What to try next.
    pub next: Option<String>,
    /// A request that changes something was sent, or may have been: only a look tells what became of it. Always false for
    /// calls that only read.
    pub sent: bool,
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cluster", self.cluster)?;
        if let Some(broker) = &self.broker {
            write!(f, " (broker {broker})")?;
        }
        write!(f, " {}: {}: {}", self.kind.word(), self.doing, self.why)?;
        if let Some(next) = &self.next {
            write!(f, "; {next}")?;
        }
        Ok(())
    }
}

impl ClusterError {
    /// From a failure on one connection.
    pub(crate) fn from_wire(cluster: &str, doing: impl Into<String>, error: WireError) -> Self {
        let kind = match error.kind {
            WireErrorKind::NotResolved
            | WireErrorKind::NotConnected
            | WireErrorKind::Tls
            | WireErrorKind::NoKafka
            | WireErrorKind::Lost => ErrorKind::Unreachable,
            WireErrorKind::Sasl => ErrorKind::NotAuthenticated,
            WireErrorKind::TimedOut => ErrorKind::TimedOut,
            WireErrorKind::Stopped => ErrorKind::Stopped,
            WireErrorKind::Unsupported => ErrorKind::Unsupported,
            WireErrorKind::WrongCluster => ErrorKind::WrongCluster,
            WireErrorKind::Malformed => ErrorKind::Other,
        };
        ClusterError {
            cluster: cluster.to_owned(),
            kind,
            broker: Some(error.broker),
            doing: doing.into(),
            why: error.why,
            next: error.next,
            sent: false,
        }
    }

    /// A failure no broker is to blame for.
    pub(crate) fn new(
        cluster: &str,
        kind: ErrorKind,
        doing: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        ClusterError {
            cluster: cluster.to_owned(),
            kind,
            broker: None,
            doing: doing.into(),
            why: why.into(),
            next: None,
            sent: false,
        }
    }

    /// Says what to try next.
    #[must_use]
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Says whether something may have been changed.
    #[must_use]
    pub(crate) fn sent(self, sent: bool) -> Self {
        ClusterError { sent, ..self }
    }

    /// Names the broker.
    #[must_use]
    pub(crate) fn at(mut self, broker: impl Into<String>) -> Self {
        self.broker = Some(broker.into());
        self
    }
}
