//! Failures of reading, in the words of the crate `parity`.

use crate::code::Code;
use crate::error::{ClusterError, ErrorKind};
use crate::topic_partition::TopicPartition;
use parity::{ReadError, ReadErrorKind};

/// A failure of the cluster, while reading a partition.
pub(crate) fn of_cluster(partition: &TopicPartition, error: &ClusterError) -> ReadError {
    let kind = match error.kind {
        ErrorKind::Unreachable => ReadErrorKind::Unreachable,
        ErrorKind::NotAuthenticated | ErrorKind::NotAuthorised => ReadErrorKind::Unauthorised,
        ErrorKind::TimedOut => ReadErrorKind::TimedOut,
        ErrorKind::NoSuchTopic => ReadErrorKind::Missing,
        ErrorKind::Stopped => ReadErrorKind::Stopped,
        ErrorKind::Unsupported | ErrorKind::WrongCluster | ErrorKind::Other => ReadErrorKind::Failed,
    };
    ReadError::new(kind, format!("{partition}: {error}"))
}

/// What a broker answered for a partition.
pub(crate) fn of_code(cluster: &str, partition: &TopicPartition, code: Code, doing: &str) -> ReadError {
    let kind = match code {
        Code::OFFSET_OUT_OF_RANGE => ReadErrorKind::OutOfRange,
        Code::CORRUPT_MESSAGE => ReadErrorKind::Corrupt,
        code => match code.kind() {
            ErrorKind::NotAuthorised | ErrorKind::NotAuthenticated => ReadErrorKind::Unauthorised,
            ErrorKind::NoSuchTopic => ReadErrorKind::Missing,
            ErrorKind::TimedOut => ReadErrorKind::TimedOut,
            _ => ReadErrorKind::Failed,
        },
    };
    let next = crate::wire::next_for(code.0).map(|next| format!("; {next}")).unwrap_or_default();
    ReadError::new(kind, format!("{cluster} cluster, {partition}: {doing}: {code}{next}"))
}

/// Anything else about a partition.
pub(crate) fn of(cluster: &str, partition: &TopicPartition, kind: ReadErrorKind, what: &str) -> ReadError {
    ReadError::new(kind, format!("{cluster} cluster, {partition}: {what}"))
}
