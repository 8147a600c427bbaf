use super::limits;
use crate::Ignore;

/// How points are translated.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is not compared.
    pub ignore: Ignore,
    /// Bytes of records that may be read from this partition, both sides together, to prove tails and to
    /// measure what is replayed or skipped. Finding places costs a few small reads more.
    pub read_bytes: u64,
    /// Below this size, estimated, both sides are compared whole.
    pub whole_bytes: u64,
    /// Places sampled across a tail that is too long to be compared; 0 proves no such tail.
    pub samples: usize,
    /// Compaction may have removed records on either side: one that is absent is lost only if no later record of its key
    /// is delivered, and one of the target alone may be a finished one.
    pub compacted: bool,
    /// Look-ahead of the comparison, as in [`crate::ordered::Options`].
    pub window_records: usize,
    pub window_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ignore: Ignore::NOTHING,
            read_bytes: limits::READ_BYTES,
            whole_bytes: limits::WHOLE_BYTES,
            samples: limits::SAMPLES,
            compacted: false,
            window_records: crate::ordered::limits::WINDOW_RECORDS,
            window_bytes: crate::ordered::limits::WINDOW_BYTES,
        }
    }
}
