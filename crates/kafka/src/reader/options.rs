//! How records are read.

use super::meter::ReadBudget;
use crate::Isolation;
use crate::Patience;
use std::sync::Arc;
use std::time::Duration;

/// Settings of one reader.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Which records are visible.
    pub isolation: Isolation,
    /// Bytes a stream asks for at a time; one more such answer may be on its way. 1 MiB keeps both sides of a comparison busy.
    pub stream_bytes: u32,
    /// How long one call may wait for progress before it is a failure.
    pub stall: Duration,
    /// When to stop altogether.
    pub patience: Patience,
    /// What may be read, shared by all readers of a cluster.
    pub budget: Arc<ReadBudget>,
}

impl ReadOptions {
    /// The usual settings at an isolation.
    pub fn new(isolation: Isolation, patience: Patience) -> Self {
        ReadOptions {
            isolation,
            stream_bytes: 1024 * 1024,
            // A broker that restarts is back within half a minute; what takes longer a person should hear of.
            stall: Duration::from_secs(60),
            patience,
            budget: Arc::new(ReadBudget::unlimited()),
        }
    }
}
