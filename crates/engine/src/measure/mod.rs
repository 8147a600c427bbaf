//! Measuring: every check asks, equal questions are measured once, `judge` gives the verdicts.
//!
//! One task, with the [`Inquirer`], decides and writes; measurements run beside it and only report
//! back. Each turn of its loop is one scheduling round: hear what came back, ask the checks, start what there is room
//! for, make the journal durable.

mod answer;
mod asker;
mod clock;
mod desk;
mod guard;
mod inquirer;
mod inquiry;
mod options;
mod probe_pulse;
mod ready_check;
mod running;
mod select;
mod settle;
mod slots;
mod waits;

pub(crate) use asker::Asker;
pub(crate) use inquirer::Inquirer;
pub use options::Options;
pub use ready_check::{Checks, ReadyCheck};
pub use select::select;

use std::sync::Arc;

use journal::Run;

use crate::{RunError, World};

/// How a run of checks ended. The verdicts are in the run's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckEnd {
    /// Every check that was asked for has its verdict. The caller closes the journal with `RunEnded`.
    Complete,
    /// Stopped; the journal is closed, and what was not measured is unknown.
    Interrupted,
}

/// Measures and judges every check of the run's plan that its header selects.
///
/// `checks` holds the built kinds by check id; a check without one is unknown and says so. `world` answers the probes.
/// What is measured, judged or given up stands in the journal of `run`, in this order: intent, answer, verdict.
///
/// # Errors
/// Only when the journal cannot be written, or the plan holds nothing to check. Measurements under way are stopped.
pub async fn check_run<W: World>(
    run: &mut Run,
    checks: &Checks,
    world: Arc<W>,
    options: Options,
) -> Result<CheckEnd, RunError> {
    Inquirer::new(run, checks, world, options)?.conduct().await
}

#[cfg(test)]
pub(crate) mod tests;
