//! Stops applications of the unit on one side.
//!
//! ## What it does
//! One call for each application of the groups and producers that are named: the site's `apps.stop`, with the name of
//! the application on that side (`source_app` on the source, `app` on the target; the other one where only one is
//! declared) and `n` = 0. An application that is several groups and producers is called once.
//!
//! ## Why it matters
//! A call that returned has asked for something. Consumers that still run commit over what is about to be landed;
//! producers that still run write behind the fence.
//!
//! ## How it is settled
//! Every group is looked at twice, 10 s apart (twice the 5 s at which Java's consumers commit by themselves), 2 s where
//! all groups of the step commit by hand (`commits: manual`): no member, no generation under way, and no commit that moved. A consumer that assigns its partitions itself is no member
//! and shows only by its commits. A static member stays until its session timeout is over, however it was stopped.
//! Producers are stopped when the ends of the unit's topics on that side are the same at two looks, 2 s apart; retry and
//! dead-letter topics are left out, the unit's consumers write those.
//!
//! ## Its way back
//! The site's `apps.start` with the declared `replicas`. It has worked when everything runs again that ran before the
//! stop; of what did not run before, nothing is demanded.
//!
//! ## What it refuses
//! A group or producer without an application, one application with two numbers of replicas, a site without `apps`, a
//! start call that needs `n` where no `replicas` are declared; a look before that could not be made, because then
//! nobody could tell what has to run again.
//!
//! ## What it does not do
//! It does not kill anything, and it cannot tell a stopped producer from one that is silent: the call is made even where
//! nothing runs, and only a fence proves that nobody writes. A consumer that commits less often than that and is no
//! member is not seen here; `commit-offsets` finds it, when it holds positions against those that were captured.
//!
//! ## Example
//! ```yaml
//! id: stop-consumers
//! do: stop-app
//! on: source
//! with: { groups: unit }
//! timeout: { attempt: 20s, total: 90s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::applications::{self, Bring, StartStop};
use super::running::Looked;
use super::waiting::Waiting;
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::world::{Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StopApp(StartStop);

impl Action for StopApp {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        Looked::new(scope, &self.0).brief().probes()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let apps = self.0.applications(scope.unit, scope.side(Side::Source))?;
        let running = Looked::new(scope, &self.0).brief().running(seen).map_err(Refusal::unmeasured)?;
        // Producers first: what their application has ready, its consumers may still take.
        let (producing, others): (Vec<_>, Vec<_>) = apps.iter().partition(|app| !app.producers.is_empty());
        let changes = producing.into_iter().chain(others);
        let changes = changes
            .map(|app| applications::change(scope, app, Bring::Down))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Changeset { running, ..Changeset::new(changes) })
    }

    fn foreseen(&self, scope: &StepScope<'_>) -> Changeset {
        self.0.foreseen(scope, Bring::Down)
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Looked::new(scope, &self.0).probes()
    }

    fn settled(&self, scope: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        Looked::new(scope, &self.0).down(seen, &mut waiting);
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Looked::new(scope, &self.0).brief().probes()
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let ran = |subject: &str| changes.running.iter().any(|running| running == subject);
        Looked::new(scope, &self.0).brief().up(seen, &mut waiting, ran);
        waiting.settled()
    }
}
