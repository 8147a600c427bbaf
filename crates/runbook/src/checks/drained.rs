//! The replicator has copied everything: the target holds the last record of every partition.
//!
//! ## What it judges
//! For every partition of the unit's topics: the last record below a cut of the source, as the unit's consumers see it,
//! is looked for on the target by its content, for at most `within`; then, at least `settle` after the first time, the ends
//! of the source are measured again. What groups have read plays no part. A replicator copies a partition in order, so the last record there means that the ones
//! before it have been taken too.
//!
//! ## Why it matters
//! A replicator that is told to stop before it has copied the last record leaves it behind for good, and no group will
//! ever miss it. Neither a timer nor a lag in offsets can tell: markers count as offsets, and a copy under way has none.
//!
//! ## Green, yellow, red
//! Green: the last record is on the target, no transaction was open, and the source stood still. Yellow: copied up to the
//! cut, and the source goes on growing; or several records at the end are equal to each other, so that it cannot be told
//! which of them was copied. Red: the last record is not on the target, or a transaction is open that may still commit
//! records. Unknown: a side could not be read.
//!
//! ## What it does not prove
//! That what lies before the last record is the same on both sides: that is `content-parity`. That nobody writes
//! afterwards: that is the fence.
//!
//! ## Example
//! ```yaml
//! copied:
//!   use: drained
//!   severity: blocker
//!   with: { within: 10s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Isolation, Observations, PartitionDrained, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drained {
    /// How long the target may take to hold the last record of the cut.
    #[serde(default = "ten_seconds")]
    within: Millis,
    /// How long the source has to be seen standing still: longer than its producers ever pause.
    #[serde(default = "two_seconds")]
    settle: Millis,
    /// Headers the replicator adds, which are not compared.
    #[serde(default)]
    ignore_headers: Vec<String>,
}

fn two_seconds() -> Millis {
    Millis(2_000)
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for Drained {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);
    const OF_THE_COPY: bool = true;
    const DUE: Option<&'static str> = Some("fence-writes");

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("copied", FactType::Boolean, "the last record below the cut is on the target"),
            FactSpec::new("cut", FactType::Integer, "the source offset up to which records had to be copied"),
            FactSpec::optional(
                "last",
                FactType::Integer,
                "source offset of the last record; absent: there is none",
            ),
            FactSpec::optional("twin", FactType::Integer, "target offset of its twin"),
            FactSpec::new(
                "alike",
                FactType::Integer,
                "records equal to it that end the source, itself included",
            ),
            FactSpec::new(
                "alike_on_target",
                FactType::Integer,
                "records equal to it that stand in a row on the target",
            ),
            FactSpec::new(
                "ambiguous",
                FactType::Boolean,
                "which of several equal records was copied cannot be told",
            ),
            FactSpec::new(
                "open_transaction",
                FactType::Boolean,
                "a transaction was open below the cut's high watermark",
            ),
            FactSpec::new("grown", FactType::Integer, "offsets by which the source grew meanwhile"),
        ]
    }
}

impl Drained {
    fn probe(&self, scope: &Scope<'_>) -> Probe {
        let mut ignore_headers = self.ignore_headers.clone();
        ignore_headers.sort();
        Probe::Drained {
            topics: scope.unit.all_topics(),
            isolation: scope.unit.isolation(),
            ignore_headers,
            within_ms: self.within.as_probe(),
            over_ms: self.settle.as_probe(),
            without: scope.unit.target_born.clone(),
        }
    }
}

impl Check for Drained {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe(scope)]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let drained = seen.drained(&self.probe(scope))?;
        let named = |topic: &String| drained.partitions.iter().any(|partition| partition.topic == *topic);
        let untold = scope.unit.all_topics().into_iter().filter(|topic| !named(topic));
        let gaps =
            untold.map(|topic| Item::unknown(format!("topic {topic}"), "the answer does not speak of it"));
        let isolation = scope.unit.isolation();
        Ok(gaps.chain(drained.partitions.iter().map(|partition| item(partition, isolation))).collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let booleans = ["copied", "ambiguous", "open_transaction"].map(|name| facts.boolean(name));
        let integers = ["cut", "alike", "alike_on_target", "grown"].map(|name| facts.integer(name));
        let (
            [Some(copied), Some(ambiguous), Some(open)],
            [Some(cut), Some(alike), Some(on_target), Some(grown)],
        ) = (booleans, integers)
        else {
            return Ruling::unknown("the facts of a partition are not there");
        };
        let last = facts.integer("last").unwrap_or(cut);
        let mut ruling = Ruling::green();
        if !copied {
            let actual = if on_target > 0 {
                format!("{on_target} of {alike} equal records")
            } else {
                "it is not there".to_owned()
            };
            ruling.red(Finding::new(
                "CUT2661",
                subject,
                format!("the record at source offset {last} on the target"),
                actual,
                "wait until the replicator has copied it; if it does not move, look at replication-health",
            ));
        } else if ambiguous {
            ruling.yellow(Finding::new(
                "CUT2662",
                subject,
                format!("a twin of the record at source offset {last} that is no other's"),
                "records near it are equal to it, timestamp included where both sides keep it".to_owned(),
                "compare the topic's content, or write one record that differs and look again",
            ));
        }
        if open {
            ruling.red(Finding::new(
                "CUT2663",
                subject,
                "no transaction open on the source",
                format!("one is open at offset {cut} or behind: it may still commit records"),
                "stop the producer that has it open, or wait for transaction.max.timeout.ms; kafka-transactions.sh find-hanging names it",
            ));
        }
        if grown != 0 {
            ruling.yellow(Finding::new(
                "CUT2664",
                subject,
                "a source that stands still",
                format!("it went on by {grown} offsets while the target was looked at"),
                "fence the producers first; after a fence, find out who still writes",
            ));
        }
        ruling
    }
}

fn item(partition: &PartitionDrained, isolation: Isolation) -> Item {
    let subject = format!("topic {}, partition {}", partition.topic, partition.partition);
    let cut = match isolation {
        Isolation::ReadCommitted => partition.source_lso,
        Isolation::ReadUncommitted => partition.source_high_watermark,
    };
    let high = partition.source_high_watermark_later - partition.source_high_watermark;
    let stable = partition.source_lso_later - partition.source_lso;
    let last = partition.last.as_ref();
    let alike = last.map_or(0, |last| last.alike);
    let on_target = last.map_or(0, |last| last.target_alike);
    let found = last.is_none_or(|last| last.target_offset.is_some() && partition.target_end.is_some());
    let mut facts = Facts::new()
        .with("copied", found && on_target >= alike)
        .with("cut", cut)
        .with_count("alike", alike)
        .with_count("alike_on_target", on_target)
        .with("ambiguous", alike > 1 || last.is_some_and(|last| last.elsewhere))
        .with("open_transaction", partition.open_transaction)
        // The end that moved further; both are 0 only where nothing moved.
        .with("grown", if high.abs() >= stable.abs() { high } else { stable });
    if let Some(last) = last {
        facts.set("last", last.source_offset);
        if let Some(twin) = last.target_offset {
            facts.set("twin", twin);
        }
    }
    Item::new(subject, facts)
}
