//! How long a caller waits, and how it can stop waiting.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A deadline and a stop flag, handed to everything that may wait.
#[derive(Clone)]
pub struct Patience {
    until: Instant,
    stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Patience {
    /// Waits at most this long from now.
    pub fn new(timeout: Duration) -> Self {
        // A century is as good as for ever, and cannot overflow.
        let longest = Duration::from_secs(100 * 365 * 86_400);
        Patience { until: Instant::now() + timeout.min(longest), stop: None }
    }

    /// Also stops when `stop` says so; it is asked about ten times a second, from any thread.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<dyn Fn() -> bool + Send + Sync>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The same stop flag with an earlier end.
    #[must_use]
    pub fn at_most(&self, timeout: Duration) -> Self {
        Patience { until: self.until.min(Instant::now() + timeout), stop: self.stop.clone() }
    }

    /// The same stop flag with a new end.
    #[must_use]
    pub fn renewed(&self, timeout: Duration) -> Self {
        Patience { stop: self.stop.clone(), ..Patience::new(timeout) }
    }

    /// What is left; zero when over.
    pub fn remaining(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// True when the time is over.
    pub fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }

    /// True when the caller wants to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop())
    }

    /// Sleeps, unless stopped or over before.
    pub fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration.min(self.remaining());
        while !self.is_stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }
}

/// How often the stop flag is looked at.
pub(crate) const SLICE: Duration = Duration::from_millis(100);

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn ends_and_stops() {
        assert!(Patience::new(Duration::ZERO).is_over());
        let long = Patience::new(Duration::MAX);
        assert!(!long.is_over() && !long.is_stopped());
        assert!(long.at_most(Duration::ZERO).is_over());
        let flag = Arc::new(AtomicBool::new(false));
        let seen = flag.clone();
        let patience = long.stopped_by(Arc::new(move || seen.load(Ordering::Relaxed)));
        flag.store(true, Ordering::Relaxed);
        assert!(patience.is_stopped() && patience.renewed(Duration::from_secs(1)).is_stopped());
        patience.pause(Duration::from_secs(3600));
    }
}
