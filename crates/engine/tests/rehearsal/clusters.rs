//! Two clusters, a replicator and the applications, as data.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{Limits, Pulse, World};
use runbook::plan::Plan;
use runbook::rehearsal::Rehearsed;
use runbook::world::{AclBinding, Command, CommitHeld, Observation, Probe, Reason, Receipt, Unobserved};
use runbook::{Side, unit::Unit};
use serde_json::json;

use crate::answers::measured;
use crate::bench::clock;

pub type At = (String, i32);

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Refused,
    /// It works, and the answer is lost.
    LostAnswer,
    /// It does not work, and nobody knows.
    LostCall,
}

/// All that a runbook can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Replicas of each application, by side and name.
    pub apps: BTreeMap<(Side, String), u64>,
    pub commits: BTreeMap<(Side, String), BTreeMap<At, CommitHeld>>,
    pub acls: BTreeMap<Side, BTreeSet<AclBinding>>,
    /// Settings of each connector.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug)]
pub struct State {
    pub held: Held,
    pub units: Vec<Unit>,
    pub plan_digest: String,
    /// Evidence that the plan was rehearsed.
    pub rehearsed: Rehearsed,
    /// Where the log of each partition ends, on both sides.
    pub ends: BTreeMap<At, i64>,
    /// A record that somebody writes on the source, behind the end of this partition, after a command with these words.
    pub rogue: Option<(&'static str, At)>,
    /// The source tells nobody any more where topics end, after a command with these words.
    pub silent: Option<&'static str>,
    /// What happens to the next calls; `None`: nothing.
    pub faults: VecDeque<Option<Fault>>,
    /// Calls so far.
    pub calls: usize,
    /// Commands that changed something, in order.
    pub effects: Vec<String>,
}

pub struct Clusters(pub Mutex<State>);

/// A binding as `allow PRINCIPAL HOST OPERATION RESOURCE PATTERN NAME`.
fn acl(text: &str) -> AclBinding {
    let parts: Vec<&str> = text.split(' ').collect();
    let [permission, principal, host, operation, resource, pattern, name] = parts[..] else {
        panic!("{text}")
    };
    serde_json::from_value(json!({
        "permission": permission, "principal": principal, "host": host, "operation": operation,
        "resource": resource, "pattern": pattern, "name": name
    }))
    .unwrap()
}

/// The evidence of a rehearsal that went well, an hour before the run.
fn rehearsed(plan: &Plan) -> Rehearsed {
    use runbook::rehearsal::{ELEMENTS, ElementRehearsed, FORMAT, FaultRehearsed, PointRehearsed};
    let wanted = plan.rehearsal.clone().expect("a shipped runbook says what is rehearsed");
    let ended = clock().wall - jiff::SignedDuration::from_hours(1);
    let point = |point: String| PointRehearsed {
        point,
        run: Some("a-run".to_owned()),
        reached: true,
        rolled_back: true,
        ..PointRehearsed::default()
    };
    let fault = |fault| FaultRehearsed { fault, made: true, survived: true, why: String::new() };
    let element = ElementRehearsed { covered: true, why: String::new() };
    Rehearsed {
        format: FORMAT.to_owned(),
        runbook: plan.name.clone(),
        environment: wanted.environment,
        environment_digest: String::new(),
        environment_parts: BTreeMap::new(),
        plan_digest: plan.digest.clone(),
        parts: wanted.parts,
        rollback_plan: plan.rollback.plans.first().cloned().unwrap_or_default(),
        workload: wanted.workload,
        answers: runbook::plan::Answers::People,
        began: ended,
        ended,
        points: wanted.rollback_from.into_iter().map(point).collect(),
        faults: wanted.faults.into_iter().map(fault).collect(),
        elements: ELEMENTS.iter().map(|name| ((*name).to_owned(), element.clone())).collect(),
        crash_matrix: Vec::new(),
    }
}

impl Clusters {
    /// Everything runs on the source and is copied; on the target nothing runs, groups stand where a replicator's own
    /// translation puts them, and one right is missing.
    pub fn before(plan: &Plan) -> Arc<Clusters> {
        let mut held = Held {
            apps: BTreeMap::new(),
            commits: BTreeMap::new(),
            acls: BTreeMap::new(),
            settings: BTreeMap::new(),
        };
        let mut ends = BTreeMap::new();
        let mut bindings: BTreeSet<AclBinding> = [acl("allow User:mirror * read topic literal *")].into();
        let mut on_target: BTreeSet<AclBinding> = [acl("allow User:mirror * all topic literal *")].into();
        for unit in &plan.units {
            for (number, topic) in (0_i64..).zip(unit.all_topics()) {
                for partition in 0..2 {
                    ends.insert((topic.clone(), partition), 100 + 10 * number);
                }
            }
            for (name, group) in &unit.groups {
                let commit = |from: i64| {
                    let read = ends.iter().filter(|(_, end)| **end > 0);
                    let at = |end: &i64| CommitHeld {
                        offset: if from == 0 { *end } else { from },
                        metadata: String::new(),
                    };
                    read.map(|(place, end)| (place.clone(), at(end))).collect::<BTreeMap<_, _>>()
                };
                held.commits.insert((Side::Source, name.clone()), commit(0));
                held.commits.insert((Side::Target, name.clone()), commit(1));
                let app = group.source_app.clone().unwrap_or_default();
                held.apps.insert((Side::Source, app), u64::from(group.replicas.unwrap_or(1)));
                bindings.insert(acl(&format!("allow User:settlement * read group literal {name}")));
                on_target.insert(acl(&format!("allow User:settlement * read group literal {name}")));
            }
            for producer in unit.producers.values() {
                let app = producer.source_app.clone().unwrap_or_default();
                held.apps.insert((Side::Source, app), u64::from(producer.replicas.unwrap_or(1)));
            }
            for topic in unit.all_topics() {
                let write = acl(&format!("allow User:checkout * write topic literal {topic}"));
                let read = acl(&format!("allow User:settlement * read topic literal {topic}"));
                let granted = plan.steps.iter().any(|step| step.kind == "sync-acls");
                if topic != "orders" || !granted {
                    on_target.insert(write.clone());
                }
                on_target.insert(read.clone());
                bindings.extend([write, read]);
            }
        }
        held.acls = [(Side::Source, bindings), (Side::Target, on_target)].into();
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        held.settings = [
            ("checkpoint".to_owned(), BTreeMap::new()),
            ("heartbeat".to_owned(), BTreeMap::new()),
            (
                "source".to_owned(),
                [setting("sync.topic.acls.enabled", "false"), setting("sync.topic.configs.enabled", "false")]
                    .into(),
            ),
        ]
        .into();
        Arc::new(Clusters(Mutex::new(State {
            held,
            units: plan.units.clone(),
            plan_digest: plan.digest.clone(),
            rehearsed: rehearsed(plan),
            ends,
            rogue: None,
            silent: None,
            faults: VecDeque::new(),
            calls: 0,
            effects: Vec::new(),
        })))
    }

    pub fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    pub fn held(&self) -> Held {
        self.with(|state| state.held.clone())
    }
}

impl State {
    fn app(side: Side, on_target: &Option<String>, on_source: &Option<String>) -> String {
        match side {
            Side::Source => on_source.as_ref().or(on_target.as_ref()),
            Side::Target => on_target.as_ref().or(on_source.as_ref()),
        }
        .cloned()
        .unwrap_or_default()
    }

    fn running(&self, side: Side, app: &str) -> u64 {
        self.held.apps.get(&(side, app.to_owned())).copied().unwrap_or(0)
    }

    /// Replicas that read as a group.
    pub fn members(&self, side: Side, group: &str) -> u64 {
        let unit = self.units.iter().find(|unit| unit.groups.contains_key(group));
        unit.map_or(0, |unit| {
            let def = &unit.groups[group];
            self.running(side, &State::app(side, &def.app, &def.source_app))
        })
    }

    pub fn is_silent(&self) -> bool {
        self.silent.is_some_and(|words| self.effects.iter().any(|effect| effect.contains(words)))
    }

    pub fn is_written_by_a_rogue(&self, place: &At) -> bool {
        self.rogue.as_ref().is_some_and(|(words, at)| {
            at == place && self.effects.iter().any(|effect| effect.contains(words))
        })
    }

    /// Whether records are written to the topics on that side, by producers or, on the target, by the replicator.
    pub fn grows(&self, side: Side) -> bool {
        let produced = |side: Side| {
            self.units.iter().any(|unit| {
                unit.producers
                    .values()
                    .any(|def| self.running(side, &State::app(side, &def.app, &def.source_app)) > 0)
            })
        };
        let copied =
            || produced(Side::Source) && !self.held.settings["source"].contains_key("topics.exclude");
        produced(side) || side == Side::Target && copied()
    }

    /// Takes a command as a careful system does: where neither the old nor the new state is there, nothing is done.
    fn apply(&mut self, command: &Command) -> Receipt {
        let before = self.held.clone();
        if let Err(why) = self.change(command) {
            self.held = before;
            return Receipt::Refused { why };
        }
        if self.held == before {
            return Receipt::Already;
        }
        self.effects.push(command.title());
        Receipt::Applied { said: None }
    }

    fn change(&mut self, command: &Command) -> Result<(), String> {
        match command {
            Command::SetCommits { side, group, commits } => {
                let held = self.held.commits.entry((*side, group.clone())).or_default();
                for change in commits {
                    let at = (change.topic.clone(), change.partition);
                    let now = held.get(&at).cloned();
                    if now != change.from && now != change.to {
                        return Err(format!("{at:?} is {now:?}"));
                    }
                    match &change.to {
                        Some(to) => held.insert(at, to.clone()),
                        None => held.remove(&at),
                    };
                }
            }
            Command::SetAcls { side, create, delete } => {
                let acls = self.held.acls.get_mut(side).unwrap();
                acls.retain(|binding| !delete.contains(binding));
                acls.extend(create.iter().cloned());
            }
            Command::SetConnectorConfigs { connector, settings, .. } => {
                let held = self.held.settings.get_mut(connector).unwrap();
                for setting in settings {
                    let now = held.get(&setting.name).map(String::as_str);
                    let Some(to) = setting.applied_to(now) else {
                        return Err(format!("{} is {now:?}", setting.name));
                    };
                    match to {
                        Some(value) => held.insert(setting.name.clone(), value),
                        None => held.remove(&setting.name),
                    };
                }
            }
            Command::Http(request) => {
                let body: serde_json::Value =
                    serde_json::from_str(request.body.as_deref().unwrap_or("{}")).unwrap();
                let app = request.url.trim_end_matches("/replicas").rsplit('/').take(2).collect::<Vec<_>>();
                self.bring(&format!("{}/{}", app[1], app[0]), body["n"].as_u64().unwrap());
            }
            Command::Exec { argv, .. } => {
                let (verb, app) = (argv[1].clone(), argv[2].clone());
                let n = self.units.iter().flat_map(|unit| {
                    let groups = unit
                        .groups
                        .values()
                        .map(|def| (def.app.clone(), def.source_app.clone(), def.replicas));
                    let producers = unit
                        .producers
                        .values()
                        .map(|def| (def.app.clone(), def.source_app.clone(), def.replicas));
                    groups.chain(producers).collect::<Vec<_>>()
                });
                let n = n
                    .filter(|(one, other, _)| one.as_ref() == Some(&app) || other.as_ref() == Some(&app))
                    .find_map(|(_, _, replicas)| replicas)
                    .unwrap_or(1);
                self.bring(&app, if verb == "start" { u64::from(n) } else { 0 });
            }
            other => return Err(format!("nobody carries out {}", other.title())),
        }
        Ok(())
    }

    fn bring(&mut self, app: &str, n: u64) {
        let side = if app.starts_with("gcp/") { Side::Target } else { Side::Source };
        if n == 0 {
            self.held.apps.remove(&(side, app.to_owned()));
        } else {
            self.held.apps.insert((side, app.to_owned()), n);
        }
    }
}

impl World for Clusters {
    async fn observe(&self, probe: &Probe, _: &Limits, _: Arc<dyn Pulse>) -> Result<Observation, Unobserved> {
        let at = clock().wall;
        let over = match probe {
            Probe::Rest { over_ms, .. }
            | Probe::Groups { over_ms, .. }
            | Probe::Drained { over_ms, .. }
            | Probe::Replication { over_ms, .. }
            | Probe::Retention { over_ms, .. } => *over_ms,
            _ => 20,
        };
        tokio::time::sleep(Duration::from_millis(over)).await;
        match self.with(|state| measured(state, probe)) {
            Some(measured) => {
                Ok(Observation { probe: probe.clone(), at, took_ms: over, partial: None, measured })
            }
            None => Err(Unobserved {
                probe: probe.clone(),
                at,
                reason: Reason::NotBuilt,
                message: "these clusters do not know".to_owned(),
                hint: None,
            }),
        }
    }

    async fn apply(&self, command: &Command, _: Duration) -> Receipt {
        let fault = self.with(|state| {
            state.calls += 1;
            state.faults.pop_front().flatten()
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        match fault {
            Some(Fault::Refused) => return Receipt::Refused { why: "the cluster says no".to_owned() },
            Some(Fault::LostCall) => return Receipt::Unknown { why: "connection lost".to_owned() },
            Some(Fault::LostAnswer) | None => {}
        }
        let receipt = self.with(|state| state.apply(command));
        match fault {
            Some(Fault::LostAnswer) => Receipt::Unknown { why: "connection lost".to_owned() },
            _ => receipt,
        }
    }
}
