//! Every topic of the unit has the same shape on both clusters: partitions, retention, cleanup, limits, timestamps.
//!
//! ## What it judges
//! For every topic of the unit, retry and dead-letter topics included: that it is there on both sides, and, one by one,
//! its partition count and the configuration that decides what is kept, what is accepted and in which order it is read:
//! `cleanup.policy`, `retention.ms`, `retention.bytes`, `max.message.bytes`, `min.insync.replicas`,
//! `message.timestamp.type`, `compression.type`, how far in the past or future a timestamp may lie, and, on compacted
//! topics, `delete.retention.ms` and the compaction lags. Any other key that somebody set on the source topic itself is
//! compared too.
//!
//! ## Why it matters
//! A key lands in another partition when the target has more of them, and order per key is lost. Records are copied with
//! their old timestamps: a target that keeps less long deletes them minutes after they arrive, without an error. A record
//! that fits on the source and not on the target stops the replicator first and the producers later.
//! MirrorMaker 2 leaves out `min.insync.replicas` and `message.timestamp.type` by default, and it never takes back
//! partitions that somebody added on the target.
//!
//! ## Green, yellow, red
//! Green: equal, or the target keeps longer or accepts more. Yellow: compression, a weaker `min.insync.replicas`, narrower
//! timestamp bounds, other compaction timing, timestamps that brokers set on the source and producers set on the target,
//! a key set on the source topic with another value on the target. Red: the topic is absent on a side, another partition
//! count, another cleanup policy, shorter or smaller retention, smaller records accepted, timestamps rewritten on the
//! target. A topic or a configuration that may not be read is unknown.
//!
//! ## What it does not prove
//! That any record is there, or the same. That a broker default will stay what it is.
//!
//! ## Example
//! ```yaml
//! shape:
//!   use: topic-shape
//!   severity: blocker
//! ```

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Found, Observations, Probe, Side, TopicSeen};

/// Parameters: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicShape {}

impl Declared for TopicShape {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Metadata);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("aspect", FactType::Text, "`presence`, `partitions`, or a configuration key"),
            FactSpec::new("source", FactType::Text, "the value on the source, as Kafka writes it"),
            FactSpec::new("target", FactType::Text, "the value on the target"),
            FactSpec::optional(
                "source_number",
                FactType::Integer,
                "the value as a number; unlimited is the largest",
            ),
            FactSpec::optional("target_number", FactType::Integer, "the same for the target"),
        ]
    }
}

/// What makes a difference in one configuration key bad.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bad {
    /// Any difference.
    Different,
    /// A smaller number on the target; -1 means unlimited.
    Smaller,
    /// `LogAppendTime` on one side only.
    Timestamps,
}

struct Key {
    name: &'static str,
    bad: Bad,
    code: &'static str,
    red: bool,
    /// Brokers of some versions do not have it: then the side is without that limit.
    may_be_absent: bool,
    compacted_only: bool,
    hint: &'static str,
}

const fn key(name: &'static str, bad: Bad, code: &'static str, red: bool, hint: &'static str) -> Key {
    Key { name, bad, code, red, may_be_absent: false, compacted_only: false, hint }
}

const RETENTION: &str = "set it on the target topic to at least the source's before records are copied; records already deleted there have to be copied again";
const COMPACTION: &str = "set it on the target topic as on the source";

const KEYS: &[Key] = &[
    key("cleanup.policy", Bad::Different, "CUT2103", true, "set the source's policy on the target topic"),
    key(
        "compression.type",
        Bad::Different,
        "CUT2108",
        false,
        "fine if meant: the broker recompresses what arrives otherwise",
    ),
    Key { compacted_only: true, ..key("delete.retention.ms", Bad::Smaller, "CUT2109", false, COMPACTION) },
    Key {
        compacted_only: true,
        may_be_absent: true,
        ..key("max.compaction.lag.ms", Bad::Different, "CUT2109", false, COMPACTION)
    },
    key(
        "max.message.bytes",
        Bad::Smaller,
        "CUT2105",
        true,
        "raise it on the target topic; a replicator stops at the first record that does not fit",
    ),
    Key {
        may_be_absent: true,
        ..key(
            "message.timestamp.after.max.ms",
            Bad::Smaller,
            "CUT2110",
            false,
            "check the producers' clocks, or raise it on the target topic",
        )
    },
    Key {
        may_be_absent: true,
        ..key(
            "message.timestamp.before.max.ms",
            Bad::Smaller,
            "CUT2110",
            false,
            "raise it on the target topic: old records are refused when copied",
        )
    },
    key(
        "message.timestamp.type",
        Bad::Timestamps,
        "CUT2106",
        true,
        "set the source's type on the target topic; MirrorMaker 2 does not copy it by default",
    ),
    Key { compacted_only: true, ..key("min.compaction.lag.ms", Bad::Smaller, "CUT2109", false, COMPACTION) },
    key(
        "min.insync.replicas",
        Bad::Smaller,
        "CUT2107",
        false,
        "set it on the target topic; MirrorMaker 2 does not copy it by default",
    ),
    key("retention.bytes", Bad::Smaller, "CUT2104", true, RETENTION),
    key("retention.ms", Bad::Smaller, "CUT2104", true, RETENTION),
];

/// Set per topic by tools while they move replicas; says nothing about the data.
const PASSING: &[&str] =
    &["follower.replication.throttled.replicas", "leader.replication.throttled.replicas"];

fn probe(scope: &Scope<'_>, side: Side) -> Probe {
    Probe::Topics { side, topics: scope.unit.all_topics() }
}

impl Check for TopicShape {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.all_topics().is_empty() {
            return Vec::new();
        }
        Side::BOTH.into_iter().map(|side| probe(scope, side)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (source, target) =
            (seen.topics(&probe(scope, Side::Source))?, seen.topics(&probe(scope, Side::Target))?);
        let items = scope.unit.all_topics().into_iter().flat_map(|topic| {
            match (source.topic(&topic), target.topic(&topic)) {
                (Some(source), Some(target)) => items_of(source, target),
                (None, _) => vec![unseen(&topic, Side::Source)],
                (_, None) => vec![unseen(&topic, Side::Target)],
            }
        });
        Ok(items.collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(aspect), Some(source), Some(target)) =
            (facts.text("aspect"), facts.text("source"), facts.text("target"))
        else {
            return Ruling::unknown("the facts of a topic are not there");
        };
        let mut ruling = Ruling::green();
        let numbers = (facts.integer("source_number"), facts.integer("target_number"));
        if aspect != "presence" && (source == target || numbers.0.is_some() && numbers.0 == numbers.1) {
            return ruling;
        }
        let finding = |code: &str, hint: &str| Finding::new(code, subject, source, target, hint);
        match aspect {
            "presence" if source != "present" || target != "present" => ruling.red(Finding::new(
                "CUT2101",
                subject,
                "present on both sides",
                format!("source: {source}, target: {target}"),
                "have the replicator copy it (topic filters, names ending in .internal), or take it out of the unit",
            )),
            "presence" => {}
            "partitions" => ruling.red(finding(
                "CUT2102",
                "records of one key change partition: create the target topic anew with the source's count and copy it again",
            )),
            _ => match KEYS.iter().find(|key| key.name == aspect) {
                Some(key) => rule_of_key(&mut ruling, key, finding(key.code, key.hint), facts),
                None => ruling.yellow(finding(
                    "CUT2111",
                    "set it on the target topic too, or accept the difference",
                )),
            },
        }
        ruling
    }
}

fn rule_of_key(ruling: &mut Ruling, key: &Key, finding: Finding, facts: &Facts) {
    let bad = match key.bad {
        Bad::Different => true,
        Bad::Smaller => match (facts.integer("source_number"), facts.integer("target_number")) {
            (Some(source), Some(target)) => target < source,
            _ => true,
        },
        Bad::Timestamps => {
            // Copied records keep their times on a target that takes the producers' word; only later ones differ.
            if facts.text("target") != Some("LogAppendTime") {
                return ruling.yellow(finding);
            }
            true
        }
    };
    match (bad, key.red) {
        (false, _) => {}
        (true, true) => ruling.red(finding),
        (true, false) => ruling.yellow(finding),
    }
}

fn unseen(topic: &str, side: Side) -> Item {
    Item::unknown(format!("topic {topic}"), format!("the answer of the {side} cluster does not speak of it"))
}

fn items_of(source: &TopicSeen, target: &TopicSeen) -> Vec<Item> {
    let subject = format!("topic {}", source.topic);
    let sides = [(Side::Source, source), (Side::Target, target)];
    let absent = sides.iter().any(|(_, topic)| topic.found == Found::Absent);
    if let Some((side, _)) = sides.iter().find(|(_, topic)| !absent && topic.found == Found::Unauthorised) {
        return vec![Item::unknown(subject, format!("not authorised to describe it on {side}"))];
    }
    let word = |topic: &TopicSeen| match topic.found {
        Found::Present => "present",
        Found::Absent => "absent",
        Found::Unauthorised => "not authorised to see",
    };
    let presence =
        Facts::new().with("aspect", "presence").with("source", word(source)).with("target", word(target));
    let mut items = vec![Item::new(&subject, presence)];
    if absent {
        return items;
    }
    let without_partitions =
        |topic: &&TopicSeen| topic.partitions.is_empty().then(|| "no partition was told".to_owned());
    let gaps: Vec<Item> = sides
        .iter()
        .filter_map(|(side, topic)| {
            let why = topic.unread.clone().or_else(|| without_partitions(topic))?;
            Some(Item::unknown(format!("{subject}, on {side}"), why))
        })
        .collect();
    if !source.partitions.is_empty() && !target.partitions.is_empty() {
        let count = |topic: &TopicSeen| topic.partitions.len().to_string();
        items.push(compared(&subject, "partitions", count(source), count(target)));
    }
    if !gaps.is_empty() {
        items.extend(gaps);
        return items;
    }
    items.extend(KEYS.iter().filter_map(|key| config_item(&subject, key, source, target)));
    items.extend(other_keys(source).into_iter().filter_map(|name| {
        let (source, target) = (source.config(&name)?, target.config(&name).unwrap_or("not set"));
        Some(compared(&subject, &name, source.to_owned(), target.to_owned()))
    }));
    items
}

fn config_item(subject: &str, key: &Key, source: &TopicSeen, target: &TopicSeen) -> Option<Item> {
    let compacted =
        |topic: &TopicSeen| topic.config("cleanup.policy").is_some_and(|policy| policy.contains("compact"));
    if key.compacted_only && !compacted(source) && !compacted(target) {
        return None;
    }
    let absent = |topic: &TopicSeen| topic.config(key.name).is_none();
    if key.may_be_absent && absent(source) && absent(target) {
        return None;
    }
    let value = |side: Side, topic: &TopicSeen| match topic.config(key.name) {
        Some(value) => Ok(in_order(value)),
        None if key.may_be_absent => Ok(UNLIMITED.to_owned()),
        None => Err(Item::unknown(
            format!("{subject}, config {}", key.name),
            format!("the {side} cluster does not tell it"),
        )),
    };
    Some(match (value(Side::Source, source), value(Side::Target, target)) {
        (Ok(source), Ok(target)) => compared(subject, key.name, source, target),
        (Err(item), _) | (_, Err(item)) => item,
    })
}

/// Lists (`compact,delete`) in one order, so that only their members count.
fn in_order(value: &str) -> String {
    let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
    parts.sort_unstable();
    parts.join(",")
}

/// What a cluster without a limit says in place of it.
const UNLIMITED: &str = "-1";

fn compared(subject: &str, aspect: &str, source: String, target: String) -> Item {
    let number =
        |text: &str| text.parse::<i64>().ok().map(|number| if number == -1 { i64::MAX } else { number });
    let mut facts = Facts::new().with("aspect", aspect);
    for (name, number) in [("source_number", number(&source)), ("target_number", number(&target))] {
        if let Some(number) = number {
            facts.set(name, number);
        }
    }
    let subject = match aspect {
        "partitions" => format!("{subject}, partitions"),
        _ => format!("{subject}, config {aspect}"),
    };
    Item::new(subject, facts.with("source", source).with("target", target))
}

/// Keys somebody set on the source topic itself, beside those with a rule of their own.
fn other_keys(source: &TopicSeen) -> BTreeSet<String> {
    source
        .configs
        .iter()
        .filter(|(_, config)| config.origin == "topic")
        .map(|(name, _)| name)
        .filter(|name| !PASSING.contains(&name.as_str()) && KEYS.iter().all(|key| key.name != name.as_str()))
        .cloned()
        .collect()
}
