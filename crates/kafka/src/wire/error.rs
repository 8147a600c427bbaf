//! A failure on one connection.

use std::fmt;

/// What went wrong on the way to one broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireErrorKind {
    /// The host name has no address.
    NotResolved,
    /// The TCP connection was not made.
    NotConnected,
    /// The TLS handshake failed.
    Tls,
    /// Login failed.
    Sasl,
    /// What answers does not speak Kafka's protocol in the configured way.
    NoKafka,
    /// The connection broke.
    Lost,
    /// No answer in time.
    TimedOut,
    /// The caller stopped.
    Stopped,
    /// The broker has no version of this request that we know.
    Unsupported,
    /// The broker belongs to another cluster than the pinned one.
    WrongCluster,
    /// The answer could not be decoded.
    Malformed,
}

/// A failure, with the broker's address and what to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireError {
    pub kind: WireErrorKind,
    /// `host:port`.
    pub broker: String,
    pub why: String,
    pub next: Option<String>,
}

impl WireError {
    pub fn new(kind: WireErrorKind, broker: impl fmt::Display, why: impl Into<String>) -> Self {
        WireError { kind, broker: broker.to_string(), why: why.into(), next: None }
    }

    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// True if another attempt, maybe at another broker, can succeed by itself.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            WireErrorKind::NotConnected
                | WireErrorKind::Lost
                | WireErrorKind::TimedOut
                | WireErrorKind::NotResolved
        )
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broker {}: {}", self.broker, self.why)
    }
}
