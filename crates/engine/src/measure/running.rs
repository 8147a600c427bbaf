use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use runbook::Probe;
use runbook::world::{Reason, Unobserved};
use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::answer::{Outcome, unobserved};
use super::probe_pulse::ProbePulse;
use crate::{Limits, Stop, limits};

/// A measurement under way.
#[derive(Debug)]
pub(super) struct Running {
    pub round: u32,
    pub began: Instant,
    pub at: Timestamp,
    /// When it is told to stop.
    pub until: Instant,
    pub limits: Limits,
    pub pulse: Arc<ProbePulse>,
    pub abort: AbortHandle,
    /// Why it was told to stop, and when it is given up.
    pub stopping: Option<(Stop, Instant)>,
}

impl Running {
    pub fn task(&self) -> Id {
        self.abort.id()
    }

    /// Tells the measurement to stop; it has a grace to hand over what it has.
    pub fn stop(&mut self, why: Stop, now: Instant) {
        if self.stopping.is_none() {
            self.stopping = Some((why, now + limits::GRACE));
            self.pulse.ask_to_stop(why);
        }
    }

    /// When something has to be done about it.
    pub fn deadline(&self) -> Instant {
        self.stopping.map_or(self.until, |(_, given_up)| given_up)
    }

    /// What it was doing, for a sentence.
    pub fn doing(&self, probe: &Probe) -> String {
        self.pulse
            .latest()
            .map_or_else(|| format!("waited for {}", probe.title()), |progress| progress.to_string())
    }

    /// The outcome when it never answered.
    pub fn given_up(&self, probe: &Probe) -> Unobserved {
        let doing = self.doing(probe);
        match self.stopping.map(|(why, _)| why) {
            Some(Stop::TimedOut) => self.timed_out(probe, &doing),
            _ => unobserved(probe, self.at, Reason::Stopped, format!("stopped: {doing}")),
        }
    }

    /// `outcome` as it counts: a measurement that ran out of time says so, whatever word it found for it.
    pub fn counted(&self, probe: &Probe, outcome: Outcome) -> Outcome {
        match (self.stopping.map(|(why, _)| why), outcome) {
            (Some(Stop::TimedOut), Err(given)) if given.reason == Reason::Stopped => {
                let timed_out = self.timed_out(probe, &given.message);
                Err(Unobserved { hint: given.hint.or(timed_out.hint.clone()), ..timed_out })
            }
            (_, outcome) => outcome,
        }
    }

    fn timed_out(&self, probe: &Probe, doing: &str) -> Unobserved {
        let after = seconds(self.until - self.began);
        let message = format!("timed out after {after}: {doing}");
        let hint = "see why it is slow, or give the check a larger `budget: {time: …}`".to_owned();
        Unobserved { hint: Some(hint), ..unobserved(probe, self.at, Reason::TimedOut, message) }
    }
}

/// How long `probe` may take within what is `allowed`. What the question itself takes is not counted as its cost: the time
/// between two looks, and a command's or request's own time limit, which whoever runs it enforces first.
pub(super) fn time_of(probe: &Probe, allowed: Limits) -> Duration {
    let time = match probe {
        Probe::Groups { over_ms, .. }
        | Probe::Rest { over_ms, .. }
        | Probe::Replication { over_ms, .. }
        | Probe::Retention { over_ms, .. } => allowed.time + Duration::from_millis(*over_ms),
        Probe::Exec { timeout_ms, .. } => Duration::from_millis(*timeout_ms) + limits::GRACE,
        Probe::Http(request) => Duration::from_millis(request.timeout_ms) + limits::GRACE,
        _ => allowed.time,
    };
    time.min(limits::LONGEST)
}

/// A duration for people.
pub(super) fn seconds(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1_000 => format!("{ms} ms"),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{:.1} s", ms as f64 / 1_000.0),
    }
}
