/// Why a measurement is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The run was interrupted.
    Interrupted,
    /// Its time is over.
    TimedOut,
    /// Nobody waits for the answer any more.
    Unwanted,
}
