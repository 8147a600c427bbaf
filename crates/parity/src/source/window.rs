use crate::Records;

/// Part of a partition, known whole: the visible records in `from..next`, and that there are no others.
#[derive(Debug, Clone, Default)]
pub struct Window {
    pub records: Records,
    /// The first offset this window knows about.
    pub from: i64,
    /// Behind the last one. Above the last record's offset + 1 where markers, aborted records or holes
    /// follow it; equal to `from` at the end of the log.
    pub next: i64,
}
