//! Each group's lag is within what the unit tolerates, and it would have as much to do on the target.
//!
//! ## What it judges
//! For every group of the unit and every partition with a commit on the source: how many visible records lie between the
//! commit and the end, and how old the first of them is, against the unit's `tolerates` (`lag`: a duration, and
//! `lag_records`); and the same distance on the target from the exact position of the group, which is comparable when
//! the two differ by at most `apart` records.
//!
//! ## Why it matters
//! Whatever is left when the producers stop has to be consumed inside the window, and a replicator places a group the
//! further back the further it lags. A target on which the group would have more to do holds records twice or records
//! that the source does not have; one with less is not copied yet.
//!
//! ## Green, yellow, red
//! Green: within what is tolerated, or no lag at all, and comparable. Yellow: there is lag and no tolerance is declared;
//! or the two sides are further apart than `apart`. Red: more lag than tolerated. Unknown: the place on the target is not
//! known, or the age of the lag was not told.
//!
//! ## What it does not prove
//! That the lag will shrink. On topics with transactions the distance on the target counts markers too.
//!
//! ## Example
//! ```yaml
//! lag:
//!   use: lag-envelope
//!   severity: major
//!   with: { apart: 1000 }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::group_lag;
use super::position_provable::{Held, held, probe};
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope, counted, spoken};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{EndsSeen, Isolation, LagSeen, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LagEnvelope {
    /// Records by which the lag on the two sides may differ: what is written and copied between the looks.
    #[serde(default = "thousand")]
    apart: u32,
}

fn thousand() -> u32 {
    1_000
}

impl Declared for LagEnvelope {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Metadata);
    const LIVE: bool = false;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new(
                "source_lag",
                FactType::Integer,
                "records between the commit and the end of the source",
            ),
            FactSpec::new(
                "counted",
                FactType::Boolean,
                "`source_lag` was counted; else it is a distance of offsets",
            ),
            FactSpec::optional(
                "lag_time",
                FactType::Duration,
                "age of the first record not yet read, against the newest",
            ),
            FactSpec::optional("lag_time_untold", FactType::Text, "why `lag_time` was not told"),
            FactSpec::optional(
                "target_lag",
                FactType::Integer,
                "offsets between the exact position and the end of the target",
            ),
            FactSpec::optional("tolerated_records", FactType::Integer, "what the unit tolerates, in records"),
            FactSpec::optional("tolerated_time", FactType::Duration, "what the unit tolerates, in time"),
        ]
    }
}

fn ends_probe(scope: &Scope<'_>) -> Probe {
    Probe::Ends { side: Side::Target, topics: scope.unit.all_topics() }
}

impl Check for LagEnvelope {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        let Some(lags) = group_lag::probe(scope, Side::Source) else { return Vec::new() };
        let of_groups = scope.unit.groups.iter().map(|(name, group)| probe(scope, name, group));
        of_groups.chain([lags, ends_probe(scope)]).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let ends = seen.ends(&ends_probe(scope))?;
        let (held, mut items) = held(scope, seen);
        // Lags that were not answered are a gap of their own.
        let Some(Ok(lags)) = group_lag::probe(scope, Side::Source).map(|probe| seen.lags(&probe)) else {
            return Ok(items);
        };
        for held in held.iter().filter(|held| held.position.source_committed.is_some()) {
            items.push(match lags.of(held.name) {
                Some(lag) => item(held, lag, ends),
                None => Item::unknown(&held.subject, "its lag was not told"),
            });
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let Some(lag) = facts.integer("source_lag") else {
            return Ruling::unknown("the lag was not told");
        };
        let (records, time) = (facts.integer("tolerated_records"), facts.integer("tolerated_time"));
        let mut ruling = Ruling::green();
        if let Some(records) = records.filter(|records| lag > *records) {
            ruling.red(Finding::new(
                "CUT2161",
                subject,
                format!("a lag of at most {}", counted(records, "record")),
                counted(lag, "record"),
                "let the group catch up, or declare in `tolerates` what the window can bear",
            ));
        }
        match (time, facts.integer("lag_time")) {
            (Some(time), Some(age)) if age > time => ruling.red(Finding::new(
                "CUT2162",
                subject,
                format!("a lag of at most {}", spoken(time)),
                format!("{} ({})", spoken(age), counted(lag, "record")),
                "let the group catch up, or declare in `tolerates` what the window can bear",
            )),
            (Some(_), None) if lag > 0 && ruling == Ruling::green() => {
                return Ruling::unknown(group_lag::untold(facts));
            }
            _ => {}
        }
        if records.is_none() && time.is_none() && lag > 0 {
            ruling.yellow(Finding::new(
                "CUT2163",
                subject,
                "a lag that somebody declared tolerable",
                format!("{}, and nothing is declared", counted(lag, "record")),
                "declare `tolerates: {lag: …}` or `lag_records` of the unit or the group",
            ));
        }
        self.compare(ruling, subject, lag, facts.integer("target_lag"))
    }
}

impl LagEnvelope {
    fn compare(&self, mut ruling: Ruling, subject: &str, source: i64, target: Option<i64>) -> Ruling {
        let Some(target) = target else {
            // What is measured and wrong stays; else the half that was not measured decides.
            let red = ruling.level() == crate::verdict::Level::Red;
            return if red {
                ruling
            } else {
                Ruling::unknown("the group's place on the target is not known")
            };
        };
        if source.abs_diff(target) > u64::from(self.apart) {
            let hint = if target > source {
                "records may be twice or foreign on the target, or markers are counted: compare the topic's content"
            } else {
                "the replicator has not copied everything yet: wait, and look at replication-health"
            };
            ruling.yellow(Finding::new(
                "CUT2164",
                subject,
                format!("a lag on the target within {} records of the source's {source}", self.apart),
                target.to_string(),
                hint,
            ));
        }
        ruling
    }
}

fn item(held: &Held<'_>, lag: &LagSeen, ends: &EndsSeen) -> Item {
    let position = held.position;
    let is_here = |topic: &str, partition: i32| topic == position.topic && partition == position.partition;
    let Some(lag) = lag.partitions.iter().find(|lag| is_here(&lag.topic, lag.partition)) else {
        return Item::unknown(&held.subject, "its lag was not told");
    };
    let end = ends.partitions.iter().find(|end| is_here(&end.topic, end.partition)).map(|end| {
        match held.group.isolation {
            Isolation::ReadCommitted => end.lso,
            Isolation::ReadUncommitted => end.high_watermark,
        }
    });
    let exact = position.exact_target.filter(|_| position.exact_proved);
    let tolerates = &held.group.tolerates;
    let mut facts = Facts::new().with_count("source_lag", lag.records).with("counted", lag.counted);
    let numbers = [
        ("lag_time", lag.event_time_ms),
        ("target_lag", exact.zip(end).map(|(exact, end)| (end - exact).max(0))),
        ("tolerated_records", tolerates.lag_records.map(|records| records.max(0))),
        ("tolerated_time", tolerates.lag_ms.map(|ms| ms.max(0))),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            facts.set(name, number);
        }
    }
    facts.set("lag_time_untold", lag.age_untold.clone());
    Item::new(&held.subject, facts)
}
