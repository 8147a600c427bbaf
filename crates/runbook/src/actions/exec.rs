//! Runs a command of yours.
//!
//! ## What it does
//! Starts the program with its arguments, without a shell, with the environment that is written and nothing else. A
//! value `{ secret: NAME }` is put in at the last moment; only its name is kept.
//!
//! ## Why it matters
//! What only your own scripts can do belongs into the same plan, with the same journal, waits and way back.
//!
//! ## How it is settled
//! By the step's own `confirm`: a step with an effect has one, and it is an independent look. An exit code alone says
//! that the command ended.
//!
//! ## Its way back
//! The command under `undo`: taken back is what it has done without an error, and, where the undo has a `confirm` of its own,
//! what that says. It is sent again until the step's time is over (a `once` step only after a plain refusal); then the step is
//! stuck. A step with `effect: none` has nothing to take back. With `undo: none` and a reason there is no way back: what
//! follows counts as past the commit point, standing down is declined, and a rollback leaves the step as it is and says so.
//!
//! ## What it refuses
//! No program, a value that is a list or table, an undo that is neither exec nor http.
//!
//! ## What it does not do
//! It cannot know whether running it twice is once: the step's `effect` says so (`idempotent`, `guarded`, `once`).
//!
//! ## Example
//! ```yaml
//! id: freeze-deployments
//! do: exec
//! effect: idempotent
//! with: { argv: [./freeze.sh, settlement], env: { TOKEN: { secret: deploy_token } } }
//! confirm: { check: deployments-frozen }
//! undo: { do: exec, with: { argv: [./thaw.sh, settlement] } }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::calls::{self, ExecWith};
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::world::{Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Exec(ExecWith);

impl Action for Exec {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn propose(&self, scope: &StepScope<'_>, _: &Observations) -> Result<Changeset, Refusal> {
        calls::propose(scope, self.0.command(scope))
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    /// The step's own `confirm` says so, which is judged by whoever runs the step.
    fn settled(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, _: &Observations) -> Settled {
        calls::undone(scope, changes)
    }
}
