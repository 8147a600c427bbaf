//! What is written survives the loss of a broker, on both clusters.
//!
//! ## What it judges
//! For every topic of the unit on each side, and for `__consumer_offsets` and `__transaction_state` where they exist:
//! replication factor, `min.insync.replicas`, in-sync replicas, partitions without a leader, and
//! `unclean.leader.election.enable`.
//!
//! ## Why it matters
//! MirrorMaker 2 creates topics with two replicas and copies neither `min.insync.replicas` nor the election setting: a
//! unit arrives on a target that promises less than the source did. The offsets topic counts as well: exact positions
//! that are committed to a single replica are gone with its broker. The source has to last until nobody wants to go back
//! to it.
//!
//! ## Green, yellow, red
//! Green: at least `min_replication_factor` replicas, all in sync, with three or more of them `min.insync.replicas` of at
//! least `min_insync_replicas`, no unclean election. Yellow: replicas out of sync; `min.insync.replicas` so high that no broker may fail, or
//! above the number of replicas. Red: fewer replicas; a lower `min.insync.replicas` beside three or more; unclean election
//! on; a partition without a leader or with fewer in-sync replicas than promised. Say `min_replication_factor: 1` where a
//! single broker is meant: the report lists it.
//!
//! ## What it does not prove
//! That replicas are in different racks or zones, that producers ask for `acks=all`, or how a target without replicas of
//! its own (shared storage) keeps its data.
//!
//! ## Example
//! ```yaml
//! durability:
//!   use: durability
//!   severity: blocker
//!   with: { min_replication_factor: 3 }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Found, Observations, Probe, Side, TopicSeen};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Durability {
    /// Fewer replicas than this are red.
    #[serde(default = "three")]
    min_replication_factor: u32,
    /// A lower `min.insync.replicas` is red on a topic with three or more replicas.
    #[serde(default = "two")]
    min_insync_replicas: u32,
    /// Whether `__consumer_offsets` and `__transaction_state` are looked at.
    #[serde(default = "yes")]
    internal_topics: bool,
}

fn three() -> u32 {
    3
}

fn two() -> u32 {
    2
}

fn yes() -> bool {
    true
}

impl Declared for Durability {
    const DIMENSION: Option<Dimension> = Some(Dimension::Operations);
    const PROOF: Option<Proof> = Some(Proof::Signal);
    const COVERS: &'static [&'static str] = &["source", "target"];

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("side", FactType::Text, "`source` or `target`"),
            FactSpec::new(
                "replication_factor",
                FactType::Integer,
                "replicas of the partition that has fewest",
            ),
            FactSpec::new("min_insync_replicas", FactType::Integer, "`min.insync.replicas` of the topic"),
            FactSpec::new("in_sync", FactType::Integer, "in-sync replicas of the partition that has fewest"),
            FactSpec::new("out_of_sync", FactType::Integer, "partitions with replicas out of sync"),
            FactSpec::new("offline", FactType::Integer, "partitions without a leader"),
            FactSpec::new("unclean_election", FactType::Boolean, "`unclean.leader.election.enable`"),
        ]
    }
}

/// Where commits and the state of transactions are kept.
const INTERNAL: [&str; 2] = ["__consumer_offsets", "__transaction_state"];

impl Durability {
    /// What is asked of one side, with whether an absent topic is for another check to find.
    fn probes(&self, scope: &Scope<'_>, side: Side) -> Vec<(Probe, bool)> {
        let of_unit = Probe::Topics { side, topics: scope.unit.all_topics() };
        let internal = Probe::Topics { side, topics: INTERNAL.map(str::to_owned).to_vec() };
        let mut probes = vec![(of_unit, false)];
        if self.internal_topics {
            probes.push((internal, true));
        }
        probes
    }
}

impl Check for Durability {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.all_topics().is_empty() {
            return Vec::new();
        }
        scope.sides().into_iter().flat_map(|side| self.probes(scope, side)).map(|(probe, _)| probe).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        for side in scope.sides() {
            for (probe, internal) in self.probes(scope, side) {
                // What was not answered is a gap of its own; the rest is judged all the same.
                let (Ok(seen), Probe::Topics { topics, .. }) = (seen.topics(&probe), &probe) else {
                    continue;
                };
                items.extend(topics.iter().filter_map(|name| match seen.topic(name) {
                    Some(topic) => item(side, topic, internal),
                    None => Some(Item::unknown(subject(side, name), "the answer does not speak of it")),
                }));
            }
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let numbers = ["replication_factor", "min_insync_replicas", "in_sync", "out_of_sync", "offline"];
        let ([Some(replicas), Some(min_isr), Some(in_sync), Some(out_of_sync), Some(offline)], Some(unclean)) =
            (numbers.map(|name| facts.integer(name)), facts.boolean("unclean_election"))
        else {
            return Ruling::unknown("the facts of a topic's replicas are not there");
        };
        let mut ruling = Ruling::green();
        let least = i64::from(self.min_replication_factor).max(1);
        if replicas < least {
            ruling.red(Finding::new(
                "CUT2321",
                subject,
                format!("{least} replicas"),
                replicas.to_string(),
                "raise it with kafka-reassign-partitions; the replicator's replication.factor is 2 by default",
            ));
        }
        let promised = i64::from(self.min_insync_replicas);
        if replicas >= 3 && min_isr < promised {
            ruling.red(Finding::new(
                "CUT2322",
                subject,
                format!("min.insync.replicas of at least {promised}"),
                min_isr.to_string(),
                "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config min.insync.replicas=2",
            ));
        }
        if replicas > 1 && min_isr >= replicas || min_isr > replicas {
            ruling.yellow(Finding::new(
                "CUT2323",
                subject,
                format!("min.insync.replicas below the {replicas} replicas"),
                min_isr.to_string(),
                "lower it: as it stands one missing replica stops all acks=all writes, or the promise is not kept",
            ));
        }
        if unclean {
            ruling.red(Finding::new(
                "CUT2324",
                subject,
                "unclean.leader.election.enable=false",
                "true",
                "switch it off: an unclean election drops records that were acknowledged, without an error",
            ));
        }
        if offline > 0 {
            ruling.red(Finding::new(
                "CUT2325",
                subject,
                "every partition has a leader",
                format!("{offline} without"),
                "bring back a broker that holds an in-sync replica",
            ));
        } else if in_sync < min_isr.min(replicas) {
            ruling.red(Finding::new(
                "CUT2326",
                subject,
                format!("{min_isr} in-sync replicas"),
                in_sync.to_string(),
                "bring the missing replicas back: until then acks=all writes are refused",
            ));
        } else if out_of_sync > 0 {
            ruling.yellow(Finding::new(
                "CUT2327",
                subject,
                "all replicas in sync",
                format!("{out_of_sync} partitions with replicas behind"),
                "wait until they have caught up",
            ));
        }
        ruling
    }
}

fn subject(side: Side, topic: &str) -> String {
    format!("topic {topic}, on {side}")
}

/// `None`: there is nothing to judge, and that is in order.
fn item(side: Side, topic: &TopicSeen, internal: bool) -> Option<Item> {
    let subject = subject(side, &topic.topic);
    match topic.found {
        // The broker creates it with the first commit or transaction.
        Found::Absent if internal => return None,
        Found::Absent => return Some(Item::unknown(subject, "it is not there")),
        Found::Unauthorised => return Some(Item::unknown(subject, "not authorised to describe it")),
        Found::Present => {}
    }
    if let Some(why) = &topic.unread {
        return Some(Item::unknown(subject, why));
    }
    let fewest = |of: fn(&crate::world::PartitionSeen) -> usize| topic.partitions.iter().map(of).min();
    let (Some(replicas), Some(in_sync)) = (fewest(|p| p.replicas.len()), fewest(|p| p.isr.len())) else {
        return Some(Item::unknown(subject, "no partition was told"));
    };
    let count =
        |of: fn(&crate::world::PartitionSeen) -> bool| topic.partitions.iter().filter(|p| of(p)).count();
    let mut facts = Facts::new()
        .with("side", side.word())
        .with_count("replication_factor", replicas as u64)
        .with_count("in_sync", in_sync as u64)
        .with_count("out_of_sync", count(|p| p.isr.len() < p.replicas.len()) as u64)
        .with_count("offline", count(|p| p.leader.is_none()) as u64);
    if let Some(min_isr) = topic.config("min.insync.replicas").and_then(|value| value.parse::<i64>().ok()) {
        facts.set("min_insync_replicas", min_isr);
    }
    if let Some(unclean) =
        topic.config("unclean.leader.election.enable").and_then(|value| value.parse::<bool>().ok())
    {
        facts.set("unclean_election", unclean);
    }
    Some(Item::new(subject, facts))
}
