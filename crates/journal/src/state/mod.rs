//! The state of a run: the fold of its journal. One transition table guards writing and reading.

mod execution;
mod gates;
mod heard;
mod probe_state;
mod progress;
mod reversibility;
mod run_state;
mod step_state;
mod steps;
mod taken_over;
mod transition;
mod votes;
mod words;

pub use execution::{ClosedState, Execution, FollowedState, Going, TriggerState};
pub use gates::Opened;
pub use probe_state::{ProbeState, Seen, Status};
pub use run_state::{Judged, Phase, RunState};
pub use step_state::{Attempt, CallState, CommandState, GateState, StepPhase, StepState};
pub use transition::Illegal;
pub use words::{Answered, Override, Voted};

#[cfg(test)]
mod tests;
