//! After the switch each group goes on, on the target, from where it was landed.
//!
//! ## What it judges
//! For every group of the unit, on both sides, looked at twice, `look` apart: members and commits that move; on the target
//! also whether any commit lies before the exact position of the group, and how many records wait to be read.
//!
//! ## Why it matters
//! An application that was started is not yet an application that works. It may sit in its group and process nothing, or
//! have begun somewhere else than where it was landed.
//!
//! ## Green, yellow, red
//! Green: members on the target, commits there moved forward and none lies before its landed position. Yellow: members,
//! and nothing is left to read, so that nothing could move; or commits move without members (a consumer that assigns its
//! partitions itself, or the replicator's sync). Red: records wait and no commit moves; nobody reads on either side; a
//! commit lies before the landed position, or moved back. Unknown: the group still reads on the source; its positions,
//! members or commits could not be read.
//!
//! ## What it does not prove
//! That what is processed is right: that is the application's own reconciliation.
//!
//! ## Example
//! ```yaml
//! progress:
//!   use: group-progress
//!   severity: blocker
//!   due: start-app
//!   with: { look: 20s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::position_provable;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, counted};
use crate::unit::{Group, Truth};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{
    GroupKind, GroupSeen, GroupsSeen, LagSeen, Observations, Outcome, PartitionLag, PositionsSeen, Probe,
    Side,
};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupProgress {
    /// Time between the two looks: at least twice the applications' commit interval.
    #[serde(default = "ten_seconds")]
    look: Millis,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for GroupProgress {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Resume);
    const DUE: Option<&'static str> = Some("start-app");

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("members", FactType::Integer, "members on the target"),
            FactSpec::new("moved", FactType::Integer, "partitions whose commit moved forward on the target"),
            FactSpec::new(
                "moved_back",
                FactType::Integer,
                "partitions whose commit moved back or vanished there",
            ),
            FactSpec::new(
                "before_landed",
                FactType::Integer,
                "partitions whose commit lies before the exact position",
            ),
            FactSpec::new("waiting", FactType::Integer, "records the group can still read on the target"),
            FactSpec::new("on_source", FactType::Boolean, "the group is active on the source"),
        ]
    }
}

impl GroupProgress {
    fn groups_probe(&self, scope: &Scope<'_>, side: Side) -> Probe {
        let groups = scope.unit.groups.keys().cloned().collect();
        Probe::Groups { side, groups, over_ms: self.look.as_probe() }
    }
}

fn lag_probe(scope: &Scope<'_>, name: &str, group: &Group) -> Probe {
    Probe::Lag {
        side: Side::Target,
        group: name.to_owned(),
        topics: scope.unit.all_topics(),
        isolation: group.isolation,
    }
}

impl Check for GroupProgress {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.groups.is_empty() {
            return Vec::new();
        }
        let of_groups = scope.unit.groups.iter().flat_map(|(name, group)| {
            [position_provable::probe(scope, name, group), lag_probe(scope, name, group)]
        });
        let looks = Side::BOTH.into_iter().map(|side| self.groups_probe(scope, side));
        looks.chain(of_groups).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let [source, target] = Side::BOTH.map(|side| seen.groups(&self.groups_probe(scope, side)));
        let (source, target) = (source?, target?);
        let mut items = Vec::new();
        for (name, group) in &scope.unit.groups {
            let subject = format!("group {name}");
            let positions = seen.positions(&position_provable::probe(scope, name, group));
            // What was not answered for is a gap of its own.
            let (Ok(positions), Ok(lag)) = (positions, seen.lag(&lag_probe(scope, name, group))) else {
                continue;
            };
            items.push(if group.truth == Truth::Committed {
                item(subject, [of(source, name), of(target, name)], positions, lag)
            } else {
                Item::unknown(
                    subject,
                    "its position is not kept in its commits; this version reads only those",
                )
            });
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let [Some(members), Some(moved), Some(back), Some(before), Some(waiting)] =
            ["members", "moved", "moved_back", "before_landed", "waiting"].map(|name| facts.integer(name))
        else {
            return Ruling::unknown("the facts of a group are not there");
        };
        let Some(on_source) = facts.boolean("on_source") else {
            return Ruling::unknown("whether the group reads on the source was not told");
        };
        let mut ruling = Ruling::green();
        if before > 0 {
            ruling.red(Finding::new(
                "CUT2701",
                subject,
                "every commit at or behind the landed position",
                format!("{} before it", counted(before, "partition")),
                "stop the application: it processes again what it has finished; land the exact positions and start it again",
            ));
        }
        if back > 0 {
            ruling.red(Finding::new(
                "CUT2702",
                subject,
                "commits that move forward",
                format!("{} moved back or lost a commit", counted(back, "partition")),
                "find out who commits there beside the application: an old instance, the replicator's sync, or a person",
            ));
        }
        if members == 0 && moved == 0 {
            if on_source {
                let why = "it still reads on the source, and nobody reads as this group on the target";
                return if ruling == Ruling::green() { Ruling::unknown(why) } else { ruling };
            }
            ruling.red(Finding::new(
                "CUT2703",
                subject,
                "members on the target",
                "none, on neither side",
                "start the application; if it was started, look at its log",
            ));
        } else if moved == 0 && waiting > 0 {
            ruling.red(Finding::new(
                "CUT2704",
                subject,
                "commits that move",
                format!(
                    "{}, {} waiting, and no commit moved",
                    counted(members, "member"),
                    counted(waiting, "record")
                ),
                "look at the application's log; a longer `look` if it commits less often",
            ));
        } else if moved == 0 {
            ruling.yellow(Finding::new(
                "CUT2705",
                subject,
                "commits that move",
                format!("{}, and nothing left to read", counted(members, "member")),
                "wait until a producer writes on the target, and measure again",
            ));
        } else if members == 0 {
            ruling.yellow(Finding::new(
                "CUT2706",
                subject,
                "members on the target",
                format!("none, and {} moved", counted(moved, "commit")),
                "stop the replicator's group sync and look again: what moves then is a consumer that assigns its partitions itself",
            ));
        }
        ruling
    }
}

fn of<'a>(seen: &'a GroupsSeen, name: &str) -> Option<&'a GroupSeen> {
    seen.groups.iter().find(|group| group.group == name)
}

fn item(
    subject: String,
    [source, target]: [Option<&GroupSeen>; 2],
    positions: &PositionsSeen,
    lag: &LagSeen,
) -> Item {
    for (side, group) in Side::BOTH.into_iter().zip([source, target]) {
        let why = match group {
            None => Some("the answer does not speak of it".to_owned()),
            Some(group) if matches!(group.kind, GroupKind::Share | GroupKind::Other) => {
                Some("it is of a type that has no positions".to_owned())
            }
            Some(group) => group.unread.clone(),
        };
        if let Some(why) = why {
            return Item::unknown(subject, format!("on {side}: {why}"));
        }
    }
    let (Some(source), Some(target)) = (source, target) else {
        return Item::unknown(subject, "the answer does not speak of it");
    };
    let landed = || positions.partitions.iter().filter(|position| position.source_committed.is_some());
    if landed().all(|position| position.exact_target.is_none()) {
        let why = "where it had to begin is not known: no exact position of its source commits";
        return Item::unknown(subject, why);
    }
    let told = |topic: &str, partition: i32| {
        lag.partitions.iter().any(|lag| lag.topic == topic && lag.partition == partition)
    };
    if let Some(untold) = landed().find(|position| !told(&position.topic, position.partition)) {
        let why = format!("its lag on topic {}, partition {} was not told", untold.topic, untold.partition);
        return Item::unknown(subject, why);
    }
    // A partition without a commit on the target has not begun: it waits, if there is anything to read.
    let before = landed().filter(|position| position.outcome == Outcome::Replay).count();
    let forward = target.moved.values().filter(|(from, to)| to.is_some() && from < to).count();
    let active = |group: &GroupSeen| {
        let between = !matches!(group.state.as_str(), "" | "Empty" | "Dead");
        between || !group.members.is_empty() || !group.moved.is_empty()
    };
    // One without a commit on either side is of a topic that the group does not read.
    let reads = |of: &PartitionLag| {
        let mut all = positions.partitions.iter();
        all.any(|position| position.topic == of.topic && position.partition == of.partition)
    };
    let waiting: u64 = lag.partitions.iter().filter(|lag| reads(lag)).map(|lag| lag.records).sum();
    let facts = Facts::new()
        .with_count("members", target.members.len() as u64)
        .with_count("moved", forward as u64)
        .with_count("moved_back", (target.moved.len() - forward) as u64)
        .with_count("before_landed", before as u64)
        .with_count("waiting", waiting)
        .with("on_source", active(source));
    Item::new(subject, facts)
}
