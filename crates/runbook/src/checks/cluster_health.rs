//! Each cluster is in a state in which a cutover may begin: its brokers are there, a controller leads, no partition is
//! without a leader.
//!
//! ## What it judges
//! For each cluster: brokers alive, a controller, partitions without a leader, partitions with fewer in-sync replicas
//! than `min.insync.replicas`, and partitions that are under-replicated; separately for the partitions this unit needs
//! (its topics, and `__consumer_offsets` and `__transaction_state`, on which commits and transactions live) and for all
//! others.
//!
//! ## Why it matters
//! A partition without a leader can be neither drained nor verified; one below `min.insync.replicas` refuses every
//! `acks=all` write; a lost partition of `__consumer_offsets` takes the positions of a part of all groups with it. Each
//! of these turns a routine cutover into an incident in which nobody can tell the two causes apart.
//!
//! ## Green, yellow, red
//! Green: nothing of this. Yellow: under-replicated partitions, or trouble on partitions outside the unit. Red: no
//! controller, fewer brokers than `min_brokers`, a partition of the unit without a leader or below
//! `min.insync.replicas`.
//!
//! ## What it does not prove
//! Disk space, load, quotas, or that the next broker failure will be survived: `durability` looks at that.
//!
//! ## Example
//! ```yaml
//! clusters:
//!   use: cluster-health
//!   severity: blocker
//!   with: { min_brokers: 3 }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{ClusterSeen, Observations, PartitionRef, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterHealth {
    /// Fewer brokers than this are red.
    #[serde(default = "one")]
    min_brokers: u32,
}

fn one() -> u32 {
    1
}

impl Declared for ClusterHealth {
    const DIMENSION: Option<Dimension> = Some(Dimension::Operations);
    const PROOF: Option<Proof> = Some(Proof::Signal);
    const COVERS: &'static [&'static str] = &["source", "target"];

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("controller", FactType::Boolean, "a controller is there"),
            FactSpec::new("brokers", FactType::Integer, "brokers alive"),
            FactSpec::new("offline", FactType::Integer, "partitions of the unit without a leader"),
            FactSpec::new(
                "under_min_isr",
                FactType::Integer,
                "partitions of the unit with fewer in-sync replicas than `min.insync.replicas`",
            ),
            FactSpec::new(
                "under_replicated",
                FactType::Integer,
                "partitions of the unit with replicas out of sync",
            ),
            FactSpec::new(
                "elsewhere",
                FactType::Integer,
                "partitions outside the unit with any of these troubles",
            ),
            FactSpec::new(
                "named",
                FactType::Text,
                "the first of the unit's partitions in trouble; empty: none",
            ),
        ]
    }
}

/// The topics without which commits and transactions of the unit do not work.
const INTERNAL: [&str; 2] = ["__consumer_offsets", "__transaction_state"];

/// More partitions than this are not named in a finding.
const NAMED: usize = 5;

impl Check for ClusterHealth {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        scope.sides().into_iter().map(|side| Probe::Cluster { side }).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        // A side that did not answer is a gap of its own; the other one is judged all the same.
        let answered = |side: Side| Some((side, seen.cluster(&Probe::Cluster { side }).ok()?));
        Ok(scope
            .sides()
            .into_iter()
            .filter_map(answered)
            .map(|(side, cluster)| item(scope, side, cluster))
            .collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(controller), Some(brokers), Some(named)) =
            (facts.boolean("controller"), facts.integer("brokers"), facts.text("named"))
        else {
            return Ruling::unknown("the facts of a cluster are not there");
        };
        let counts =
            ["offline", "under_min_isr", "under_replicated", "elsewhere"].map(|name| facts.integer(name));
        let [Some(offline), Some(under_min_isr), Some(under_replicated), Some(elsewhere)] = counts else {
            return Ruling::unknown("the partitions were not counted");
        };
        let mut ruling = Ruling::green();
        if !controller {
            ruling.red(Finding::new(
                "CUT2301",
                subject,
                "a controller",
                "none",
                "look at the controllers' logs: without a quorum no leader is elected and no topic changes",
            ));
        }
        let least = i64::from(self.min_brokers).max(1);
        if brokers < least {
            ruling.red(Finding::new(
                "CUT2302",
                subject,
                format!("at least {least} brokers"),
                brokers.to_string(),
                "bring the missing brokers back, or correct `min_brokers`",
            ));
        }
        if offline > 0 {
            ruling.red(Finding::new(
                "CUT2303",
                subject,
                "every partition of the unit has a leader",
                format!("{offline} without; in trouble: {named}"),
                "bring back a broker that holds an in-sync replica; an unclean election loses records",
            ));
        }
        if under_min_isr > 0 {
            ruling.red(Finding::new(
                "CUT2304",
                subject,
                "in-sync replicas at or above min.insync.replicas",
                format!("{under_min_isr} below; in trouble: {named}"),
                "bring the missing replicas back: until then acks=all writes are refused",
            ));
        }
        if under_replicated > 0 {
            ruling.yellow(Finding::new(
                "CUT2305",
                subject,
                "every replica of the unit in sync",
                format!("{under_replicated} partitions not; in trouble: {named}"),
                "wait until the replicas have caught up: `kafka-topics --describe --under-replicated-partitions`",
            ));
        }
        if elsewhere > 0 {
            ruling.yellow(Finding::new(
                "CUT2306",
                subject,
                "a cluster without partitions in trouble",
                format!("{elsewhere} outside this unit"),
                "ask who works on this cluster before you begin",
            ));
        }
        ruling
    }
}

fn item(scope: &Scope<'_>, side: Side, cluster: &ClusterSeen) -> Item {
    let topics = scope.unit.all_topics();
    let ours = |partition: &&PartitionRef| {
        topics.contains(&partition.topic) || INTERNAL.contains(&partition.topic.as_str())
    };
    let count = |list: &[PartitionRef]| list.iter().filter(ours).count() as u64;
    let lists = [&cluster.offline, &cluster.under_min_isr, &cluster.under_replicated];
    let mut in_trouble: Vec<&PartitionRef> = lists.into_iter().flatten().collect();
    in_trouble.sort();
    in_trouble.dedup();
    let (of_unit, others): (Vec<&PartitionRef>, Vec<&PartitionRef>) = in_trouble.into_iter().partition(ours);
    let named: Vec<String> = of_unit
        .iter()
        .take(NAMED)
        .map(|partition| format!("{}-{}", partition.topic, partition.partition))
        .collect();
    let facts = Facts::new()
        .with("controller", cluster.controller.is_some())
        .with_count("brokers", cluster.brokers.len() as u64)
        .with_count("offline", count(&cluster.offline))
        .with_count("under_min_isr", count(&cluster.under_min_isr))
        .with_count("under_replicated", count(&cluster.under_replicated))
        .with_count("elsewhere", others.len() as u64)
        .with("named", named.join(", "));
    Item::new(format!("{side} cluster"), facts)
        .showing("cluster id", &cluster.cluster_id)
        .showing("partitions", cluster.partitions.to_string())
}
