use crate::action::Settled;
use crate::check::{Condition as _, FactSpec, FactType, Facts};
use crate::expression::Guarded;
use crate::plan::Plan;
use crate::unit::Unit;
use crate::world::{Found, Observations, Probe, Side};

use super::Condition;

/// A name a condition may give after `probe`, and the facts it shows of every subject.
pub type Look = (&'static str, &'static [(&'static str, FactType, &'static str)]);

/// What can be looked at in a condition.
pub static LOOKS: &[Look] = &[
    (
        "ends",
        &[
            ("log_start", FactType::Integer, "first offset kept"),
            ("last_stable_offset", FactType::Integer, "end of what is committed"),
            ("high_watermark", FactType::Integer, "end of the log"),
            ("at_rest", FactType::Boolean, "two looks were equal, with nothing open"),
        ],
    ),
    (
        "groups",
        &[
            ("state", FactType::Text, "the coordinator's word: Empty, Stable, …"),
            ("members", FactType::Integer, "members of the group"),
            ("moving", FactType::Boolean, "a commit moved between two looks"),
        ],
    ),
    (
        "lag",
        &[
            ("records", FactType::Integer, "visible records not yet committed"),
            ("event_time", FactType::Duration, "age of the oldest of them"),
        ],
    ),
    (
        "replication",
        &[
            ("behind", FactType::Integer, "visible records not yet copied"),
            ("moving", FactType::Boolean, "the position moved between two looks, or stands at the end"),
        ],
    ),
    (
        "topics",
        &[
            ("exists", FactType::Boolean, "the topic is there"),
            ("partitions", FactType::Integer, "number of partitions"),
            ("under_replicated", FactType::Integer, "partitions with replicas missing"),
        ],
    ),
];

/// Apart of two looks, in milliseconds: a busy topic grows within it.
const OVER_MS: u64 = 2_000;

/// A subject and the facts seen of it.
type Seen = (String, Facts);

/// What a condition that names a probe wants measured; nothing for one that names a check.
pub fn probes(condition: &Condition, plan: &Plan, unit: &Unit) -> Vec<Probe> {
    let Some(probe) = condition.probe.as_deref() else { return Vec::new() };
    let topics = || condition.of(unit.all_topics());
    let groups = || condition.of(unit.groups.keys().cloned());
    let side = condition.on.unwrap_or(Side::Source);
    match probe {
        "ends" => vec![Probe::Rest { side, topics: topics(), over_ms: OVER_MS }],
        "groups" => vec![Probe::Groups { side, groups: groups(), over_ms: OVER_MS }],
        "lag" => groups()
            .into_iter()
            .map(|group| Probe::Lag {
                side,
                isolation: unit.groups.get(&group).map(|group| group.isolation).unwrap_or_default(),
                group,
                topics: unit.all_topics(),
            })
            .collect(),
        "replication" => vec![Probe::Replication {
            replicator: plan.replicator.clone(),
            topics: topics(),
            over_ms: OVER_MS,
        }],
        "topics" => vec![Probe::Topics { side, topics: topics() }],
        _ => Vec::new(),
    }
}

/// Whether the condition is true for every subject. Nothing seen, and anything that could not be seen, is unknown.
pub fn holds(condition: &Condition, plan: &Plan, unit: &Unit, observed: &Observations) -> Settled {
    let unknown = |why: String| Settled::Unknown { why };
    let (Some(probe), Some(until)) = (condition.probe.as_deref(), condition.until.as_deref()) else {
        return unknown("the condition names no probe".to_owned());
    };
    let Some((_, facts)) = LOOKS.iter().find(|(name, _)| *name == probe) else {
        return unknown(format!("there is no probe {probe}"));
    };
    let specs = facts.iter().map(|(name, kind, doc)| FactSpec::new(name, *kind, doc)).collect();
    let expression = match Guarded::new(until, specs) {
        Ok(expression) => expression,
        Err(faults) => {
            let fault = faults.first().map_or("it cannot be read", |fault| fault.message.as_str());
            return unknown(format!("`{until}`: {fault}"));
        }
    };
    let mut subjects = Vec::new();
    for probe in probes(condition, plan, unit) {
        if let Ok(observation) = observed.of(&probe)
            && let Some(partial) = &observation.partial
        {
            return unknown(format!("{}: {partial}", probe.title()));
        }
        match subjects_of(&probe, observed) {
            Ok(seen) => subjects.extend(seen),
            Err(why) => return unknown(why),
        }
    }
    if subjects.is_empty() {
        return unknown("nothing was seen".to_owned());
    }
    for (subject, facts) in subjects {
        match expression.holds(&facts) {
            Ok(true) => {}
            Ok(false) => {
                let current = facts
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}"))
                    .collect::<Vec<_>>()
                    .join(", ");
                return Settled::not_yet(subject, current, until);
            }
            Err(why) => return unknown(format!("{subject}: {why}")),
        }
    }
    Settled::Yes
}

fn subjects_of(probe: &Probe, observed: &Observations) -> Result<Vec<Seen>, String> {
    Ok(match probe {
        Probe::Rest { .. } => observed
            .rest(probe)?
            .partitions
            .iter()
            .map(|partition| {
                let facts = Facts::new()
                    .with("log_start", partition.log_start)
                    .with("last_stable_offset", partition.lso[1])
                    .with("high_watermark", partition.high_watermark[1])
                    .with("at_rest", partition.is_at_rest());
                (format!("topic {}, partition {}", partition.topic, partition.partition), facts)
            })
            .collect(),
        Probe::Groups { .. } => observed
            .groups(probe)?
            .groups
            .iter()
            .map(|group| match &group.unread {
                Some(why) => Err(format!("group {}: {why}", group.group)),
                None => {
                    let members = i64::try_from(group.members.len()).unwrap_or(i64::MAX);
                    let facts = Facts::new()
                        .with("state", group.state.as_str())
                        .with("members", members)
                        .with("moving", !group.moved.is_empty());
                    Ok((format!("group {}", group.group), facts))
                }
            })
            .collect::<Result<_, _>>()?,
        Probe::Lag { .. } => {
            let seen = observed.lag(probe)?;
            let records: u64 = seen.partitions.iter().map(|partition| partition.records).sum();
            let mut facts = Facts::new().with("records", i64::try_from(records).unwrap_or(i64::MAX));
            if let Some(age) = seen.partitions.iter().filter_map(|partition| partition.event_time_ms).max() {
                facts.set("event_time", age);
            }
            vec![(format!("group {}", seen.group), facts)]
        }
        Probe::Replication { .. } => observed
            .replication(probe)?
            .partitions
            .iter()
            .map(|partition| {
                let moved = partition.position != partition.position_later
                    || partition.target_end != partition.target_end_later;
                let facts = Facts::new()
                    .with("behind", i64::try_from(partition.behind).unwrap_or(i64::MAX))
                    .with("moving", moved || partition.behind == 0);
                (format!("topic {}, partition {}", partition.topic, partition.partition), facts)
            })
            .collect(),
        Probe::Topics { .. } => observed
            .topics(probe)?
            .topics
            .iter()
            .map(|topic| {
                if topic.found == Found::Unauthorised {
                    return Err(format!("topic {}: not authorised", topic.topic));
                }
                let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
                let missing = topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count();
                let facts = Facts::new()
                    .with("exists", topic.found == Found::Present)
                    .with("partitions", count(topic.partitions.len()))
                    .with("under_replicated", count(missing));
                Ok((format!("topic {}", topic.topic), facts))
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(format!("{}: no probe of a condition", probe.title())),
    })
}
