use std::sync::Arc;
use std::time::Duration;

use runbook::Probe;
use runbook::world::{Command, Observation, Receipt, Unobserved};

use super::{Limits, Pulse};

/// Whoever may touch the world.
pub trait World: Send + Sync + 'static {
    /// Measures. Changes nothing but scratch objects of its own.
    ///
    /// The observation repeats the very `probe`, says when measuring began, and is `partial` whenever anything was left
    /// out. An answer to another probe, a panic and an answer that never comes are all unknown to the engine.
    fn observe(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: Arc<dyn Pulse>,
    ) -> impl Future<Output = Result<Observation, Unobserved>> + Send;

    /// Applies a command. The only place where anything but scratch objects is changed.
    ///
    /// A guarded command looks first: what is so already is left alone, what is neither as expected nor as wanted is
    /// refused. It has an end within `time` (and a short grace): what cannot be told by then is [`Receipt::Unknown`].
    /// Once begun it is not broken off.
    fn apply(&self, command: &Command, time: Duration) -> impl Future<Output = Receipt> + Send;
}
