//! The replicator runs, moves, and has left nothing out so far.
//!
//! ## What it judges
//! For every partition of the unit, looked at twice, `over` apart: whether the replicator's position moves or has
//! reached the source's last stable offset, whether the source's log start has passed it (a hole), whether anything was
//! copied at all; and for the flow as a whole: the age of the newest heartbeat that crossed, and, where it runs on a
//! Connect cluster, its connectors and tasks.
//!
//! ## Why it matters
//! A task that says RUNNING may have copied nothing for hours: its consumer swallows errors and its metrics keep their
//! last good value. When the source deletes records faster than they are copied, MirrorMaker 2 goes on at the new log
//! start and the gap shows nowhere but in one log line.
//!
//! ## Green, yellow, red
//! Green: fresh heartbeat, tasks running, and every partition moves or has nothing left to copy. Yellow: an open
//! transaction holds the last stable offset; a task is being moved. Red: no or an old heartbeat, a failed, paused or
//! absent task, a partition with records waiting that does not move, a hole, nothing copied at all, a position beyond
//! the source's end (the topic was recreated or truncated).
//!
//! ## What it does not prove
//! That what was copied is right and complete (`content-parity`), that earlier holes did not happen, or that the flow
//! will catch up within the window.
//!
//! ## Example
//! ```yaml
//! replication:
//!   use: replication-health
//!   severity: blocker
//!   with: { heartbeat_max_age: 30s, over: 5s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, spoken};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, PartitionProgress, Probe, ReplicationSeen};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicationHealth {
    /// An older heartbeat is red. MirrorMaker 2 sends one each second.
    #[serde(default = "half_a_minute")]
    heartbeat_max_age: Millis,
    /// Whether heartbeats are asked for; say false where their emission is switched off on purpose. Only MirrorMaker 2
    /// has them.
    #[serde(default = "yes")]
    heartbeats: bool,
    /// Time between the two looks.
    #[serde(default = "five_seconds")]
    over: Millis,
}

fn half_a_minute() -> Millis {
    Millis(30_000)
}

fn yes() -> bool {
    true
}

fn five_seconds() -> Millis {
    Millis(5_000)
}

impl Declared for ReplicationHealth {
    const DIMENSION: Option<Dimension> = Some(Dimension::Operations);
    const PROOF: Option<Proof> = Some(Proof::Signal);
    const OF_THE_COPY: bool = true;
    const COVERS: &'static [&'static str] = &["replication"];

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("behind", FactType::Integer, "visible source records that wait to be copied"),
            FactSpec::new(
                "moving",
                FactType::Boolean,
                "the position or the target's end moved between the looks",
            ),
            FactSpec::new("stalled", FactType::Boolean, "records waited at both looks and nothing moved"),
            FactSpec::new("copied", FactType::Boolean, "something was copied, or there is nothing to copy"),
            FactSpec::new("hole", FactType::Integer, "source offsets deleted before they were copied"),
            FactSpec::new("source_empty", FactType::Boolean, "the source's log holds nothing now"),
            FactSpec::new(
                "beyond",
                FactType::Integer,
                "offsets by which the position lies beyond the source's end",
            ),
            FactSpec::new(
                "open_transaction",
                FactType::Boolean,
                "the last stable offset stood below the end at both looks",
            ),
            FactSpec::optional("position", FactType::Integer, "next source offset to copy"),
            FactSpec::optional(
                "heartbeat_age",
                FactType::Duration,
                "age of the newest heartbeat that crossed",
            ),
            FactSpec::new(
                "tasks_down",
                FactType::Text,
                "connectors and tasks of the flow that do not run; empty: none",
            ),
            FactSpec::new(
                "tasks_moving",
                FactType::Text,
                "those that are being started or moved; empty: none",
            ),
        ]
    }
}

/// The replicator that heartbeats.
const MIRRORMAKER: &str = "mirrormaker2";

impl ReplicationHealth {
    fn probe(&self, scope: &Scope<'_>) -> Probe {
        Probe::Replication {
            replicator: scope.plan.replicator.clone(),
            topics: scope.unit.all_topics(),
            over_ms: self.over.as_probe(),
        }
    }

    fn wants_heartbeats(&self, scope: &Scope<'_>) -> bool {
        self.heartbeats && scope.plan.replicator.tool == MIRRORMAKER
    }
}

impl Check for ReplicationHealth {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.plan.replicator.tool == "none" || scope.unit.all_topics().is_empty() {
            return Vec::new();
        }
        vec![self.probe(scope)]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let replication = seen.replication(&self.probe(scope))?;
        let (down, moving) = tasks(scope, replication);
        let mut items: Vec<Item> = replication
            .partitions
            .iter()
            .map(|partition| {
                let mut facts =
                    facts(partition).with("tasks_down", down.as_str()).with("tasks_moving", moving.as_str());
                if let Some(age) = replication.heartbeat_age_ms {
                    facts.set("heartbeat_age", age);
                }
                Item::new(format!("topic {}, partition {}", partition.topic, partition.partition), facts)
                    .showing("position from", &replication.position_from)
            })
            .collect();
        for topic in scope.unit.all_topics() {
            if replication.partitions.iter().all(|partition| partition.topic != topic) {
                items.push(Item::unknown(format!("topic {topic}"), "the answer does not speak of it"));
            }
        }
        Ok(items)
    }

    fn rule(&self, scope: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let booleans =
            ["stalled", "copied", "open_transaction", "source_empty"].map(|name| facts.boolean(name));
        let integers = ["behind", "hole", "beyond"].map(|name| facts.integer(name));
        let texts = ["tasks_down", "tasks_moving"].map(|name| facts.text(name));
        let (
            [Some(stalled), Some(copied), Some(open), Some(empty)],
            [Some(behind), Some(hole), Some(beyond)],
            [Some(down), Some(moving)],
        ) = (booleans, integers, texts)
        else {
            return Ruling::unknown("the facts of the replication are not there");
        };
        let flow =
            format!("flow {}->{}", scope.plan.replicator.source_alias, scope.plan.replicator.target_alias);
        let mut ruling = Ruling::green();
        self.rule_of_flow(&mut ruling, scope, &flow, facts.integer("heartbeat_age"), down, moving);
        let position =
            facts.integer("position").map_or_else(|| "none".to_owned(), |offset| offset.to_string());
        if hole == 1 && empty {
            ruling.yellow(Finding::new(
                "CUT2349",
                subject,
                "every source record copied before it is deleted",
                format!("offset {position} was deleted: the marker that ends a transaction, or a record"),
                "if the topic is written in transactions this is its last marker; else compare the topic's content",
            ));
        } else if hole > 0 {
            ruling.red(Finding::new(
                "CUT2344",
                subject,
                "every source record copied before it is deleted",
                format!("{hole} offsets from {position} on were deleted first"),
                "the records are lost on the target: raise the source's retention, and copy the topic again",
            ));
        }
        if beyond > 0 {
            ruling.red(Finding::new(
                "CUT2346",
                subject,
                "a position within the source's log",
                format!("position {position}, {beyond} beyond its end"),
                "the source topic was recreated or truncated: have it copied afresh",
            ));
        }
        if !copied {
            ruling.red(Finding::new(
                "CUT2345",
                subject,
                "records copied",
                format!("none, {behind} are waiting"),
                "look at the replicator's topic filter, at names ending in .internal, and at the topic's ACLs on both sides",
            ));
        } else if stalled {
            ruling.red(Finding::new(
                "CUT2343",
                subject,
                "a position that moves, or nothing left to copy",
                format!("{behind} records wait at {position} and nothing moves"),
                "look at the replicator's log: a consumer that cannot read and a producer that cannot write both stay silent",
            ));
        }
        if open {
            ruling.yellow(Finding::new(
                "CUT2347",
                subject,
                "the last stable offset at the end of the log",
                "an open transaction holds it",
                "find the producer with kafka-transactions --find-hanging; nothing after it is copied or read until it ends",
            ));
        }
        ruling
    }
}

impl ReplicationHealth {
    fn rule_of_flow(
        &self,
        ruling: &mut Ruling,
        scope: &Scope<'_>,
        flow: &str,
        heartbeat: Option<i64>,
        down: &str,
        moving: &str,
    ) {
        let Millis(oldest) = self.heartbeat_max_age;
        if self.wants_heartbeats(scope) && heartbeat.is_none_or(|age| age.abs() > oldest) {
            ruling.red(Finding::new(
                "CUT2341",
                flow,
                format!("a heartbeat within {}", spoken(oldest)),
                match heartbeat {
                    None => "none has crossed".to_owned(),
                    Some(age) if age < 0 => format!("the newest is dated {} ahead: the clocks disagree", spoken(-age)),
                    Some(age) => format!("the newest is {} old", spoken(age)),
                },
                "see that the replicator runs; say `heartbeats: false` where their emission is switched off on purpose",
            ));
        }
        if !down.is_empty() {
            ruling.red(Finding::new(
                "CUT2342",
                flow,
                "every connector and task RUNNING",
                down,
                "restart what failed through Connect (POST /connectors/NAME/restart?includeTasks=true&onlyFailed=true), and read its trace first",
            ));
        }
        if !moving.is_empty() {
            ruling.yellow(Finding::new(
                "CUT2348",
                flow,
                "every connector and task RUNNING",
                moving,
                "measure again when the Connect cluster has settled",
            ));
        }
    }
}

/// Connectors and tasks that do not run, and those that are on their way.
fn tasks(scope: &Scope<'_>, seen: &ReplicationSeen) -> (String, String) {
    let (mut down, mut moving) = (Vec::new(), Vec::new());
    for task in &seen.tasks {
        let name = match task.task {
            Some(number) => format!("{} task {number}", task.connector),
            None => format!("connector {}", task.connector),
        };
        let trace = task.trace.as_ref().map_or_else(String::new, |trace| format!(" ({trace})"));
        match task.state.as_str() {
            "RUNNING" => {}
            "RESTARTING" | "UNASSIGNED" => moving.push(format!("{name} {}", task.state)),
            state => down.push(format!("{name} {state}{trace}")),
        }
    }
    // A connector without tasks copies nothing and is RUNNING all the same.
    if scope.plan.replicator.connect.is_some() && seen.tasks.iter().all(|task| task.task.is_none()) {
        down.push("no task of the flow on the Connect cluster".to_owned());
    }
    (down.join("; "), moving.join("; "))
}

fn facts(partition: &PartitionProgress) -> Facts {
    let PartitionProgress { source_log_start, source_lso, source_high_watermark, source_lso_later, .. } =
        *partition;
    let position = partition.position_later.or(partition.position);
    // A stored position moves once per flush, the target's end with every record: either is movement.
    let target_moved =
        partition.target_end.zip(partition.target_end_later).is_some_and(|(first, later)| first != later);
    let moving = partition.position != partition.position_later || target_moved;
    let waited = partition.behind > 0 && partition.position.is_none_or(|position| position < source_lso);
    // Behind an open transaction the end at the second look is not known, and a position beyond it is no surprise.
    let open = source_lso < source_high_watermark;
    let end = source_high_watermark.max(source_lso_later);
    let beyond = partition.position.map_or(0, |position| (position - end).max(0));
    let mut facts = Facts::new()
        .with_count("behind", partition.behind)
        .with("moving", moving)
        .with("stalled", waited && !moving)
        .with("copied", position.is_some() || partition.behind == 0)
        .with("hole", partition.position.map_or(0, |position| (source_log_start - position).max(0)))
        .with("source_empty", source_log_start >= source_high_watermark)
        .with("beyond", if open { 0 } else { beyond })
        .with("open_transaction", open && source_lso_later == source_lso);
    if let Some(position) = position {
        facts.set("position", position);
    }
    facts
}
