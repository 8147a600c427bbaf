//! Connectors of the flow that would write over a landing, or beside whoever writes on the target next.

use super::exclusion::{self, GROUPS, TOPICS};
use super::flow::{self, Part};
use super::waiting::listed;
use crate::action::{Refusal, StepScope};
use crate::world::{ConnectorSeen, Observations, Side};

/// The switch of MirrorMaker's sync of groups' commits, which is off by default.
const GROUP_SYNC: &str = "sync.group.offsets.enabled";
/// Without checkpoints there is no sync of commits; on by default.
const CHECKPOINTS: &str = "emit.checkpoints.enabled";

/// Refuses while a connector that can be seen writes commits of the groups on the target, or, once the source is fenced,
/// copies the unit's topics. Before a fence the copy has to go on: consumers move first, and what producers still write on
/// the source has to reach them.
pub(super) fn is_stopped(
    scope: &StepScope<'_>,
    seen: &Observations,
    groups: &[String],
) -> Result<(), Refusal> {
    if flow::probe(scope).is_none() {
        return Ok(());
    }
    let of = |part| flow::connectors(scope, seen, part).map_err(Refusal::unmeasured);
    let mut against = Vec::new();
    for connector in of(Part::Checkpoint)?.into_iter().filter(|connector| syncs_groups(connector)) {
        let synced = groups.iter().filter(|group| !GROUPS.leaves_out(connector, group));
        against.extend(synced.map(|group| {
            format!(
                "connector {} ({}) has {GROUP_SYNC}=true and does not leave out group {group}, whose commits it writes over",
                connector.connector, connector.state
            )
        }));
    }
    if is_fenced(scope) {
        // Connect leaves out a connector that it knows no state of: none at all is no proof that nothing copies.
        let sources = flow::sources(scope, seen, "whether the flow still copies")?;
        for connector in sources.into_iter().filter(|connector| !exclusion::rests(connector)) {
            let topics = scope.unit.all_topics();
            let copied: Vec<&str> = topics
                .iter()
                .filter(|topic| !TOPICS.leaves_out(connector, topic))
                .map(String::as_str)
                .collect();
            if !copied.is_empty() {
                against.push(format!("connector {} still copies {}", connector.connector, copied.join(", ")));
            }
        }
    }
    if against.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        listed(against),
        "have the flow leave them out in a step before: pause-replication with topics and groups, or pause-group-sync for the groups alone",
    ))
}

/// Whether it writes commits on the target. Its tasks do so on a clock of their own, which goes on while the connector is
/// PAUSED: only STOPPED ends it.
fn syncs_groups(connector: &ConnectorSeen) -> bool {
    let is_on = connector.settings.get(GROUP_SYNC).is_some_and(|on| on.trim().eq_ignore_ascii_case("true"));
    is_on && flow::is_on(connector, CHECKPOINTS) && !exclusion::is_stopped(connector)
}

/// Whether the step comes after a fence of its unit on the source.
fn is_fenced(scope: &StepScope<'_>) -> bool {
    let steps = scope.plan.steps.iter();
    steps
        .filter(|step| step.kind == "fence-writes" && step.on.unwrap_or(Side::Source) == Side::Source)
        .filter(|step| step.unit == scope.step.unit)
        .any(|fence| scope.plan.comes_after(&scope.step.id, &fence.id))
}
