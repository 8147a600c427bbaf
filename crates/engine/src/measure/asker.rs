use jiff::Timestamp;
use runbook::{Observations, Probe};

/// Somebody who wants to know something, beside the checks: a step that looks before it acts, and after.
pub(crate) trait Asker: Send + Sync + std::fmt::Debug {
    /// What to measure, given what was seen so far; asked again with the answers until nothing new comes.
    fn ask(&self, now: Timestamp, seen: &Observations) -> Vec<Probe>;
}
