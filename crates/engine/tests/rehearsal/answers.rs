//! What the clusters in memory answer to each probe.

use std::collections::BTreeMap;

use runbook::Side;
use runbook::world::{
    AclsSeen, BornSeen, CommitSeen, ConfigSeen, ConnectorSeen, ConnectorsSeen, DrainedSeen, EndsSeen, Found,
    GroupKind, GroupSeen, GroupsSeen, JournalsSeen, LagSeen, LagsSeen, Measured, MemberSeen, Outcome,
    OutputSeen, PartitionBorn, PartitionDrained, PartitionEnds, PartitionLag, PartitionPosition,
    PartitionRest, PartitionSeen, PlanSeen, PositionProof, PositionsSeen, Probe, RehearsalSeen, RestSeen,
    TopicSeen, TopicsSeen, Twin, TwinsSeen,
};
use serde_json::{Value, json};

use crate::clusters::{At, State};

/// Parts of a healthy world that no runbook changes.
fn fixed(kind: &str, data: Value) -> Option<Measured> {
    Some(serde_json::from_value(json!({ "measured": kind, "data": data })).unwrap())
}

pub fn measured(state: &State, probe: &Probe) -> Option<Measured> {
    Some(match probe {
        Probe::Cluster { side } => return fixed("cluster", cluster(*side)),
        Probe::Topics { topics, .. } => {
            Measured::Topics(TopicsSeen { topics: topics.iter().map(|name| topic(state, name)).collect() })
        }
        Probe::Ends { side: Side::Source, .. } if state.is_silent() => return None,
        Probe::Ends { side, topics } => Measured::Ends(EndsSeen {
            partitions: each(state, topics)
                .map(|(at, end)| {
                    let end = end + i64::from(*side == Side::Source && state.is_written_by_a_rogue(at));
                    PartitionEnds {
                        topic: at.0.clone(),
                        partition: at.1,
                        log_start: 0,
                        lso: end,
                        high_watermark: end,
                    }
                })
                .collect(),
        }),
        Probe::Rest { side, topics, .. } => {
            let grown = if state.grows(*side) { 1 } else { 0 };
            Measured::Rest(RestSeen {
                partitions: each(state, topics)
                    .map(|((topic, partition), end)| PartitionRest {
                        topic: topic.clone(),
                        partition: *partition,
                        log_start: 0,
                        lso: [*end - grown * i64::from(*end > 0), *end],
                        high_watermark: [*end - grown * i64::from(*end > 0), *end],
                        open: Some(Vec::new()),
                    })
                    .collect(),
            })
        }
        Probe::Groups { side, groups, .. } => Measured::Groups(GroupsSeen {
            groups: groups.iter().map(|name| group(state, *side, name)).collect(),
        }),
        Probe::Readers { side } => return fixed("readers", json!({ "readers": readers(state, *side) })),
        Probe::Acls { side } => Measured::Acls(AclsSeen {
            authorizer: true,
            allow_everyone_if_no_acl: Some(false),
            super_users: Some(vec!["User:admin".to_owned()]),
            bindings: state.held.acls[side].iter().cloned().collect(),
        }),
        Probe::Connectors { .. } => Measured::Connectors(ConnectorsSeen { connectors: connectors(state) }),
        Probe::Positions { group, topics, isolation, .. } => Measured::Positions(PositionsSeen {
            group: group.clone(),
            isolation: *isolation,
            partitions: positions(state, group, topics),
        }),
        Probe::Twins { places, .. } => Measured::Twins(TwinsSeen {
            twins: places
                .iter()
                .map(|place| Twin {
                    place: place.clone(),
                    target: Some(place.offset),
                    proved: true,
                    why: None,
                })
                .collect(),
        }),
        Probe::Born { from, .. } => Measured::Born(BornSeen {
            partitions: from
                .iter()
                .map(|place| {
                    let end = state.ends[&(place.topic.clone(), place.partition)];
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
        Probe::Lag { side, group, topics, .. } => Measured::Lag(lag(state, *side, group, topics)),
        Probe::Lags { side, groups, topics } => {
            let groups = groups.keys().map(|group| lag(state, *side, group, topics)).collect();
            Measured::Lags(LagsSeen { groups })
        }
        Probe::Drained { topics, .. } => Measured::Drained(drained(state, topics)),
        Probe::Content { topic, .. } => return fixed("content", content(state, topic)),
        Probe::Replication { topics, .. } => return fixed("replication", replication(state, topics)),
        Probe::Retention { topics, over_ms, .. } => {
            return fixed("retention", retention(state, topics, *over_ms));
        }
        Probe::Client { .. } => return fixed("client", client()),
        Probe::Apis { .. } => return fixed("apis", apis()),
        Probe::Resume { group, from, .. } => {
            let partitions: Vec<Value> = from
                .iter()
                .map(|from| {
                    let at = |offset: i64| json!({ "offset": offset, "sha256": "aa" });
                    json!({
                        "topic": from.topic, "partition": from.partition, "source": from.source, "target": from.target,
                        "expected": null, "delivered": null, "before": [at(from.source - 1), at(from.target - 1)],
                        "target_ends_here": false, "error": null
                    })
                })
                .collect();
            let data = json!({
                "group": group, "scratch_group": format!("cutover-scratch-{group}"), "client": "librdkafka",
                "partitions": partitions, "left_behind": []
            });
            return fixed("resume", data);
        }
        Probe::File { path } => {
            let sha256 = "a20ea8998346c2297ae9436f5189c589f2511c92ce5ee7bb175f76209f29dd9e";
            return fixed("file", json!({ "path": path, "bytes": 10, "sha256": sha256, "modified": null }));
        }
        Probe::Exec { .. } => Measured::Exec(OutputSeen {
            status: 0,
            facts: BTreeMap::from([
                ("missing".to_owned(), json!(0)),
                ("double_charged".to_owned(), json!(0)),
                ("lost".to_owned(), json!(0)),
                ("repeated".to_owned(), json!(0)),
            ]),
            unreadable: None,
            excerpt: String::new(),
        }),
        Probe::Plan => Measured::Plan(PlanSeen { digest: state.plan_digest.clone() }),
        Probe::Rehearsal { .. } => Measured::Rehearsal(RehearsalSeen {
            rehearsed: Some(Box::new(state.rehearsed.clone())),
            unreadable: None,
            journals: JournalsSeen::Fit,
        }),
        Probe::Document { .. } | Probe::Http(_) | Probe::Judgement { .. } => return None,
    })
}

fn each<'a>(state: &'a State, topics: &'a [String]) -> impl Iterator<Item = (&'a At, &'a i64)> {
    state.ends.iter().filter(|((topic, _), _)| topics.contains(topic))
}

fn cluster(side: Side) -> Value {
    let id = if side == Side::Source { "5L6g3nShT-eMCtK--X86sw" } else { "r1V0nQ2bTZ-8s0mGmXw1Yg" };
    let brokers: Vec<Value> =
        (1..4).map(|id| json!({ "id": id, "address": format!("{side}-{id}:9092"), "rack": null })).collect();
    json!({
        "cluster_id": id, "controller": 1, "brokers": brokers, "topics": 12, "partitions": 60,
        "offline": [], "under_replicated": [], "under_min_isr": []
    })
}

fn is_compacted(topic: &str) -> bool {
    topic == "accounts" || topic.starts_with("__")
}

fn topic(state: &State, name: &str) -> TopicSeen {
    let count = state.ends.keys().filter(|(topic, _)| topic == name).count();
    let count = i32::try_from(if name.starts_with("__") { 2 } else { count }).unwrap();
    let config = |(name, value): (&str, &str)| {
        (name.to_owned(), ConfigSeen { value: Some(value.to_owned()), origin: "topic".to_owned() })
    };
    let configs = [
        ("cleanup.policy", if is_compacted(name) { "compact" } else { "delete" }),
        ("compression.type", "producer"),
        ("delete.retention.ms", "86400000"),
        ("max.compaction.lag.ms", "9223372036854775807"),
        ("max.message.bytes", "1048588"),
        ("message.timestamp.after.max.ms", "3600000"),
        ("message.timestamp.before.max.ms", "9223372036854775807"),
        ("message.timestamp.type", "CreateTime"),
        ("min.compaction.lag.ms", "0"),
        ("min.insync.replicas", "2"),
        ("retention.bytes", "-1"),
        ("retention.ms", "604800000"),
        ("segment.ms", "604800000"),
        ("unclean.leader.election.enable", "false"),
    ];
    TopicSeen {
        topic: name.to_owned(),
        found: Found::Present,
        id: Some(format!("id-{name}")),
        partitions: (0..count)
            .map(|partition| PartitionSeen {
                partition,
                leader: Some(1),
                replicas: vec![1, 2, 3],
                isr: vec![1, 2, 3],
            })
            .collect(),
        configs: configs.into_iter().map(config).collect(),
        unread: None,
    }
}

fn group(state: &State, side: Side, name: &str) -> GroupSeen {
    let Some(commits) = state.held.commits.get(&(side, name.to_owned())) else {
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
    let members = state.members(side, name);
    let moved = commits.iter().take(usize::from(members > 0)).map(|((topic, partition), held)| {
        (format!("{topic}-{partition}"), (Some(held.offset), Some(held.offset + 1)))
    });
    GroupSeen {
        group: name.to_owned(),
        kind: GroupKind::Classic,
        state: if members > 0 { "Stable" } else { "Empty" }.to_owned(),
        members: (0..members)
            .map(|number| MemberSeen {
                member_id: format!("{name}-{number}-id"),
                client_id: format!("{name}-{number}"),
                host: "/10.0.0.1".to_owned(),
                instance_id: None,
            })
            .collect(),
        commits: commits
            .iter()
            .map(|((topic, partition), held)| CommitSeen {
                topic: topic.clone(),
                partition: *partition,
                offset: held.offset,
                metadata: held.metadata.clone(),
            })
            .collect(),
        moved: moved.collect(),
        unread: None,
    }
}

fn readers(state: &State, side: Side) -> Vec<Value> {
    let groups = state.held.commits.keys().filter(|(known, _)| *known == side);
    groups
        .map(|(_, name)| {
            let seen = group(state, side, name);
            let mut topics: Vec<&str> = seen.commits.iter().map(|commit| commit.topic.as_str()).collect();
            topics.dedup();
            json!({
                "group": name, "kind": "classic", "state": seen.state, "topics": topics, "assigned": [],
                "members": seen.members.len()
            })
        })
        .collect()
}

fn connectors(state: &State) -> Vec<ConnectorSeen> {
    let one = |(name, settings): (&String, &BTreeMap<String, String>)| ConnectorSeen {
        connector: name.clone(),
        role: Some(name.clone()),
        state: "RUNNING".to_owned(),
        tasks: [(0, "RUNNING".to_owned())].into(),
        settings: settings.clone(),
    };
    state.held.settings.iter().map(one).collect()
}

/// The target holds the same records at the same offsets.
fn positions(state: &State, name: &str, topics: &[String]) -> Vec<PartitionPosition> {
    let of = |side: Side, at: &At| {
        state.held.commits.get(&(side, name.to_owned()))?.get(at).map(|held| held.offset)
    };
    each(state, topics)
        .filter(|(at, _)| Side::BOTH.into_iter().any(|side| of(side, at).is_some()))
        .map(|(at, _)| {
            let (source, target) = (of(Side::Source, at), of(Side::Target, at));
            let mut position = PartitionPosition::of_commits(&at.0, at.1, source, target);
            position.exact_target = source;
            position.exact_proved = source.is_some();
            position.proof = source.map(|_| PositionProof::Compared);
            position.outcome = match (source, target) {
                (None, _) => Outcome::Unprovable,
                (_, None) => Outcome::Untranslated,
                (Some(exact), Some(held)) if held == exact => Outcome::Exact,
                (Some(exact), Some(held)) if held < exact => Outcome::Replay,
                _ => Outcome::Skip,
            };
            let away = source.zip(target).map(|(exact, held)| exact.abs_diff(held));
            (position.records, position.bytes, position.event_time_ms) = (away, away, Some(0));
            position.pending = Some(0);
            position
        })
        .collect()
}

fn lag(state: &State, side: Side, name: &str, topics: &[String]) -> LagSeen {
    let commits = state.held.commits.get(&(side, name.to_owned())).cloned().unwrap_or_default();
    LagSeen {
        group: name.to_owned(),
        partitions: each(state, topics)
            .filter(|(at, _)| commits.contains_key(*at))
            .map(|(at, end)| {
                let held = commits[at].offset;
                PartitionLag {
                    topic: at.0.clone(),
                    partition: at.1,
                    committed: Some(held),
                    log_start: 0,
                    end: *end,
                    records: u64::try_from(end - held).unwrap_or(0),
                    counted: true,
                    high_watermark: Some(*end),
                    open_transaction: Some(false),
                    event_time_ms: Some(0),
                    age_untold: None,
                }
            })
            .collect(),
    }
}

fn drained(state: &State, topics: &[String]) -> DrainedSeen {
    let one = |((topic, partition), end): (&At, &i64)| {
        PartitionDrained {
        topic: topic.clone(),
        partition: *partition,
        source_lso: *end,
        source_high_watermark: *end,
        source_lso_later: *end,
        source_high_watermark_later: *end,
        open_transaction: false,
        last: (*end > 0).then(|| {
            serde_json::from_value(json!({
                "source_offset": end - 1, "timestamp": 1_796_500_000_000_i64, "alike": 1, "target_offset": end - 1,
                "target_alike": 1, "elsewhere": false
            }))
            .unwrap()
        }),
        target_end: Some(*end),
    }
    };
    DrainedSeen { partitions: each(state, topics).map(one).collect() }
}

fn content(state: &State, topic: &str) -> Value {
    let compacted = is_compacted(topic);
    let partitions: Vec<Value> = state
        .ends
        .iter()
        .filter(|((name, _), _)| name == topic)
        .map(|((_, partition), end)| {
            let counts = if compacted {
                json!({ "keys": {
                    "source_records": end, "target_records": end, "null_keys": 0, "keys_source": end, "keys_target": end,
                    "matching": end, "missing_keys": 0, "altered_keys": 0, "resurrected_keys": 0, "extra_keys": 0,
                    "tombstones": 0, "pending": 0, "trimmed_source": 0, "trimmed_target": 0
                } })
            } else {
                json!({ "records": {
                    "source_records": end, "target_records": end, "matched": end, "missing": 0, "altered": 0,
                    "duplicated": 0, "extra": 0, "reordered": 0, "pending": 0, "trimmed_source": 0, "trimmed_target": 0
                } })
            };
            json!({
                "partition": partition, "counts": counts, "findings": [], "findings_omitted": 0, "source_sha256": "aa",
                "target_sha256": "aa", "incomplete": null
            })
        })
        .collect();
    json!({
        "topic": topic, "compacted": compacted, "partitions": partitions, "evidence_sha256": "ee", "ignored": [],
        "why": null
    })
}

fn replication(state: &State, topics: &[String]) -> Value {
    let partitions: Vec<Value> = each(state, topics)
        .map(|((topic, partition), end)| {
            json!({
                "topic": topic, "partition": partition, "source_log_start": 0, "source_lso": end,
                "source_high_watermark": end, "position": end, "position_later": end, "source_lso_later": end,
                "behind": 0, "target_end": end, "target_end_later": end
            })
        })
        .collect();
    let tasks: Vec<Value> = ["checkpoint", "heartbeat", "source"]
        .into_iter()
        .flat_map(|name| [(name, None), (name, Some(0))])
        .map(|(name, task)| {
            json!({ "connector": name, "task": task, "state": "RUNNING", "worker": "w:8083", "trace": null })
        })
        .collect();
    json!({ "partitions": partitions, "heartbeat_age_ms": 500, "tasks": tasks, "position_from": "connect-rest" })
}

fn retention(state: &State, topics: &[String], over_ms: u64) -> Value {
    let partitions: Vec<Value> = each(state, topics)
        .map(|((topic, partition), end)| {
            json!({
                "topic": topic, "partition": partition,
                "cleanup_policy": if is_compacted(topic) { "compact" } else { "delete" },
                "retention_ms": 604_800_000_i64, "retention_bytes": null, "log_start": 0, "log_start_later": 0,
                "end": end, "end_later": end, "recovery_point": (*end > 0).then_some(end),
                "recovery_point_timestamp": null, "size_bytes": 1_000, "over_ms": over_ms
            })
        })
        .collect();
    json!({ "partitions": partitions, "offsets_retention_ms": 604_800_000_i64 })
}

fn client() -> Value {
    let steps = [
        "create-topic",
        "produce",
        "produce-idempotent",
        "consume",
        "commit",
        "read-commit",
        "transaction-commit",
        "transaction-abort",
        "describe-configs",
        "delete-group",
        "delete-topic",
    ]
    .map(|step| json!({ "step": step, "ok": true, "error": null, "took_ms": 12 }));
    json!({ "client": "librdkafka 2.12.1", "steps": steps, "left_behind": [] })
}

fn apis() -> Value {
    let apis: Vec<Value> = (0..93).map(|key| json!({ "key": key, "min": 0, "max": 20 })).collect();
    let brokers: Vec<Value> = (1..4).map(|broker| json!({ "broker": broker, "apis": apis })).collect();
    json!({ "brokers": brokers })
}
