use super::{Progress, Stop};

/// The line between a measurement and the engine, polled once per batch; safe from any thread.
pub trait Pulse: Send + Sync {
    /// Says how far the measurement is. Never blocks; may be called as often as there is something to say.
    fn progress(&self, progress: Progress);

    /// Whether to stop, and why. A stopped measurement returns what it has as a partial observation, or says that it
    /// has nothing; it has a few seconds for that.
    fn stop(&self) -> Option<Stop>;
}
