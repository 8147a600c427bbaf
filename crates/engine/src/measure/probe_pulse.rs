use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use runbook::Probe;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::{Live, Progress, Pulse, Stop, limits};

/// The pulse of one measurement.
#[derive(Debug)]
pub(super) struct ProbePulse {
    probe: Arc<Probe>,
    since: Timestamp,
    until: Timestamp,
    stop: AtomicU8,
    latest: Mutex<Option<(Progress, Instant)>>,
    live: broadcast::Sender<Live>,
}

impl ProbePulse {
    pub fn new(
        probe: Arc<Probe>,
        since: Timestamp,
        until: Timestamp,
        live: broadcast::Sender<Live>,
    ) -> ProbePulse {
        ProbePulse { probe, since, until, stop: AtomicU8::new(0), latest: Mutex::new(None), live }
    }

    pub fn ask_to_stop(&self, why: Stop) {
        let code = match why {
            Stop::Interrupted => 1,
            Stop::TimedOut => 2,
            Stop::Unwanted => 3,
        };
        self.stop.store(code, Ordering::Relaxed);
    }

    /// What the measurement said last about itself.
    pub fn latest(&self) -> Option<Progress> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().map(|(progress, _)| progress.clone())
    }
}

impl Pulse for ProbePulse {
    fn progress(&self, progress: Progress) {
        let now = Instant::now();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let told = latest.as_ref().map(|(_, told)| *told);
        let tell = told.is_none_or(|told| now.duration_since(told) >= limits::PROGRESS_EVERY);
        *latest = Some((progress.clone(), if tell { now } else { told.unwrap_or(now) }));
        drop(latest);
        if tell {
            // Nobody listening is no error.
            let _ = self.live.send(Live::Measuring {
                probe: self.probe.clone(),
                progress,
                since: self.since,
                until: self.until,
            });
        }
    }

    fn stop(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Relaxed) {
            1 => Some(Stop::Interrupted),
            2 => Some(Stop::TimedOut),
            3 => Some(Stop::Unwanted),
            _ => None,
        }
    }
}
