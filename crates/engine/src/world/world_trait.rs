use std::sync::Arc;

use runbook::Probe;
use runbook::world::{Observation, Unobserved};

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
}
