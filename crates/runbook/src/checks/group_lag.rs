//! Each group's lag on one cluster is within bounds.
//!
//! ## What it judges
//! For every group of the unit and every partition of the topics it has commits on: how many records it can still read,
//! and how old the first of them is against the newest. `on` says which cluster; without it the source. The bounds are
//! `max`, and what it leaves out the unit's `tolerates` (`lag_records`, `lag`). Only records count: transaction markers,
//! aborted records and compacted holes are no lag. Beyond 10,000 offsets the distance stands for the count.
//!
//! ## Why it matters
//! What a group has not read when the producers stop has to be read inside the window; after the switch, a lag that grows
//! is the first sign that the application does not keep up on the target.
//!
//! ## Green, yellow, red
//! Green: within the bounds, or no lag. Yellow: there is lag and nobody declared what is bearable. Red: more, or older,
//! than the bounds allow. Unknown: the group has no commits there, a commit lies outside the log, or the age was not told.
//!
//! ## What it does not prove
//! That the lag will shrink, or anything about topics the group has never committed on.
//!
//! ## Example
//! ```yaml
//! lag:
//!   use: group-lag
//!   on: source
//!   severity: major
//!   with: { max: { records: 10000, time: 5m } }
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, counted, spoken};
use crate::unit::Group;
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, PartitionLag, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupLag {
    /// The bounds; one that is left out is what the unit tolerates.
    #[serde(default)]
    max: Max,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Max {
    /// Records of lag on a partition.
    #[serde(default)]
    records: Option<u64>,
    /// Age of the first record not yet read.
    #[serde(default)]
    time: Option<Millis>,
}

impl Declared for GroupLag {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Metadata);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("lag", FactType::Integer, "records the group can still read"),
            FactSpec::new(
                "counted",
                FactType::Boolean,
                "`lag` was counted; else it is a distance of offsets",
            ),
            FactSpec::optional(
                "lag_time",
                FactType::Duration,
                "age of the first of them, against the newest",
            ),
            FactSpec::optional("lag_time_untold", FactType::Text, "why `lag_time` was not told"),
            FactSpec::optional(
                "committed",
                FactType::Integer,
                "the commit; absent: the lag counts from the log start",
            ),
            FactSpec::optional("max_records", FactType::Integer, "the bound in records"),
            FactSpec::optional("max_time", FactType::Duration, "the bound in time"),
        ]
    }
}

/// That the age of the lag is not told, and why where that is known.
pub(super) fn untold(facts: &Facts) -> String {
    let why = facts.text("lag_time_untold").map_or(String::new(), |why| format!(": {why}"));
    format!("the age of the lag was not told{why}")
}

/// The side a check of a group's own progress looks at: the source, unless it says `on`.
pub(super) fn side(scope: &Scope<'_>) -> Side {
    scope.on.unwrap_or(Side::Source)
}

/// One question for all groups of the unit; none where it has none.
pub(super) fn probe(scope: &Scope<'_>, side: Side) -> Option<Probe> {
    let groups = scope.unit.groups.iter().map(|(name, group)| (name.clone(), group.isolation));
    let (groups, topics) = (groups.collect::<BTreeMap<_, _>>(), scope.unit.all_topics());
    (!groups.is_empty()).then_some(Probe::Lags { side, groups, topics })
}

/// One partition of a group, as it was measured.
pub(super) struct Lagging<'a> {
    pub(super) group: &'a Group,
    pub(super) subject: String,
    pub(super) lag: &'a PartitionLag,
}

/// The partitions every group of the unit reads: those of the topics it has a commit on. Commits outside the log and
/// groups without any, or that were not answered for, are unknown items.
pub(super) fn lagging<'a>(scope: &Scope<'a>, seen: &'a Observations) -> (Vec<Lagging<'a>>, Vec<Item>) {
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    let Some(Ok(lags)) = probe(scope, side(scope)).map(|probe| seen.lags(&probe)) else {
        return (found, gaps);
    };
    for (name, group) in &scope.unit.groups {
        let Some(of_group) = lags.of(name) else {
            gaps.push(Item::unknown(format!("group {name}"), "its lag was not told"));
            continue;
        };
        if of_group.read().next().is_none() {
            let why = format!("it has no commit on the unit's topics on the {}", side(scope));
            gaps.push(Item::unknown(format!("group {name}"), why));
        }
        for lag in of_group.read() {
            let subject = format!("group {name}, topic {}, partition {}", lag.topic, lag.partition);
            let end = lag.high_watermark.unwrap_or(lag.end).max(lag.end);
            match lag.committed {
                Some(committed) if committed < lag.log_start => {
                    let why = format!(
                        "the commit {committed} lies below the log start {}: what was between is gone, read or not",
                        lag.log_start
                    );
                    gaps.push(Item::unknown(subject, why));
                }
                Some(committed) if committed > end => {
                    let why =
                        format!("the commit {committed} lies above the end {end}: it is of another log");
                    gaps.push(Item::unknown(subject, why));
                }
                _ => found.push(Lagging { group, subject, lag }),
            }
        }
    }
    (found, gaps)
}

impl Check for GroupLag {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        probe(scope, side(scope)).into_iter().collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (found, mut items) = lagging(scope, seen);
        items.extend(found.into_iter().map(|lagging| self.item(lagging)));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let Some(lag) = facts.integer("lag") else { return Ruling::unknown("the lag was not told") };
        let (records, time) = (facts.integer("max_records"), facts.integer("max_time"));
        let mut ruling = Ruling::green();
        if let Some(records) = records.filter(|records| lag > *records) {
            ruling.red(Finding::new(
                "CUT2621",
                subject,
                format!("a lag of at most {}", counted(records, "record")),
                counted(lag, "record"),
                "find out why the group does not keep up, or let it catch up before going on",
            ));
        }
        match (time, facts.integer("lag_time")) {
            (Some(time), Some(age)) if age > time => ruling.red(Finding::new(
                "CUT2622",
                subject,
                format!("a lag of at most {}", spoken(time)),
                format!("{} ({})", spoken(age), counted(lag, "record")),
                "find out why the group does not keep up, or let it catch up before going on",
            )),
            (Some(_), None) if lag > 0 && ruling == Ruling::green() => {
                return Ruling::unknown(untold(facts));
            }
            _ => {}
        }
        if records.is_none() && time.is_none() && lag > 0 {
            ruling.yellow(Finding::new(
                "CUT2623",
                subject,
                "a lag that somebody declared bearable",
                format!("{}, and nothing is declared", counted(lag, "record")),
                "give the check `max`, or declare `tolerates: {lag: …}` or `lag_records` of the unit or the group",
            ));
        }
        ruling
    }
}

impl GroupLag {
    fn item(&self, Lagging { group, subject, lag }: Lagging<'_>) -> Item {
        let declared = self.max.records.map(|records| i64::try_from(records).unwrap_or(i64::MAX));
        let numbers = [
            ("lag_time", lag.event_time_ms),
            ("committed", lag.committed),
            ("max_records", declared.or(group.tolerates.lag_records)),
            ("max_time", self.max.time.map(|time| time.0).or(group.tolerates.lag_ms)),
        ];
        let mut facts = Facts::new().with_count("lag", lag.records).with("counted", lag.counted);
        for (name, number) in numbers {
            if let Some(number) = number {
                facts.set(name, number.max(0));
            }
        }
        facts.set("lag_time_untold", lag.age_untold.clone());
        Item::new(subject, facts)
    }
}
