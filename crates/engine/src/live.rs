use std::sync::Arc;

use jiff::Timestamp;
use journal::Event;
use runbook::Probe;

use crate::Progress;

/// What a run tells its listeners: terminal, live page, metrics. Nothing here decides anything.
#[derive(Clone, Debug)]
pub enum Live {
    /// An event that now stands in the journal.
    Written { seq: u64, at: Timestamp, event: Arc<Event> },
    /// How far a measurement is.
    Measuring {
        probe: Arc<Probe>,
        progress: Progress,
        since: Timestamp,
        /// When it is given up.
        until: Timestamp,
    },
    /// Where a run of steps stands: everything that is waited for.
    Standing(Arc<Vec<crate::execute::next::Waiting>>),
    /// A check that waits before it looks again.
    Waiting {
        unit: String,
        check: String,
        /// What it waits for, with the current value where there is one.
        what: String,
        since: Timestamp,
        until: Timestamp,
    },
}
