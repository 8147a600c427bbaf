//! Has the replicator stop copying the unit's topics, and nothing else.
//!
//! ## What it does
//! With MirrorMaker 2 as connectors: appends the topics to `topics.exclude` of the flow's source connectors and, where
//! groups are named, the groups to `groups.exclude` of its checkpoint connectors, each name quoted as a regular
//! expression. What is set there stays verbatim; where nothing is set, MirrorMaker's own default stands in front. A
//! connector whose own list names topics by name is told so all the same. What others add to the list or take out of it
//! at the same time stays. Only a connector whose filter is not
//! MirrorMaker's own is stopped whole, and only with `affects_others: accepted`; then wait for its tasks.
//!
//! ## Why it matters
//! From the moment anything is written on the target, a replicator that goes on is a second writer. But connectors
//! belong to a flow, not to a unit: stopping one stops the topics of everybody else.
//!
//! ## How it is settled
//! The setting is there, connector and all its tasks are RUNNING again (a setting restarts them), nothing of the flow is
//! FAILED, the ends of the topics on the target are the same at two looks, 2 s apart, and commits of named groups
//! without members do not move there for 2 s. A connector that is left with nothing to carry has no task, which is as
//! good. A stopped connector is settled when no task is left.
//!
//! ## Its way back
//! The setting as it was, not set included, or without our entries where others changed it meanwhile; connector and
//! tasks are RUNNING again. What was written on the source
//! meanwhile is copied then.
//!
//! ## What it refuses
//! MirrorMaker 2 in dedicated mode, which has no interface for it, and any other tool: use `exec` or `manual` with the
//! same proof. A flow without a connector that takes the topics, one that is not RUNNING, a filter of your own.
//!
//! ## What it does not do
//! It does not wait until everything is copied: that is the check `drained`, before. It does not see the tasks' own
//! settings: a task that has nothing to copy looks the same before and after its restart.
//!
//! ## Example
//! ```yaml
//! id: stop-flow
//! do: pause-replication
//! with: { topics: unit, groups: unit }
//! timeout: { total: 60s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Names;
use super::exclusion::{self, GROUPS, Pause, TOPICS};
use super::flow;
use super::waiting::Waiting;
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::unit::Unit;
use crate::world::{Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseReplication {
    /// `unit`, or names of topics.
    topics: Names,
    /// `unit`, or names of groups whose commits are no longer written on the target either.
    #[serde(default)]
    groups: Option<Names>,
    /// That a shared connector is stopped whole where there is no other way.
    #[serde(default)]
    affects_others: Option<Affects>,
}

/// That others stand still too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Affects {
    Accepted,
}

impl PauseReplication {
    fn topics(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_topics();
        self.topics.among(all.iter().map(String::as_str))
    }

    fn groups(&self, unit: &Unit) -> Vec<String> {
        let all = || unit.groups.keys().map(String::as_str);
        self.groups.as_ref().map(|groups| groups.among(all())).unwrap_or_default()
    }

    fn pauses(&self, unit: &Unit) -> Vec<Pause> {
        let others_accepted = self.affects_others.is_some();
        let (topics, groups) = (self.topics(unit), self.groups(unit));
        let topics = Pause { exclusion: &TOPICS, names: topics, others_accepted };
        let groups = Pause { exclusion: &GROUPS, names: groups, others_accepted };
        [topics, groups].into_iter().filter(|pause| !pause.names.is_empty()).collect()
    }
}

impl Action for PauseReplication {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        flow::probe(scope).into_iter().collect()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        exclusion::reachable(scope)?;
        let mut changes = Changeset::default();
        for pause in self.pauses(scope.unit) {
            pause.propose(scope, seen, &mut changes)?;
        }
        Ok(changes)
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        let groups = self.groups(scope.unit);
        let groups = (!groups.is_empty()).then(|| exclusion::synced(&groups));
        let topics = Some(exclusion::still(&self.topics(scope.unit)));
        flow::probe(scope).into_iter().chain(topics).chain(groups).collect()
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        for pause in self.pauses(scope.unit) {
            pause.settled(scope, changes, seen, &mut waiting);
        }
        exclusion::rest_of_flow(scope, seen, &mut waiting);
        exclusion::copied(&self.topics(scope.unit), seen, &mut waiting);
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
