use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::{Limits, Live, StopHandle, limits};

/// How a run of checks is carried out; none of it changes a verdict on what was measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// Measurements of one cluster at a time; a measurement that reads both counts on both. As many again for files,
    /// commands and HTTP. At least 1.
    pub parallel_per_side: usize,
    /// Limits of measurements whose check states no budget.
    pub limits: Limits,
    pub stop: StopHandle,
    /// Where listeners subscribe.
    pub live: broadcast::Sender<Live>,
    /// The wall clock.
    pub wall: fn() -> Timestamp,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            parallel_per_side: limits::PARALLEL_PER_SIDE,
            limits: Limits::default(),
            stop: StopHandle::new(),
            live: broadcast::Sender::new(limits::LIVE_BACKLOG),
            wall: Timestamp::now,
        }
    }
}
