//! Kafka's record batches as they lie on disk and on the wire. Pure: bytes in, records out; hostile bytes are an error.

mod aborted;
mod batch;
mod codec;
mod cursor;
mod legacy;
mod limits;
mod record;
mod walk;

pub(crate) use aborted::{Aborted, AbortedTransaction};
pub(crate) use batch::{last_complete, starts_whole};
pub(crate) use walk::{Scratch, Wanted, walk};

/// Why bytes are no record batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Corrupt(pub String);

impl Corrupt {
    fn new(what: impl Into<String>) -> Self {
        Corrupt(what.into())
    }
}
