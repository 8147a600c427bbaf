//! Has the replicator stop writing commits of the unit's groups on the target, and nothing else.
//!
//! ## What it does
//! With MirrorMaker 2 as connectors: appends the groups to `groups.exclude` of the flow's checkpoint connectors, each
//! name quoted as a regular expression. What is set there stays verbatim; where nothing is set, MirrorMaker's own default
//! stands in front. What others add to the list or take out of it at the same time stays. Only a connector whose filter is not MirrorMaker's own is stopped whole, and only with
//! `affects_others: accepted`.
//!
//! ## Why it matters
//! MirrorMaker 2 writes the commits of a group for as long as the group has no member on the target: over positions that
//! were just landed, and in the moment in which a group that is active there is between two generations (KAFKA-19794).
//!
//! ## How it is settled
//! The setting is there, connector and all its tasks are RUNNING again, nothing of the flow is FAILED, and commits of
//! the groups do not move on the target between two looks, 2 s apart, while nobody reads as them there.
//!
//! ## Its way back
//! The setting as it was, not set included, or without our entries where others changed it meanwhile; connector and
//! tasks are RUNNING again.
//!
//! ## What it refuses
//! MirrorMaker 2 in dedicated mode, which has no interface for it, and any other tool: use `exec` or `manual` with the
//! same proof. A connector that is not RUNNING, a filter of your own. A flow without a checkpoint connector for these
//! groups writes no commits: that is noted, not refused.
//!
//! ## What it does not do
//! It does not put back what the replicator has written before: that is `commit-offsets`. Two looks do not see a sync
//! that runs once a minute; the setting with its restart is the proof, the look is a second one.
//!
//! ## Example
//! ```yaml
//! id: stop-group-sync
//! do: pause-group-sync
//! with: { groups: unit }
//! timeout: { total: 60s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Names;
use super::exclusion::{self, GROUPS, Pause};
use super::flow;
use super::pause_replication::Affects;
use super::waiting::Waiting;
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::unit::Unit;
use crate::world::{Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseGroupSync {
    /// `unit`, or names of groups.
    groups: Names,
    /// That a shared connector is stopped whole where there is no other way.
    #[serde(default)]
    affects_others: Option<Affects>,
}

impl PauseGroupSync {
    fn groups(&self, unit: &Unit) -> Vec<String> {
        self.groups.among(unit.groups.keys().map(String::as_str))
    }

    fn pause(&self, unit: &Unit) -> Pause {
        Pause { exclusion: &GROUPS, names: self.groups(unit), others_accepted: self.affects_others.is_some() }
    }
}

impl Action for PauseGroupSync {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        flow::probe(scope).into_iter().collect()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        exclusion::reachable(scope)?;
        let mut changes = Changeset::default();
        self.pause(scope.unit).propose(scope, seen, &mut changes)?;
        Ok(changes)
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        let groups = Some(exclusion::synced(&self.groups(scope.unit)));
        flow::probe(scope).into_iter().chain(groups).collect()
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        self.pause(scope.unit).settled(scope, changes, seen, &mut waiting);
        exclusion::rest_of_flow(scope, seen, &mut waiting);
        exclusion::written(&self.groups(scope.unit), seen, &mut waiting);
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        flow::probe(scope).into_iter().collect()
    }

    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        exclusion::undone(scope, changes, seen)
    }
}
