//! A run of steps: what is next is decided by [`next`], a pure function; the [`Executor`](executor::Executor) looks,
//! applies, and writes down what came of it.

pub(crate) mod clock;
mod condition;
mod executor;
mod looks;
pub mod next;
mod options;

pub use clock::now;
pub use next::TARGET_SILENT;
pub use options::{Lease, NotOurs, StepOptions, Told};

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::{Ending, Run};
use runbook::action::Action;

use crate::{Checks, RunError, World};
use executor::Executor;

/// The actions of a plan, by step id.
pub type Actions = BTreeMap<String, Arc<dyn Action>>;

/// How a run of steps came to stand still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The journal is closed by the caller with `RunEnded`.
    Over(Ending),
    /// Held because a step did not come to a good end; the same run goes on with `resume`.
    Held { why: String },
    /// Stopped by a signal; the same run goes on with `resume`.
    Interrupted { by: String },
}

/// Carries out the steps of the run's plan from where its journal stands.
///
/// # Errors
/// The journal cannot be written: then nothing is applied any more. The plan has a step this version does not know.
pub async fn execute<W: World>(
    run: &mut Run,
    checks: &Checks,
    actions: &Actions,
    world: Arc<W>,
    options: StepOptions,
) -> Result<RunEnd, RunError> {
    Executor::new(run, checks, actions, world, options)?.conduct().await
}

#[cfg(test)]
mod tests;
