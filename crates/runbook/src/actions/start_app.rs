//! Starts applications of the unit on one side.
//!
//! ## What it does
//! One call for each application of the groups and producers that are named: the site's `apps.start`, with the name of
//! the application on that side (`app` on the target, `source_app` on the source; the other one where only one is
//! declared) and `n` = its declared `replicas`. Consumers are started before producers. An application of groups alone
//! that has all its replicas as members already is left as it is.
//!
//! ## Why it matters
//! A deployment that was accepted is not yet an application that works: it may not find its cluster, its credentials or
//! its position.
//!
//! ## How it is settled
//! Every group has a member, or its commits move between two looks, 1 s apart: a consumer that assigns its partitions
//! itself is never a member. Of producers, the ends of a topic of the unit on that side moved between two looks, 1 s
//! apart. It is looked again until then.
//!
//! ## Its way back
//! The site's `apps.stop`. It has worked when nothing runs any more, as a stop is settled.
//!
//! ## What it refuses
//! What `stop-app` refuses; and a group that is active on the other side at that moment: then two instances would
//! process the same records. Where the other side cannot be looked at, it goes on and says so, because a way back must
//! not depend on the cluster that is left.
//!
//! ## What it does not do
//! It does not wait for all replicas, and it does not judge what the application does: that is for `group-progress` and
//! the checks of the application. Records that a replicator copies look like records of a producer: stop the flow first.
//!
//! ## Example
//! ```yaml
//! id: start-consumers
//! do: start-app
//! on: target
//! with: { groups: unit }
//! timeout: { total: 90s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::activity;
use super::applications::{self, Application, Bring, StartStop};
use super::running::Looked;
use super::sight::Sight;
use super::waiting::{Waiting, listed};
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::world::{Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StartApp(StartStop);

impl StartApp {
    fn other_side(&self, scope: &StepScope<'_>) -> Option<Probe> {
        let other = match scope.side(Side::Source) {
            Side::Source => Side::Target,
            Side::Target => Side::Source,
        };
        let groups = self.0.group_names(scope.unit);
        (!groups.is_empty()).then(|| activity::probe(other, &groups, activity::BRIEF_MS))
    }

    /// What was started: an application that ran before was not called, and goes on running.
    fn started<'a>(&self, scope: &'a StepScope<'a>, changes: &Changeset) -> Looked<'a> {
        let looked = Looked::new(scope, &self.0);
        let Ok(apps) = self.0.applications(scope.unit, scope.side(Side::Source)) else { return looked };
        let called = |app: &&Application| {
            applications::change(scope, app, Bring::Up)
                .is_ok_and(|change| changes.changes.iter().any(|made| made.command == change.command))
        };
        let called: Vec<&Application> = apps.iter().filter(called).collect();
        let mut groups: Vec<String> = called.iter().flat_map(|app| app.groups.clone()).collect();
        groups.sort();
        let mut producers: Vec<String> = called.iter().flat_map(|app| app.producers.clone()).collect();
        producers.sort();
        looked.at(groups, producers)
    }

    /// Groups that somebody reads as on the other side; `Err`: it could not be looked at.
    fn active_there(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Vec<String>, String> {
        let Some(probe) = self.other_side(scope) else { return Ok(Vec::new()) };
        let mut active = Vec::new();
        for name in self.0.group_names(scope.unit) {
            let group = activity::of(Sight(seen), &probe, &name)?;
            if activity::is_active(group) {
                let side = probe.side().map_or("", Side::word);
                active.push(match group.members.len() {
                    0 if group.moved.is_empty() => format!("group {name} on {side}: state {}", group.state),
                    0 => format!("group {name} on {side}: commits move, {}", activity::moved(group)),
                    _ => format!(
                        "group {name} on {side}: {}, {}",
                        activity::counted(group),
                        activity::members(group)
                    ),
                });
            }
        }
        Ok(active)
    }
}

/// Whether all its replicas are members of each of its groups. Of a producer nobody can tell.
fn runs_already(app: &Application, looked: &Looked<'_>, seen: &Observations) -> bool {
    let wanted = app.replicas.map_or(1, |replicas| (replicas as usize).max(1));
    app.producers.is_empty() && app.groups.iter().all(|group| looked.members(seen, group) >= wanted)
}

impl Action for StartApp {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        Looked::new(scope, &self.0).brief().probes().into_iter().chain(self.other_side(scope)).collect()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let side = scope.side(Side::Source);
        let apps = self.0.applications(scope.unit, side)?;
        let looked = Looked::new(scope, &self.0).brief();
        let running = looked.running(seen).map_err(Refusal::unmeasured)?;
        let mut notes = Vec::new();
        match self.active_there(scope, seen) {
            Ok(active) if active.is_empty() => {}
            Ok(active) => {
                return Err(Refusal::new(
                    format!("it is active on the other side: {}", listed(active)),
                    "stop it there first; two instances process the same records and move two positions",
                ));
            }
            Err(why) => notes.push(format!("whether the other side is idle was not seen: {why}")),
        }
        let (there, missing): (Vec<_>, Vec<_>) =
            apps.iter().partition(|app| runs_already(app, &looked, seen));
        notes.extend(
            there
                .iter()
                .map(|app| format!("application {} runs on {side} already: not started again", app.name)),
        );
        // Consumers first: nothing is written that nobody reads.
        let (consuming, others): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|app| !app.groups.is_empty());
        let changes = consuming.into_iter().chain(others);
        let changes =
            changes.map(|app| applications::change(scope, app, Bring::Up)).collect::<Result<Vec<_>, _>>()?;
        Ok(Changeset { notes, running, ..Changeset::new(changes) })
    }

    fn foreseen(&self, scope: &StepScope<'_>) -> Changeset {
        self.0.foreseen(scope, Bring::Up)
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Looked::new(scope, &self.0).brief().probes()
    }

    fn settled(&self, scope: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        Looked::new(scope, &self.0).brief().up(seen, &mut waiting, |_| true);
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, changes: &Changeset, _: &Observations) -> Vec<Probe> {
        self.started(scope, changes).probes()
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        self.started(scope, changes).down(seen, &mut waiting);
        waiting.settled()
    }
}
