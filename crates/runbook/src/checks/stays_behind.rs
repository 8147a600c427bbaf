//! Every reader of the unit's topics on the source moves with the unit, or is declared to stay.
//!
//! ## What it judges
//! All groups of the source that have commits on the unit's topics or whose members read them now, against the unit's
//! `groups` and `stays_behind`; and every group declared to stay: whether it is there, reads these topics, and reads them
//! on the source only (looked at twice on the target, `look` apart).
//!
//! ## Why it matters
//! A reader nobody thought of goes on reading a source to which nothing is written any more. It does not fail; it falls
//! silent, and the business learns of it days later. One that reads both clusters processes everything twice.
//!
//! ## Green, yellow, red
//! Green: every reader is in the unit or declared, and every declared one is there and reads the source only. Yellow: a
//! group without members has commits on the topics (a job that runs at night, or a dead one); a declared group is not
//! there or does not read these topics; commits of a declared group move on the target without members (the replicator's
//! sync, or a consumer that assigns its partitions itself). Red: a reader with members that nobody declared; members of a
//! declared group on the target. Unknown: groups could not be read, or the cluster does not show the unit's own groups and
//! so may hide others.
//!
//! ## What it does not prove
//! That there is no reader that never commits and assigns its partitions itself: Kafka does not know it. A principal
//! without DESCRIBE on the cluster sees only groups it may describe, and is not told that there are others. The
//! replicator itself reads without a group.
//!
//! ## Example
//! ```yaml
//! readers:
//!   use: stays-behind
//!   severity: blocker
//!   with: { look: 10s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, counted};
use crate::unit::Truth;
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{GroupKind, GroupsSeen, Observations, Probe, Reader, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaysBehind {
    /// Time between the two looks at the declared groups on the target: at least twice their commit interval.
    #[serde(default = "ten_seconds")]
    look: Millis,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for StaysBehind {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Metadata);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("known_as", FactType::Text, "`unit`, `stays_behind` or `nothing`"),
            FactSpec::new(
                "topics",
                FactType::Text,
                "topics of the unit it has commits on or reads on the source",
            ),
            FactSpec::new("reads", FactType::Boolean, "members read topics of the unit on the source now"),
            FactSpec::optional(
                "target_members",
                FactType::Integer,
                "of a declared group: members on the target",
            ),
            FactSpec::optional(
                "target_moved",
                FactType::Integer,
                "of a declared group: partitions whose commit moved on the target",
            ),
        ]
    }
}

const READERS: Probe = Probe::Readers { side: Side::Source };

impl StaysBehind {
    /// The declared groups on the target, if any is declared.
    fn target_probe(&self, scope: &Scope<'_>) -> Option<Probe> {
        let mut groups: Vec<String> =
            scope.unit.stays_behind.iter().map(|reader| reader.group.clone()).collect();
        groups.sort();
        groups.dedup();
        let over_ms = self.look.as_probe();
        (!groups.is_empty()).then_some(Probe::Groups { side: Side::Target, groups, over_ms })
    }
}

impl Check for StaysBehind {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        [READERS].into_iter().chain(self.target_probe(scope)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let readers = &seen.readers(&READERS)?.readers;
        let on_target = self.target_probe(scope).map(|probe| seen.groups(&probe)).transpose()?;
        let topics = scope.unit.all_topics();
        let mut items: Vec<Item> =
            readers.iter().filter_map(|reader| found(scope, reader, &topics, on_target)).collect();
        let shown = |name: &str| readers.iter().any(|reader| reader.group == name);
        for (name, group) in &scope.unit.groups {
            if group.truth == Truth::Committed && !shown(name) {
                let why = "the source does not list it, and may hide other groups too";
                items.push(Item::unknown(format!("group {name}"), why));
            }
        }
        for reader in scope.unit.stays_behind.iter().filter(|reader| !shown(&reader.group)) {
            let nothing = Reader {
                group: reader.group.clone(),
                kind: GroupKind::Absent,
                state: String::new(),
                topics: Vec::new(),
                assigned: Vec::new(),
                members: Some(0),
                unread: None,
            };
            items.extend(found(scope, &nothing, &topics, on_target));
        }
        items.sort_by(|a, b| a.subject.cmp(&b.subject));
        items.dedup_by(|a, b| a.subject == b.subject);
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(known), Some(topics), Some(reads)) =
            (facts.text("known_as"), facts.text("topics"), facts.boolean("reads"))
        else {
            return Ruling::unknown("the facts of a group are not there");
        };
        let mut ruling = Ruling::green();
        match known {
            "unit" => {}
            "nothing" if reads => ruling.red(Finding::new(
                "CUT2681",
                subject,
                "every reader in the unit, or declared in `stays_behind`",
                format!("it reads {topics}"),
                "find its owner; move it with the unit, or declare it in `stays_behind` with who accepted that",
            )),
            "nothing" => ruling.yellow(Finding::new(
                "CUT2682",
                subject,
                "every reader in the unit, or declared in `stays_behind`",
                format!("it has commits on {topics} and no members now"),
                "find out whether it is a job that runs from time to time; declare it, or delete its commits",
            )),
            _ => declared(&mut ruling, subject, topics, facts),
        }
        ruling
    }
}

fn declared(ruling: &mut Ruling, subject: &str, topics: &str, facts: &Facts) {
    if topics.is_empty() {
        ruling.yellow(Finding::new(
            "CUT2683",
            subject,
            "a group that reads the unit's topics on the source",
            "the source knows no such reader of them",
            "look for a mistyped name; take it out of `stays_behind` if it is gone",
        ));
    }
    let members = facts.integer("target_members").unwrap_or(0);
    let moved = facts.integer("target_moved").unwrap_or(0);
    if members > 0 {
        ruling.red(Finding::new(
            "CUT2684",
            subject,
            "read on the source only",
            format!("{} on the target", counted(members, "member")),
            "stop it on the target, or let it move with the unit: it processes what it reads twice",
        ));
    } else if moved > 0 {
        ruling.yellow(Finding::new(
            "CUT2685",
            subject,
            "read on the source only",
            format!("{} moved on the target, without members", counted(moved, "commit")),
            "exclude it from the replicator's group sync; what moves then is a consumer that assigns its partitions itself",
        ));
    }
}

/// What is said of a group: nothing, if it has nothing to do with the unit.
fn found(
    scope: &Scope<'_>,
    reader: &Reader,
    topics: &[String],
    on_target: Option<&GroupsSeen>,
) -> Option<Item> {
    let subject = format!("group {}", reader.group);
    let in_unit = scope.unit.groups.contains_key(&reader.group);
    let declared = scope.unit.stays_behind.iter().any(|declared| declared.group == reader.group);
    let of_unit = |list: &[String]| -> Vec<String> {
        list.iter().filter(|topic| topics.contains(topic)).cloned().collect()
    };
    let (committed, assigned) = (of_unit(&reader.topics), of_unit(&reader.assigned));
    let idle = matches!(reader.state.as_str(), "" | "Empty" | "Dead");
    // With members of which it is not told what they have, or between two generations.
    let silent = !idle && reader.assigned.is_empty();
    if !in_unit {
        if let Some(why) = &reader.unread {
            return Some(Item::unknown(subject, why));
        }
        // Connect workers and schema registries are groups without topics.
        let foreign = matches!(reader.kind, GroupKind::Other);
        if silent && !foreign && committed.is_empty() && !declared {
            let why = format!("it is {} and what it reads is not told", reader.state);
            return Some(Item::unknown(subject, why));
        }
    }
    let mut read: Vec<String> = committed.into_iter().chain(assigned.iter().cloned()).collect();
    read.sort();
    read.dedup();
    if read.is_empty() && !in_unit && !declared {
        return None;
    }
    let known = if in_unit {
        "unit"
    } else if declared {
        "stays_behind"
    } else {
        "nothing"
    };
    // Members that do not tell what they have count as reading whatever the group has commits on.
    let reads = !assigned.is_empty() || silent && !read.is_empty();
    let mut facts = Facts::new().with("known_as", known).with("topics", read.join(", ")).with("reads", reads);
    if declared && !in_unit {
        let told = on_target.and_then(|seen| seen.groups.iter().find(|group| group.group == reader.group));
        let Some(told) = told else { return Some(Item::unknown(subject, "the target does not speak of it")) };
        if let Some(why) = &told.unread {
            return Some(Item::unknown(subject, format!("on target: {why}")));
        }
        let ours = |place: &&String| topics.iter().any(|topic| is_of(place, topic));
        let moved = told.moved.keys().filter(ours).count();
        facts = facts
            .with_count("target_members", told.members.len() as u64)
            .with_count("target_moved", moved as u64);
    }
    Some(Item::new(subject, facts))
}

/// Whether `topic-partition` is a partition of this topic.
fn is_of(place: &str, topic: &str) -> bool {
    let number = place.strip_prefix(topic).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
