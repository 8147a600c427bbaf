//! The source still holds what a return needs, for longer than the return may take.
//!
//! ## What it judges
//! For every partition with a commit of the unit's groups on the source, the time until its recovery point (the earliest
//! of these commits; the log start, where a group with `reset: earliest` reads the topic and has no commit on the
//! partition) is deleted: by `retention.ms` from the record's own timestamp, or by `retention.bytes` at the rate
//! at which the log grew between two looks. For the groups: the time after which the source forgets the commits of a
//! group that has stopped (`offsets.retention.minutes`). Needed is the larger of what is left of the window with its
//! `keep_for_rollback`, as if the window began now, and the unit's `switch_back_within`; without either, `at_least`.
//!
//! ## Why it matters
//! Going back means reading on from the recovery point. Retention goes on deleting on a source that nobody writes to any
//! more, and nobody watches it: three days later the way back is gone, and it is noticed when it is wanted.
//!
//! ## Green, yellow, red
//! Green: at least `comfortable` times what is needed. Yellow: enough, but less than that: the return depends on a narrow
//! window. Red: the recovery point is deleted already, or will be before the time that is needed is over. Unknown: no
//! group has a commit; the size of a log that is deleted by size, or the brokers' offset retention, was not told.
//!
//! ## What it does not prove
//! That the group's earlier records are still wanted, or that the log will not grow faster in the window than between the
//! looks, or than on average since the recovery point. Kafka does not tell since when a group has no members: the commits
//! of one that is found without any are counted as if they began to expire now, the evidence names it, and the clock of
//! the run says that it is not known. Deletion works by segment and is never earlier than said here.
//!
//! ## Example
//! ```yaml
//! anchor:
//!   use: rollback-anchor
//!   severity: blocker
//!   with: { comfortable: 3, at_least: 24h }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, spoken};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Begins, Observations, PartitionRetention, Probe, RetentionSeen, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackAnchor {
    /// Less than this many times the time that is needed is yellow.
    #[serde(default = "three")]
    comfortable: u32,
    /// What is needed where neither window nor recovery says so.
    #[serde(default = "a_day")]
    at_least: Millis,
    /// `offsets.retention.minutes` of brokers that do not tell it.
    #[serde(default)]
    offsets_retention: Option<Millis>,
    /// Time between the two looks at the log's growth.
    #[serde(default = "ten_seconds")]
    over: Millis,
}

fn three() -> u32 {
    3
}

fn a_day() -> Millis {
    Millis(86_400_000)
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for RollbackAnchor {
    const DIMENSION: Option<Dimension> = Some(Dimension::Rollback);
    const PROOF: Option<Proof> = Some(Proof::Anchor);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new(
                "time_left",
                FactType::Duration,
                "until what a return needs is deleted; unlimited is the largest number",
            ),
            FactSpec::new(
                "cause",
                FactType::Text,
                "`retention.ms`, `retention.bytes`, `offset expiry` or `none`",
            ),
            FactSpec::new(
                "needed",
                FactType::Duration,
                "what is left of the window, and the time kept for a rollback",
            ),
            FactSpec::new(
                "lost",
                FactType::Integer,
                "offsets after the recovery point that are deleted already",
            ),
            FactSpec::optional(
                "recovery_point",
                FactType::Integer,
                "earliest commit of the unit's groups on the partition, or where one without would begin",
            ),
        ]
    }
}

impl RollbackAnchor {
    fn probe(&self, scope: &Scope<'_>) -> Probe {
        Probe::Retention {
            side: Side::Source,
            topics: scope.unit.all_topics(),
            groups: scope.unit.groups.keys().cloned().collect(),
            earliest: scope
                .unit
                .groups
                .iter()
                .filter(|(_, group)| group.begins() == Some(Begins::Earliest))
                .map(|(name, _)| name.clone())
                .collect(),
            over_ms: self.over.as_probe(),
        }
    }

    /// The time a return may take from now on, in ms.
    fn needed(&self, scope: &Scope<'_>) -> i64 {
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let of_window = scope.plan.window.as_ref().map(|window| {
            let from = scope.now.max(window.opens);
            let rest = (window.closes.as_millisecond() - from.as_millisecond()).max(0);
            rest.saturating_add(window.keep_for_rollback_ms.map_or(0, ms))
        });
        let of_unit =
            scope.unit.recovery.as_ref().and_then(|recovery| recovery.switch_back_within_ms).map(ms);
        let declared = of_window.into_iter().chain(of_unit).max().unwrap_or(0);
        if declared > 0 { declared } else { self.at_least.0 }
    }
}

impl Check for RollbackAnchor {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.groups.is_empty() || scope.unit.all_topics().is_empty() {
            return Vec::new();
        }
        vec![self.probe(scope)]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let retention = seen.retention(&self.probe(scope))?;
        let needed = self.needed(scope);
        let now = scope.now.as_millisecond();
        let mut items: Vec<Item> = retention
            .partitions
            .iter()
            .filter_map(|partition| Some((partition, partition.recovery_point?)))
            .flat_map(|(partition, point)| partition_items(partition, point, needed, now))
            .collect();
        if items.is_empty() {
            return Err(
                "no group of the unit has a commit on the source: there is no recovery point".to_owned()
            );
        }
        items.push(self.commits_item(retention, needed));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(left), Some(cause), Some(needed), Some(lost)) =
            (facts.integer("time_left"), facts.text("cause"), facts.integer("needed"), facts.integer("lost"))
        else {
            return Ruling::unknown("the facts of a recovery point are not there");
        };
        let mut ruling = Ruling::green();
        let comfortable = needed.saturating_mul(i64::from(self.comfortable.max(1)));
        if lost > 0 {
            ruling.red(Finding::new(
                "CUT2501",
                subject,
                "the recovery point on the source",
                format!("{lost} offsets after it are deleted"),
                "there is no exact way back for this partition: raise retention now, and have the owner decide from where a return would start",
            ));
        } else if left < needed {
            ruling.red(Finding::new(
                "CUT2502",
                subject,
                format!("{} until the way back is gone", spoken(needed)),
                format!("{} by {cause}", spoken(left)),
                hint(cause),
            ));
        } else if left < comfortable {
            ruling.yellow(Finding::new(
                "CUT2503",
                subject,
                format!("{}, {} times what is needed", spoken(comfortable), self.comfortable.max(1)),
                format!("{} by {cause}", spoken(left)),
                hint(cause),
            ));
        }
        ruling
    }
}

pub(crate) const BY_TIME: &str = "retention.ms";
const BY_SIZE: &str = "retention.bytes";
pub(crate) const BY_EXPIRY: &str = "offset expiry";
/// Under these names an item shows the log start of its partition as it was looked at last, and groups whose commits
/// began to expire before the look.
pub(crate) const LOG_START: &str = "log start";
pub(crate) const WITHOUT_MEMBERS: &str = "without members";

fn hint(cause: &str) -> &'static str {
    match cause {
        BY_TIME => "raise retention.ms of the source topic until the rollback period is over",
        BY_SIZE => "raise retention.bytes of the source topic until the rollback period is over",
        _ => {
            "raise offsets.retention.minutes of the source's brokers, or keep the commits alive; the run records the positions in its journal"
        }
    }
}

impl RollbackAnchor {
    fn commits_item(&self, retention: &RetentionSeen, needed: i64) -> Item {
        let subject = "commits of the unit's groups, on source";
        let declared = self.offsets_retention.map(|ms| ms.0);
        match retention.offsets_retention_ms.or(declared) {
            Some(left) => {
                let item = Item::new(subject, facts(left, BY_EXPIRY, needed, 0));
                if retention.empty.is_empty() {
                    return item;
                }
                item.showing(WITHOUT_MEMBERS, retention.empty.join(", "))
            }
            None => Item::unknown(
                subject,
                "how long the brokers keep commits of a stopped group was not told: declare `offsets_retention`",
            ),
        }
    }
}

fn facts(left: i64, cause: &str, needed: i64, lost: i64) -> Facts {
    Facts::new().with("time_left", left).with("cause", cause).with("needed", needed).with("lost", lost)
}

/// The partition's own item, and one more when the deletion by size cannot be told.
fn partition_items(partition: &PartitionRetention, point: i64, needed: i64, now: i64) -> Vec<Item> {
    let subject = format!("topic {}, partition {}", partition.topic, partition.partition);
    let lost = (partition.log_start_later.max(partition.log_start) - point).max(0);
    let deletes = partition.cleanup_policy.contains("delete");
    let by_time =
        partition.retention_ms.filter(|_| deletes).map(|kept| match partition.recovery_point_timestamp {
            // A record that nobody has written yet will be kept for the whole time.
            None => kept,
            Some(written) => written.saturating_add(kept).saturating_sub(now).max(0),
        });
    let limit = partition.retention_bytes.filter(|_| deletes);
    let by_size = limit.and_then(|limit| until_full(partition, point, limit, now));
    let (left, cause) = [(by_time, BY_TIME), (by_size, BY_SIZE)]
        .into_iter()
        .filter_map(|(left, cause)| Some((left?, cause)))
        .min()
        .unwrap_or((i64::MAX, "none"));
    let item = Item::new(&subject, facts(left, cause, needed, lost).with("recovery_point", point));
    let item = match &partition.begins_at_log_start {
        Some(group) => item.showing("without a commit", group.clone()),
        None => item,
    };
    let mut items = vec![item.showing(LOG_START, partition.log_start_later.to_string())];
    if limit.is_some() && by_size.is_none() {
        items.push(Item::unknown(
            format!("{subject}, {BY_SIZE}"),
            "the log is deleted by size, and its size was not told: grant DESCRIBE on the source cluster",
        ));
    }
    items
}

/// Milliseconds until everything from the recovery point on fills the log by itself; `None`: the size was not told. It
/// fills as fast as between the two looks, or as on average since the recovery point where that was faster: a source that
/// is written in bursts may rest while it is looked at.
fn until_full(partition: &PartitionRetention, point: i64, limit: i64, now: i64) -> Option<i64> {
    let size = partition.size_bytes?;
    let records = (partition.end - partition.log_start).max(1);
    let each = size as f64 / records as f64;
    let kept = (partition.end_later - point).max(0) as f64 * each;
    let room = limit as f64 - kept;
    if room <= 0.0 {
        return Some(0);
    }
    let per_ms = |bytes: f64, ms: i64| if ms > 0 { bytes / ms as f64 } else { 0.0 };
    let between = (partition.end_later - partition.end).max(0) as f64 * each;
    let between = per_ms(between, i64::try_from(partition.over_ms).unwrap_or(i64::MAX));
    // Over less than the time between the looks an average says nothing.
    let age = partition.recovery_point_timestamp.map_or(0, |written| now.saturating_sub(written));
    let long_enough = u64::try_from(age).is_ok_and(|age| age >= partition.over_ms);
    let since = if long_enough { per_ms(kept, age) } else { 0.0 };
    let rate = between.max(since);
    Some(if rate > 0.0 { (room / rate) as i64 } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_fills_as_fast_as_between_the_looks_or_as_on_average_since_the_recovery_point() {
        let seen = |end_later: i64, written: Option<i64>| PartitionRetention {
            topic: "orders".into(),
            partition: 0,
            cleanup_policy: "delete".into(),
            retention_ms: None,
            retention_bytes: Some(2_000),
            log_start: 0,
            log_start_later: 0,
            end: 1_000,
            end_later,
            recovery_point: Some(500),
            begins_at_log_start: None,
            recovery_point_timestamp: written,
            size_bytes: Some(1_000),
            over_ms: 10_000,
        };
        // 1 byte a record, 500 kept, room for 1,500; the record at the recovery point is 100 s old.
        let full = |end_later, written| until_full(&seen(end_later, written), 500, 2_000, 1_000_000);
        assert_eq!(full(1_000, Some(900_000)), Some(300_000), "at rest now, 5 bytes a second on average");
        assert_eq!(full(1_500, Some(900_000)), Some(20_000), "50 bytes a second now");
        assert_eq!(full(1_000, Some(995_000)), Some(i64::MAX), "5 s are too short for an average");
        assert_eq!(full(1_000, None), Some(i64::MAX), "nothing was written behind it");
    }
}
