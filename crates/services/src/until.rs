use std::fmt;
use std::time::{Duration, Instant};

use crate::limits;

/// When a call must come back: at a moment, or sooner when the run is stopped.
#[derive(Clone, Copy)]
pub struct Until<'a> {
    at: Instant,
    stopped: &'a dyn Fn() -> bool,
}

/// Which of the two it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Stopped,
    TimedOut,
}

impl<'a> Until<'a> {
    /// `time` from now; `stopped` is polled on the calling thread, about twenty times a second.
    pub fn after(time: Duration, stopped: &'a dyn Fn() -> bool) -> Until<'a> {
        Until { at: moment(time), stopped }
    }

    /// The same, but at the latest `time` from now.
    pub fn sooner(self, time: Duration) -> Until<'a> {
        Until { at: self.at.min(moment(time)), ..self }
    }

    pub fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether the call must come back now, and why.
    pub fn ended(&self) -> Option<End> {
        if (self.stopped)() { Some(End::Stopped) } else { self.left().is_zero().then_some(End::TimedOut) }
    }

    /// Waits, or says why the wait was cut short.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), End> {
        let over = moment(time);
        loop {
            if let Some(end) = self.ended() {
                return Err(end);
            }
            let rest = over.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(());
            }
            std::thread::sleep(rest.min(limits::LOOK_EVERY).min(self.left()));
        }
    }
}

impl fmt::Debug for Until<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").field("left", &self.left()).finish_non_exhaustive()
    }
}

/// A moment so far away that the clock cannot hold it is a year from now.
fn moment(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now + Duration::from_secs(365 * 24 * 3600))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_stop_is_seen_before_the_moment_and_cuts_a_pause_short() {
        let looks = Cell::new(0);
        let stopped = || {
            looks.set(looks.get() + 1);
            looks.get() > 3
        };
        let until = Until::after(Duration::MAX, &stopped);
        assert_eq!(until.ended(), None);
        assert_eq!(until.pause(Duration::MAX), Err(End::Stopped));
    }

    #[test]
    fn the_moment_ends_it_and_sooner_never_prolongs() {
        let never = || false;
        let until = Until::after(Duration::ZERO, &never).sooner(Duration::from_secs(60));
        assert_eq!(until.ended(), Some(End::TimedOut));
        assert_eq!(until.pause(Duration::from_secs(60)), Err(End::TimedOut));
        assert_eq!(Until::after(Duration::from_secs(60), &never).pause(Duration::ZERO), Ok(()));
    }
}
