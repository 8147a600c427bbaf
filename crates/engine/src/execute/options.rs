use std::sync::Arc;
use std::time::Duration;

use journal::Moment;

use super::next::Effects;
use crate::{Options, limits};

/// Somebody who is told a name.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// How a run of steps is carried out.
#[derive(Clone)]
pub struct StepOptions {
    /// How it measures, stops, and whom it tells.
    pub measuring: Options,
    pub effects: Effects,
    /// It was taken over to go back: a request that is declined makes nobody go forward.
    pub back_only: bool,
    /// The machine's clocks.
    pub clock: fn() -> Moment,
    /// How often requests of other processes are looked for.
    pub inbox_every: Duration,
    /// Keeps a second conductor on another machine out.
    pub lease: Option<Arc<dyn Lease>>,
    /// Told of every gate that opens, by id: secrets it unlocks may be read from then on.
    pub opened: Option<Told>,
}

/// What keeps a second conductor on another machine out.
pub trait Lease: Send + Sync {
    /// Asked before each effect; blocks.
    ///
    /// # Errors
    /// Somebody else has it, or it cannot be told.
    fn still_ours(&self) -> Result<(), NotOurs>;
}

/// Why a lease is not known to be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOurs {
    /// Somebody else took it: nothing is applied any more, in no direction.
    Lost(String),
    /// Whoever keeps it does not answer: going back goes on without, everything else is not applied.
    Untold(String),
}

impl Default for StepOptions {
    fn default() -> StepOptions {
        StepOptions {
            measuring: Options::default(),
            effects: Effects::Apply,
            back_only: false,
            clock: crate::execute::clock::now,
            inbox_every: limits::INBOX_EVERY,
            lease: None,
            opened: None,
        }
    }
}

impl std::fmt::Debug for StepOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepOptions").field("effects", &self.effects).finish_non_exhaustive()
    }
}
