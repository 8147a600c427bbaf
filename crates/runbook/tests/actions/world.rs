//! Two clusters and a replicator in memory: they answer probes and take commands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use runbook::Side;
use runbook::world::{
    AclsSeen, BornSeen, Command, CommitHeld, CommitSeen, ConfigSeen, ConnectorSeen, ConnectorsSeen,
    DrainedSeen, EndsSeen, Found, GroupKind, GroupSeen, GroupsSeen, LastCopied, Measured, MemberSeen,
    Observation, OpenTransaction, Outcome, PartitionBorn, PartitionDrained, PartitionEnds, PartitionPosition,
    PartitionRest, PartitionSeen, PositionProof, PositionsSeen, Probe, Reason, RestSeen, TopicSeen,
    TopicsSeen, Twin, TwinsSeen, Unobserved,
};
use serde_json::json;

type At = (String, i32);

#[derive(Clone, Debug)]
pub struct Partition {
    pub start: i64,
    pub lso: i64,
    pub end: i64,
    /// Offsets by which it grows between two looks.
    pub grows: i64,
    pub open: Option<Vec<OpenTransaction>>,
}

#[derive(Clone, Debug)]
pub struct Topic {
    pub partitions: Vec<Partition>,
    pub configs: BTreeMap<String, ConfigSeen>,
    pub found: Found,
    pub unread: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub kind: GroupKind,
    pub state: &'static str,
    pub members: Vec<MemberSeen>,
    pub commits: BTreeMap<At, CommitHeld>,
    /// Partitions whose commit moves by one between two looks.
    pub moving: BTreeSet<At>,
    /// Partitions whose commit came between two looks to what it is, from what it was.
    pub came: BTreeMap<At, Option<i64>>,
    pub unread: Option<String>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub topics: BTreeMap<(Side, String), Topic>,
    pub groups: BTreeMap<(Side, String), Group>,
    pub acls: BTreeMap<Side, AclsSeen>,
    pub connectors: Vec<ConnectorSeen>,
    /// What of the exact positions is otherwise: by partition.
    pub positions: BTreeMap<At, fn(&mut PartitionPosition)>,
    /// Source partitions whose last record was never copied.
    pub left_behind: BTreeSet<At>,
    /// Twins that cannot be proved.
    pub no_twin: bool,
    /// How far behind its place on the source a twin lies on the target, from that source offset on.
    pub shifted: Option<(i64, i64)>,
    /// Probes, by a part of their title, that are not answered.
    pub silent: Vec<&'static str>,
    /// Probes, by a part of their title, of which only a part is answered.
    pub partial: Vec<&'static str>,
    /// Commands that went out and cannot be looked at: their titles.
    pub called: Vec<String>,
    /// Commands have no effect.
    pub frozen: bool,
}

pub fn at(topic: &str, partition: i32) -> At {
    (topic.to_owned(), partition)
}

pub fn held(offset: i64) -> CommitHeld {
    CommitHeld { offset, metadata: String::new() }
}

pub fn member(client: &str, instance: Option<&str>) -> MemberSeen {
    MemberSeen {
        member_id: format!("{client}-id"),
        client_id: client.to_owned(),
        host: "/10.0.0.1".to_owned(),
        instance_id: instance.map(str::to_owned),
    }
}

fn partition(start: i64, end: i64) -> Partition {
    Partition { start, lso: end, end, grows: 0, open: Some(Vec::new()) }
}

pub fn acl(text: &str) -> runbook::world::AclBinding {
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

/// Everything stopped and copied, nothing landed: the moment before most steps.
pub fn quiet() -> World {
    let topic = |partitions: &[(i64, i64)]| Topic {
        partitions: partitions.iter().map(|(start, end)| partition(*start, *end)).collect(),
        configs: [
            ("retention.ms", "604800000", "topic"),
            ("cleanup.policy", "delete", "default"),
            ("min.insync.replicas", "1", "default"),
        ]
        .into_iter()
        .map(|(name, value, origin)| {
            (name.to_owned(), ConfigSeen { value: Some(value.to_owned()), origin: origin.to_owned() })
        })
        .collect(),
        found: Found::Present,
        unread: None,
    };
    let mut topics = BTreeMap::new();
    for side in Side::BOTH {
        topics.insert((side, "orders".to_owned()), topic(&[(0, 100), (0, 50)]));
        topics.insert((side, "accounts".to_owned()), topic(&[(10, 80)]));
        topics.insert((side, "orders.retry".to_owned()), topic(&[(0, 0)]));
    }
    let group = |commits: &[(&str, i32, i64)]| Group {
        kind: GroupKind::Classic,
        state: "Empty",
        members: Vec::new(),
        commits: commits
            .iter()
            .map(|(topic, partition, offset)| (at(topic, *partition), held(*offset)))
            .collect(),
        moving: BTreeSet::new(),
        came: BTreeMap::new(),
        unread: None,
    };
    let mut groups = BTreeMap::new();
    groups.insert(
        (Side::Source, "settlement".to_owned()),
        group(&[("orders", 0, 90), ("orders", 1, 50), ("accounts", 0, 80)]),
    );
    groups.insert((Side::Target, "settlement".to_owned()), group(&[("orders", 0, 1), ("orders", 1, 50)]));
    let acls = |bindings: &[&str]| AclsSeen {
        authorizer: true,
        allow_everyone_if_no_acl: Some(false),
        super_users: Some(vec!["User:admin".to_owned()]),
        bindings: {
            let mut all: Vec<_> = bindings.iter().map(|text| acl(text)).collect();
            all.sort();
            all
        },
    };
    let source = acls(&[
        "allow User:checkout * write topic prefixed orders",
        "allow User:checkout * write topic literal accounts",
        "allow User:settlement * read topic prefixed orders",
        "allow User:settlement * read topic literal accounts",
        "allow User:settlement * write topic literal orders.retry",
        "allow User:settlement * read group literal settlement",
        "allow User:mirror * read topic literal *",
    ]);
    let target = acls(&[
        "allow User:checkout * write topic literal accounts",
        "allow User:settlement * read topic prefixed orders",
        "allow User:settlement * read topic literal accounts",
        "allow User:mirror * all topic literal *",
    ]);
    World {
        topics,
        groups,
        acls: [(Side::Source, source), (Side::Target, target)].into(),
        connectors: vec![
            connector("mirror-checkpoint", Some("checkpoint"), &[]),
            connector("mirror-heartbeat", Some("heartbeat"), &[]),
            connector(
                "mirror-source",
                Some("source"),
                &[("sync.topic.acls.enabled", "false"), ("sync.topic.configs.enabled", "false")],
            ),
            connector("sink", None, &[]),
        ],
        positions: BTreeMap::new(),
        left_behind: BTreeSet::new(),
        no_twin: false,
        shifted: None,
        silent: Vec::new(),
        partial: Vec::new(),
        called: Vec::new(),
        frozen: false,
    }
}

pub fn connector(name: &str, role: Option<&str>, settings: &[(&str, &str)]) -> ConnectorSeen {
    ConnectorSeen {
        connector: name.to_owned(),
        role: role.map(str::to_owned),
        state: "RUNNING".to_owned(),
        tasks: [(0, "RUNNING".to_owned())].into(),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

impl World {
    pub fn group(&mut self, side: Side) -> &mut Group {
        self.groups.get_mut(&(side, "settlement".to_owned())).unwrap()
    }

    pub fn partition(&mut self, side: Side, topic: &str, number: usize) -> &mut Partition {
        &mut self.topics.get_mut(&(side, topic.to_owned())).unwrap().partitions[number]
    }

    pub fn connector(&mut self, name: &str) -> &mut ConnectorSeen {
        self.find_connector(name).unwrap()
    }

    fn find_connector(&mut self, name: &str) -> Option<&mut ConnectorSeen> {
        self.connectors.iter_mut().find(|connector| connector.connector == name)
    }

    pub fn bind(&mut self, side: Side, text: &str) {
        let acls = self.acls.get_mut(&side).unwrap();
        acls.bindings.push(acl(text));
        acls.bindings.sort();
    }

    /// As the applications of the unit run on that side, or do not.
    pub fn run(&mut self, side: Side, consumers: usize, producers: bool) {
        let group = self.group(side);
        group.members = (0..consumers).map(|number| member(&format!("settlement-{number}"), None)).collect();
        group.state = if consumers == 0 { "Empty" } else { "Stable" };
        self.partition(side, "orders", 0).grows = if producers { 5 } else { 0 };
    }

    pub fn answer(&self, probe: &Probe) -> Result<Observation, Unobserved> {
        let at: Timestamp = super::plans::NOW.parse().unwrap();
        let title = probe.title();
        if self.silent.iter().any(|part| title.contains(part)) {
            let message = "not reachable".to_owned();
            return Err(Unobserved {
                probe: probe.clone(),
                at,
                reason: Reason::Unreachable,
                message,
                hint: None,
            });
        }
        let partial =
            self.partial.iter().any(|part| title.contains(part)).then(|| "62 % measured".to_owned());
        Ok(Observation { probe: probe.clone(), at, took_ms: 5, partial, measured: self.measured(probe) })
    }

    fn measured(&self, probe: &Probe) -> Measured {
        match probe {
            Probe::Topics { side, topics } => Measured::Topics(TopicsSeen {
                topics: self.of(*side, topics).map(|(name, topic)| topic_seen(name, topic)).collect(),
            }),
            Probe::Ends { side, topics } => Measured::Ends(EndsSeen {
                partitions: self
                    .each(*side, topics)
                    .map(|(topic, partition, of)| PartitionEnds {
                        topic,
                        partition,
                        log_start: of.start,
                        lso: of.lso,
                        high_watermark: of.end,
                    })
                    .collect(),
            }),
            Probe::Rest { side, topics, .. } => Measured::Rest(RestSeen {
                partitions: self
                    .each(*side, topics)
                    .map(|(topic, partition, of)| PartitionRest {
                        topic,
                        partition,
                        log_start: of.start,
                        lso: [of.lso - of.grows, of.lso],
                        high_watermark: [of.end - of.grows, of.end],
                        open: of.open.clone(),
                    })
                    .collect(),
            }),
            Probe::Drained { topics, .. } => Measured::Drained(DrainedSeen {
                partitions: self.each(Side::Source, topics).map(|one| self.drained(one)).collect(),
            }),
            Probe::Groups { side, groups, .. } => Measured::Groups(GroupsSeen {
                groups: groups.iter().map(|name| self.group_seen(*side, name)).collect(),
            }),
            Probe::Acls { side } => Measured::Acls(self.acls[side].clone()),
            Probe::Connectors { .. } => {
                Measured::Connectors(ConnectorsSeen { connectors: self.connectors.clone() })
            }
            Probe::Positions { group, topics, isolation, .. } => Measured::Positions(PositionsSeen {
                group: group.clone(),
                isolation: *isolation,
                partitions: self.positions(group, topics),
            }),
            Probe::Twins { places, .. } => Measured::Twins(TwinsSeen {
                twins: places
                    .iter()
                    .map(|place| Twin {
                        place: place.clone(),
                        target: (!self.no_twin).then(|| place.offset + self.shift(place.offset)),
                        proved: !self.no_twin,
                        why: self.no_twin.then(|| "two places look the same".to_owned()),
                    })
                    .collect(),
            }),
            Probe::Born { from, .. } => Measured::Born(BornSeen {
                partitions: from
                    .iter()
                    .map(|place| {
                        let topic = &self.topics[&(Side::Target, place.topic.clone())];
                        let end = topic.partitions[usize::try_from(place.partition).unwrap()].end;
                        let born = u64::try_from(end - place.offset).unwrap();
                        PartitionBorn {
                            topic: place.topic.clone(),
                            partition: place.partition,
                            from: place.offset,
                            end,
                            records: born,
                            bytes: 10 * born,
                            span: (born > 0).then_some([place.offset, end - 1]),
                            timestamps: None,
                        }
                    })
                    .collect(),
                topic_ids: BTreeMap::new(),
            }),
            other => panic!("no action asks for {other:?}"),
        }
    }

    fn shift(&self, offset: i64) -> i64 {
        self.shifted.filter(|(from, _)| offset >= *from).map_or(0, |(_, by)| by)
    }

    fn of<'a>(&'a self, side: Side, topics: &'a [String]) -> impl Iterator<Item = (&'a String, &'a Topic)> {
        topics.iter().filter_map(move |name| Some((name, self.topics.get(&(side, name.clone()))?)))
    }

    fn each<'a>(
        &'a self,
        side: Side,
        topics: &'a [String],
    ) -> impl Iterator<Item = (String, i32, &'a Partition)> {
        self.of(side, topics).flat_map(|(name, topic)| {
            topic.partitions.iter().enumerate().map(|(at, of)| (name.clone(), i32::try_from(at).unwrap(), of))
        })
    }

    fn drained(&self, (topic, partition, of): (String, i32, &Partition)) -> PartitionDrained {
        let copied = !self.left_behind.contains(&(topic.clone(), partition));
        PartitionDrained {
            partition,
            source_lso: of.lso,
            source_high_watermark: of.end,
            source_lso_later: of.lso,
            source_high_watermark_later: of.end,
            open_transaction: false,
            last: (of.start < of.end).then(|| LastCopied {
                source_offset: of.end - 1,
                timestamp: 1_796_500_000_000,
                alike: 1,
                target_offset: copied.then_some(of.end - 1),
                target_alike: u64::from(copied),
                elsewhere: false,
            }),
            target_end: Some(of.end),
            topic,
        }
    }

    fn group_seen(&self, side: Side, name: &str) -> GroupSeen {
        let Some(group) = self.groups.get(&(side, name.to_owned())) else {
            return GroupSeen {
                group: name.to_owned(),
                kind: GroupKind::Absent,
                state: String::new(),
                members: Vec::new(),
                commits: Vec::new(),
                moved: BTreeMap::new(),
                unread: None,
            };
        };
        let commits = group.commits.iter().map(|((topic, partition), held)| CommitSeen {
            topic: topic.clone(),
            partition: *partition,
            offset: held.offset,
            metadata: held.metadata.clone(),
        });
        let moved = group.moving.iter().map(|at| {
            let before = group.commits.get(at).map(|held| held.offset);
            (format!("{}-{}", at.0, at.1), (before, Some(before.unwrap_or(0) + 1)))
        });
        let came = group.came.iter().map(|(at, before)| {
            (format!("{}-{}", at.0, at.1), (*before, group.commits.get(at).map(|held| held.offset)))
        });
        let moved = moved.chain(came);
        GroupSeen {
            group: name.to_owned(),
            kind: group.kind,
            state: group.state.to_owned(),
            members: group.members.clone(),
            commits: commits.collect(),
            moved: moved.collect(),
            unread: group.unread.clone(),
        }
    }

    /// The target holds the same records at the same offsets.
    fn positions(&self, name: &str, topics: &[String]) -> Vec<PartitionPosition> {
        let [source, target] = Side::BOTH.map(|side| {
            let group = self.groups.get(&(side, name.to_owned()));
            group.map(|group| group.commits.clone()).unwrap_or_default()
        });
        let mut places: BTreeSet<&At> = source.keys().chain(target.keys()).collect();
        places.retain(|at| topics.contains(&at.0));
        places
            .into_iter()
            .map(|at| {
                let of = |commits: &BTreeMap<At, CommitHeld>| commits.get(at).map(|held| held.offset);
                let (on_source, on_target) = (of(&source), of(&target));
                let mut position = PartitionPosition::of_commits(&at.0, at.1, on_source, on_target);
                position.exact_target = on_source;
                position.exact_proved = on_source.is_some();
                position.proof = on_source.map(|_| PositionProof::Compared);
                position.outcome = match (on_source, on_target) {
                    (None, _) => Outcome::Unprovable,
                    (_, None) => Outcome::Untranslated,
                    (Some(exact), Some(held)) if held == exact => Outcome::Exact,
                    (Some(exact), Some(held)) if held < exact => Outcome::Replay,
                    _ => Outcome::Skip,
                };
                if let Some(bend) = self.positions.get(at) {
                    bend(&mut position);
                }
                position
            })
            .collect()
    }

    /// Takes a command as a careful system does: where neither the old nor the new state is there, nothing is done.
    pub fn apply(&mut self, command: &Command) {
        if self.frozen {
            return;
        }
        match command {
            Command::SetCommits { side, group, commits } => {
                let held = self.groups.entry((*side, group.clone())).or_insert_with(|| Group {
                    kind: GroupKind::Classic,
                    state: "Empty",
                    members: Vec::new(),
                    commits: BTreeMap::new(),
                    moving: BTreeSet::new(),
                    came: BTreeMap::new(),
                    unread: None,
                });
                for change in commits {
                    let at = (change.topic.clone(), change.partition);
                    let now = held.commits.get(&at).cloned();
                    if now != change.from && now != change.to {
                        return;
                    }
                    match &change.to {
                        Some(to) => held.commits.insert(at, to.clone()),
                        None => held.commits.remove(&at),
                    };
                }
            }
            Command::SetAcls { side, create, delete } => {
                let acls = self.acls.get_mut(side).unwrap();
                acls.bindings.retain(|binding| !delete.contains(binding));
                acls.bindings.extend(create.iter().cloned());
                acls.bindings.sort();
                acls.bindings.dedup();
            }
            Command::SetTopicConfigs { side, topic, settings } => {
                let topic = self.topics.get_mut(&(*side, topic.clone())).unwrap();
                for setting in settings {
                    let config = topic.configs.get_mut(&setting.name).unwrap();
                    let now = config.value.clone().filter(|_| config.origin == "topic");
                    if now != setting.from && now != setting.to {
                        return;
                    }
                    *config = match &setting.to {
                        Some(value) => ConfigSeen { value: Some(value.clone()), origin: "topic".to_owned() },
                        None => ConfigSeen { value: Some("1".to_owned()), origin: "default".to_owned() },
                    };
                }
            }
            Command::SetConnectorConfigs { connector, settings, .. } => {
                let Some(connector) = self.find_connector(connector) else { return };
                for setting in settings {
                    let now = connector.settings.get(&setting.name).map(String::as_str);
                    let Some(to) = setting.applied_to(now) else { return };
                    match to {
                        Some(value) => connector.settings.insert(setting.name.clone(), value),
                        None => connector.settings.remove(&setting.name),
                    };
                }
            }
            Command::SetConnectorState { connector, from, to, .. } => {
                let Some(connector) = self.find_connector(connector) else { return };
                assert!(connector.state == *from || connector.state == *to);
                connector.state.clone_from(to);
                connector.tasks =
                    if to == "STOPPED" { BTreeMap::new() } else { [(0, "RUNNING".to_owned())].into() };
            }
            Command::Http(request) => {
                let body: serde_json::Value =
                    serde_json::from_str(request.body.as_deref().unwrap_or("{}")).unwrap();
                let n = body["n"].as_u64().unwrap_or(0);
                let side = if request.url.contains("gcp/") { Side::Target } else { Side::Source };
                if request.url.ends_with("/settlement") {
                    let producers = self.partition(side, "orders", 0).grows > 0;
                    self.run(side, usize::try_from(n).unwrap(), producers);
                } else if request.url.ends_with("/checkout") {
                    let consumers = self.group(side).members.len();
                    self.run(side, consumers, n > 0);
                }
                self.called.push(format!("{} {} {body}", request.method, request.url));
            }
            Command::Exec { .. } => self.called.push(command.title()),
        }
    }
}

fn topic_seen(name: &str, topic: &Topic) -> TopicSeen {
    let partitions = if topic.found == Found::Present { topic.partitions.len() } else { 0 };
    TopicSeen {
        topic: name.to_owned(),
        found: topic.found,
        id: None,
        partitions: (0..partitions)
            .map(|number| PartitionSeen {
                partition: i32::try_from(number).unwrap(),
                leader: Some(1),
                replicas: vec![1],
                isr: vec![1],
            })
            .collect(),
        configs: topic.configs.clone(),
        unread: topic.unread.clone(),
    }
}
