//! A broker's answer about one item.

use crate::error::{ClusterError, ErrorKind};
use crate::wire::{name_of, next_for};
use std::fmt;

/// A Kafka error code that is not 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub i16);

impl Code {
    pub(crate) const OFFSET_OUT_OF_RANGE: Code = Code(1);
    pub(crate) const CORRUPT_MESSAGE: Code = Code(2);
    pub(crate) const UNKNOWN_TOPIC_OR_PARTITION: Code = Code(3);
    pub(crate) const LEADER_NOT_AVAILABLE: Code = Code(5);
    pub(crate) const INVALID_TOPIC: Code = Code(17);
    pub(crate) const TOPIC_AUTHORIZATION_FAILED: Code = Code(29);
    pub(crate) const CLUSTER_AUTHORIZATION_FAILED: Code = Code(31);
    pub(crate) const INVALID_PRODUCER_EPOCH: Code = Code(47);
    pub(crate) const INVALID_TXN_STATE: Code = Code(48);
    pub(crate) const INVALID_PRODUCER_ID_MAPPING: Code = Code(49);
    pub(crate) const CONCURRENT_TRANSACTIONS: Code = Code(51);
    pub(crate) const SECURITY_DISABLED: Code = Code(54);
    pub(crate) const GROUP_ID_NOT_FOUND: Code = Code(69);
    pub(crate) const PRODUCER_FENCED: Code = Code(90);
    pub(crate) const UNKNOWN_TOPIC_ID: Code = Code(100);
    pub(crate) const INCONSISTENT_TOPIC_ID: Code = Code(103);

    /// None for 0.
    pub(crate) fn of(code: i16) -> Option<Code> {
        (code != 0).then_some(Code(code))
    }

    /// `Ok` for 0.
    pub(crate) fn check(code: i16) -> Result<(), Code> {
        Code::of(code).map_or(Ok(()), Err)
    }

    /// Kafka's name, as `NOT_COORDINATOR`.
    pub fn name(self) -> &'static str {
        name_of(self.0)
    }

    /// True if asking again, maybe elsewhere, can help.
    pub fn is_passing(self) -> bool {
        matches!(self.0, 5 | 6 | 7 | 8 | 9 | 13 | 14 | 15 | 16 | 41 | 56 | 74 | 75 | 78 | 88 | 89)
    }

    /// True if what was asked may have been done nevertheless; any other code says that it was not.
    pub fn leaves_open(self) -> bool {
        // No answer about this item, a failure nobody foresaw, a timeout inside the cluster, a connection lost inside it.
        matches!(self.0, -1 | 7 | 13)
    }

    /// What kind of failure this is.
    pub fn kind(self) -> ErrorKind {
        match self.0 {
            29 | 30 | 31 | 53 | 65 => ErrorKind::NotAuthorised,
            58 | 33 | 34 => ErrorKind::NotAuthenticated,
            3 | 17 | 100 | 103 => ErrorKind::NoSuchTopic,
            7 => ErrorKind::TimedOut,
            35 | 43 => ErrorKind::Unsupported,
            _ => ErrorKind::Other,
        }
    }

    /// The failure of a whole call.
    pub(crate) fn into_error(self, cluster: &str, doing: impl Into<String>) -> ClusterError {
        let error = ClusterError::new(cluster, self.kind(), doing, self.name());
        match next_for(self.0) {
            Some(next) => error.next(next),
            None => error,
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "an error without a known name" => write!(f, "error code {}", self.0),
            name => f.write_str(name),
        }
    }
}
