use std::time::Duration;

use crate::Isolation;

/// How topics are compared.
#[derive(Debug, Clone)]
pub struct TopicOptions {
    pub isolation: Isolation,
    /// How long the target may take to reach the cut.
    pub settle: Duration,
    /// Bytes of both sides together that may be read.
    pub max_read: Option<u64>,
    /// Memory in bytes for the keys of compacted topics, all partitions that are compared at once together.
    pub memory: usize,
}

impl TopicOptions {
    /// The usual settings at an isolation: everything is read, and the target gets a minute to reach the cut.
    pub fn new(isolation: Isolation) -> TopicOptions {
        TopicOptions {
            isolation,
            settle: Duration::from_secs(60),
            max_read: None,
            memory: parity::compacted::limits::MEMORY,
        }
    }
}
