//! Topics and groups that the flow's connectors are told to leave out.

use std::collections::BTreeMap;

use super::activity;
use super::flow::{self, Part};
use super::growth;
use super::java_regex;
use super::sight::Sight;
use super::waiting::Waiting;
use crate::action::{Change, Changeset, Refusal, Settled, StepScope};
use crate::world::{Command, ConnectorSeen, Observations, Probe, SettingChange, Side};

/// What is left out by one part of the flow.
pub(super) struct Exclusion {
    part: Part,
    /// `topics` or `groups`.
    what: &'static str,
    /// The list of what is left out, its older name, and what holds where neither is set.
    setting: &'static str,
    older: &'static str,
    default: &'static str,
    /// The list of what is taken, and its older name.
    taken: [&'static str; 2],
    filter: [&'static str; 2],
}

/// `topics.exclude` of the connectors that copy records. The default is that of Kafka 3.9 and newer; what the one of
/// older versions left out beside (`.*[\-.]internal`) their replication policy refuses in any case.
pub(super) const TOPICS: Exclusion = Exclusion {
    part: Part::Source,
    what: "topics",
    setting: "topics.exclude",
    older: "topics.blacklist",
    default: r"mm2.*\.internal, .*\.replica, __.*",
    taken: ["topics", "topics.whitelist"],
    filter: ["topic.filter.class", "DefaultTopicFilter"],
};

/// `groups.exclude` of the connectors that write groups' commits.
pub(super) const GROUPS: Exclusion = Exclusion {
    part: Part::Checkpoint,
    what: "groups",
    setting: "groups.exclude",
    older: "groups.blacklist",
    default: "console-consumer-.*, connect-.*, __.*",
    taken: ["groups", "groups.whitelist"],
    filter: ["group.filter.class", "DefaultGroupFilter"],
};

impl Exclusion {
    /// Whether the connector certainly leaves a name out.
    pub(super) fn leaves_out(&self, connector: &ConnectorSeen, name: &str) -> bool {
        let Exclusion { setting, older, taken: [taken, taken_older], filter: [filter, ours], .. } = self;
        let excluded = flow::setting(connector, setting, older);
        let included = flow::setting(connector, taken, taken_older);
        flow::own_filter(connector, filter, ours).is_none()
            && (excluded.is_some_and(|list| java_regex::surely_matches(list, name))
                || included.is_some_and(|list| !java_regex::may_match(list, name)))
    }
}

/// A part of a pause: which names one part of the flow leaves out.
pub(super) struct Pause {
    pub(super) exclusion: &'static Exclusion,
    /// Sorted.
    pub(super) names: Vec<String>,
    /// Somebody accepted that others stand still too.
    pub(super) others_accepted: bool,
}

/// Refuses where there is nothing that could be told to leave something out.
pub(super) fn reachable(scope: &StepScope<'_>) -> Result<(), Refusal> {
    let flow = flow::name(scope);
    let why = if !flow::is_mirrored(scope) {
        format!(
            "flow {flow} is carried by `{}`, whose settings this version does not change",
            scope.plan.replicator.tool
        )
    } else if scope.plan.replicator.connect.is_none() {
        format!("MirrorMaker 2 carries flow {flow} in dedicated mode, which has no interface to change it")
    } else {
        return Ok(());
    };
    Err(Refusal::new(why, "stop the flow with an `exec` or `manual` step, and prove it with the same checks"))
}

impl Pause {
    /// The connectors of this part that may take one of the names.
    fn concerned<'a>(
        &self,
        scope: &StepScope<'_>,
        seen: &'a Observations,
    ) -> Result<Vec<&'a ConnectorSeen>, String> {
        let mut all = flow::connectors(scope, seen, self.exclusion.part)?;
        all.retain(|connector| {
            let [taken, older] = self.exclusion.taken;
            let list = flow::setting(connector, taken, older);
            list.is_none_or(|list| self.names.iter().any(|name| java_regex::may_match(list, name)))
        });
        Ok(all)
    }

    /// Adds the changes that leave the names out.
    pub(super) fn propose(
        &self,
        scope: &StepScope<'_>,
        seen: &Observations,
        changes: &mut Changeset,
    ) -> Result<(), Refusal> {
        let Exclusion { part, what, .. } = self.exclusion;
        let connectors = self.concerned(scope, seen).map_err(Refusal::unmeasured)?;
        let connect = scope.plan.replicator.connect.clone().unwrap_or_default();
        if connectors.is_empty() {
            let why = format!(
                "Connect at {connect} has no {} connector of flow {} that takes the {what} {}",
                part.word(),
                flow::name(scope),
                self.names.join(", ")
            );
            return match part {
                Part::Source => {
                    Err(Refusal::new(why, "check the flow and the address of Connect in the site"))
                }
                // Without one nobody writes commits on the target.
                Part::Checkpoint => {
                    changes.notes.push(why);
                    Ok(())
                }
            };
        }
        for connector in connectors {
            self.one(&connect, connector, changes)?;
        }
        Ok(())
    }

    fn one(&self, connect: &str, connector: &ConnectorSeen, changes: &mut Changeset) -> Result<(), Refusal> {
        let Exclusion { what, setting, default, older, filter: [filter, ours], .. } = self.exclusion;
        let name = &connector.connector;
        if let Some(class) = flow::own_filter(connector, filter, ours) {
            return self.stop(connect, connector, class, changes);
        }
        let now = flow::setting(connector, setting, older).unwrap_or(default);
        let wanted = java_regex::with_names(now, &self.names);
        if wanted == now {
            changes.notes.push(format!("connector {name} leaves these {what} out already"));
            return Ok(());
        }
        if connector.state != "RUNNING" {
            return Err(Refusal::new(
                format!(
                    "connector {name} is {}: whether it takes a new setting cannot be seen",
                    connector.state
                ),
                "find out who stopped it; resume it, or remove it from the flow",
            ));
        }
        let command = Command::SetConnectorConfigs {
            connect: connect.to_owned(),
            connector: name.clone(),
            settings: vec![SettingChange {
                name: (*setting).to_owned(),
                from: connector.settings.get(*setting).cloned(),
                to: Some(wanted),
                entries: java_regex::missing(now, &self.names),
            }],
        };
        push(connector, command, changes)?;
        changes.notes.push(format!(
            "connector {name} and its tasks restart once: what else it carries stands still for that time, and nobody else is affected"
        ));
        Ok(())
    }

    /// Its filter need not heed the list: the only way left is to stop it whole.
    fn stop(
        &self,
        connect: &str,
        connector: &ConnectorSeen,
        class: &str,
        changes: &mut Changeset,
    ) -> Result<(), Refusal> {
        let Exclusion { setting, filter: [filter, _], taken: [taken, older], what, .. } = self.exclusion;
        let name = &connector.connector;
        let others = flow::setting(connector, taken, older).unwrap_or(".*");
        if !self.others_accepted {
            return Err(Refusal::new(
                format!(
                    "connector {name} chooses by {filter} = {class}, which need not heed {setting}; stopping it would stop all its {what} ({others})"
                ),
                "have the filter leave them out by an `exec` or `manual` step, or write affects_others: accepted",
            ));
        }
        if is_stopped(connector) {
            changes.notes.push(format!("connector {name} is STOPPED already"));
            return Ok(());
        }
        let command = Command::SetConnectorState {
            connect: connect.to_owned(),
            connector: name.clone(),
            from: connector.state.clone(),
            to: "STOPPED".to_owned(),
        };
        push(connector, command, changes)?;
        changes.notes.push(format!(
            "connector {name} is stopped whole, because its filter {class} need not heed {setting}: everything else it takes stops too ({what}: {others})"
        ));
        Ok(())
    }

    /// Adds what is missing until the names are left out for sure.
    pub(super) fn settled(
        &self,
        scope: &StepScope<'_>,
        changes: &Changeset,
        seen: &Observations,
        waiting: &mut Waiting,
    ) {
        let Exclusion { setting, default, older, filter: [filter, ours], .. } = self.exclusion;
        let Some(all) = waiting.need(flow::all(scope, seen)) else { return };
        for name in changes.changes.iter().filter_map(|change| connector_of(&change.command)) {
            if !all.iter().any(|connector| connector.connector == *name) {
                waiting.unknown(format!(
                    "connector {name}, which was changed, is not among those Connect tells of"
                ));
            }
        }
        let Some(connectors) = waiting.need(self.concerned(scope, seen)) else { return };
        for connector in connectors {
            let name = &connector.connector;
            if flow::own_filter(connector, filter, ours).is_some() {
                if !is_stopped(connector) {
                    waiting.not_yet(format!("connector {name}"), state(connector), "STOPPED, no task left");
                }
                continue;
            }
            let now = flow::setting(connector, setting, older).unwrap_or(default);
            let wanted = java_regex::with_names(now, &self.names);
            if wanted != now {
                waiting.not_yet(format!("{setting} of connector {name}"), now, wanted);
            }
            running(connector, true, waiting);
        }
    }
}

fn connector_of(command: &Command) -> Option<&String> {
    match command {
        Command::SetConnectorConfigs { connector, .. } | Command::SetConnectorState { connector, .. } => {
            Some(connector)
        }
        _ => None,
    }
}

/// Adds what a connector misses to be running with all its tasks. One that is left with nothing to carry has no task.
fn running(connector: &ConnectorSeen, without_tasks: bool, waiting: &mut Waiting) {
    let good = connector.state == "RUNNING"
        && connector.tasks.values().all(|task| task == "RUNNING")
        && (without_tasks || !connector.tasks.is_empty());
    if !good {
        waiting.not_yet(
            format!("connector {}", connector.connector),
            state(connector),
            "RUNNING, and so is every task",
        );
    }
}

fn push(connector: &ConnectorSeen, command: Command, changes: &mut Changeset) -> Result<(), Refusal> {
    changes.changes.push(Change::guarded(command)?);
    if !connector.tasks.is_empty() {
        changes.running.push(subject(&connector.connector));
    }
    Ok(())
}

/// Under which a connector that had tasks is kept among what ran before.
fn subject(connector: &str) -> String {
    format!("connector {connector}")
}

pub(super) fn is_stopped(connector: &ConnectorSeen) -> bool {
    is_all(connector, "STOPPED")
}

/// Whether it copies nothing: a paused source connector is not polled.
pub(super) fn rests(connector: &ConnectorSeen) -> bool {
    is_all(connector, "STOPPED") || is_all(connector, "PAUSED")
}

fn is_all(connector: &ConnectorSeen, state: &str) -> bool {
    connector.state == state && connector.tasks.values().all(|task| task == state)
}

/// `RUNNING, tasks: 0 RUNNING, 1 FAILED`.
fn state(connector: &ConnectorSeen) -> String {
    let tasks: Vec<String> = connector.tasks.iter().map(|(task, state)| format!("{task} {state}")).collect();
    let tasks = if tasks.is_empty() { "none".to_owned() } else { tasks.join(", ") };
    format!("{}, tasks: {tasks}", connector.state)
}

/// Adds what of the rest of the flow has failed: a pause must not break what it does not name.
pub(super) fn rest_of_flow(scope: &StepScope<'_>, seen: &Observations, waiting: &mut Waiting) {
    let Some(all) = waiting.need(flow::all(scope, seen)) else { return };
    for connector in all {
        if connector.state == "FAILED" || connector.tasks.values().any(|task| task == "FAILED") {
            waiting.not_yet(format!("connector {}", connector.connector), state(connector), "nothing FAILED");
        }
    }
}

/// The ends of the topics on the target, looked at twice.
pub(super) fn still(topics: &[String]) -> Probe {
    growth::probe(Side::Target, topics, growth::REST_MS)
}

/// Adds topics that are still copied.
pub(super) fn copied(topics: &[String], seen: &Observations, waiting: &mut Waiting) {
    let Some(rest) = waiting.need(growth::of(Sight(seen), &still(topics), topics)) else { return };
    if let Some(moving) = growth::moving(rest) {
        waiting.not_yet("copies on target", moving, "no end moves between two looks");
    }
}

/// The groups on the target, looked at twice.
pub(super) fn synced(groups: &[String]) -> Probe {
    activity::probe(Side::Target, groups, activity::STILL_MS)
}

/// Adds groups whose commits somebody still writes on the target, although nobody reads as them there.
pub(super) fn written(groups: &[String], seen: &Observations, waiting: &mut Waiting) {
    for name in groups {
        let Some(group) = waiting.need(activity::of(Sight(seen), &synced(groups), name)) else { continue };
        if group.members.is_empty() && !group.moved.is_empty() {
            waiting.not_yet(
                format!("commits of group {name} on target"),
                format!("moving: {}", activity::moved(group)),
                "none moves between two looks",
            );
        }
    }
}

/// Whether everything the changes set is as it was, and running again.
pub(super) fn undone(scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
    let mut waiting = Waiting::default();
    let Some(all) = waiting.need(flow::all(scope, seen)) else { return waiting.settled() };
    let by_name: BTreeMap<&str, &ConnectorSeen> =
        all.iter().map(|connector| (connector.connector.as_str(), *connector)).collect();
    let had_tasks = |connector: &str| changes.running.contains(&subject(connector));
    for change in &changes.changes {
        match &change.command {
            Command::SetConnectorConfigs { connector, settings, .. } => {
                let Some(seen) = by_name.get(connector.as_str()) else {
                    waiting.unknown(format!("connector {connector} is not there any more"));
                    continue;
                };
                for setting in settings {
                    let now = seen.settings.get(&setting.name);
                    let back = setting.inverse();
                    if !back.is_made(now.map(String::as_str)) {
                        let said = |value: Option<&str>| value.unwrap_or("not set").to_owned();
                        // What others added meanwhile stays.
                        let wanted = back.applied_to(now.map(String::as_str)).unwrap_or(back.to);
                        waiting.not_yet(
                            format!("{} of connector {connector}", setting.name),
                            said(now.map(String::as_str)),
                            said(wanted.as_deref()),
                        );
                    }
                }
                running(seen, !had_tasks(connector), &mut waiting);
            }
            Command::SetConnectorState { connector, from, .. } => match by_name.get(connector.as_str()) {
                Some(seen) if from == "RUNNING" => running(seen, !had_tasks(connector), &mut waiting),
                Some(seen) if seen.state == *from => {}
                Some(seen) => waiting.not_yet(format!("connector {connector}"), state(seen), from),
                None => waiting.unknown(format!("connector {connector} is not there any more")),
            },
            _ => {}
        }
    }
    waiting.settled()
}
