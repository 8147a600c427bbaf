//! For every position a group holds on the source there is exactly one place on the target that continues at the same
//! record, and it is known.
//!
//! ## What it judges
//! For every group of the unit and every partition it has a commit on: whether the target offset of the same record
//! boundary was proved by comparing records on both sides, and that nothing the group has finished comes again after
//! it. What the group holds on the target now plays no part: that is `offset-boundary`.
//!
//! ## Why it matters
//! This is what the cutover will commit. Offsets of the two clusters are different numbers; a position that was not
//! proved is a guess, and a guess either repeats records or leaves some out.
//!
//! ## Green, yellow, red
//! Green: proved for every partition with a commit. Yellow: several places look the same, or the records after the place
//! could not all be compared within the budget; the earliest safe one is named. Unknown: not provable, with the reason
//! (position outside the source's log, unreadable, over budget), a group without commits, a position that is kept
//! elsewhere than in the group's commits. Red: a group that went on there would be delivered records of the unit's
//! `target_born` spans, which the source never had; so many are named.
//!
//! ## What it does not prove
//! That the group will start there, that records before the position were all processed, or anything about partitions
//! without a commit.
//!
//! ## Example
//! ```yaml
//! positions:
//!   use: position-provable
//!   severity: blocker
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope, counted};
use crate::unit::{Group, Truth};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, Outcome, PartitionPosition, Probe};

/// Parameters: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionProvable {}

impl Declared for PositionProvable {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);
    const OF_THE_COPY: bool = true;
    const LIVE: bool = false;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("proved", FactType::Boolean, "the exact target position is proved"),
            FactSpec::new(
                "source_committed",
                FactType::Integer,
                "the group's commit on the source, or where its reset policy begins without one",
            ),
            FactSpec::optional("exact_target", FactType::Integer, "the target offset of the same boundary"),
            FactSpec::optional(
                "target_born",
                FactType::Integer,
                "declared target-born records that lie behind the exact position; absent: none",
            ),
            FactSpec::optional("why", FactType::Text, "why it is not proved"),
        ]
    }
}

/// The exact positions of one group over the whole unit.
pub(super) fn probe(scope: &Scope<'_>, name: &str, group: &Group) -> Probe {
    Probe::Positions {
        group: name.to_owned(),
        topics: scope.unit.all_topics(),
        isolation: group.isolation,
        without: scope.unit.target_born.clone(),
        begins: group.begins(),
    }
}

/// A position with the group that holds it.
pub(super) struct Held<'a> {
    pub(super) name: &'a str,
    pub(super) group: &'a Group,
    pub(super) position: &'a PartitionPosition,
    pub(super) subject: String,
}

/// The positions of every group of the unit, and an unknown item for each group that has none to show. A group that was
/// not answered for is a gap of its own; the others are judged all the same.
pub(super) fn held<'a>(scope: &Scope<'a>, seen: &'a Observations) -> (Vec<Held<'a>>, Vec<Item>) {
    let mut found = Vec::new();
    let mut gaps = Vec::new();
    for (name, group) in &scope.unit.groups {
        let subject = format!("group {name}");
        if group.truth != Truth::Committed {
            let why = "its position is not kept in its commits; this version reads only those";
            gaps.push(Item::unknown(subject, why));
            continue;
        }
        let Ok(positions) = seen.positions(&probe(scope, name, group)) else { continue };
        if positions.partitions.is_empty() {
            gaps.push(Item::unknown(subject, "it has no commit on the unit's topics, on neither cluster"));
        }
        let told = positions.partitions.iter().filter(|position| !is_empty(position));
        found.extend(told.map(|position| Held {
            name,
            group,
            position,
            subject: format!("group {name}, topic {}, partition {}", position.topic, position.partition),
        }));
    }
    (found, gaps)
}

/// No record on either side, and no commit on the source: a commit at the end of both is where `commit-offsets` puts the
/// group, and there is nothing to prove, to deliver or to try.
fn is_empty(position: &PartitionPosition) -> bool {
    position.stands_at().is_none() && position.outcome == Outcome::Exact
}

impl Check for PositionProvable {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        scope.unit.groups.iter().map(|(name, group)| probe(scope, name, group)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (held, mut items) = held(scope, seen);
        for Held { position, subject, .. } in held {
            match position.stands_at() {
                Some(committed) => items.push(item(position, subject, committed)),
                None => items.push(Item::unknown(
                    subject,
                    "committed on the target only: the source has no position to prove",
                )),
            }
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(proved), Some(committed)) = (facts.boolean("proved"), facts.integer("source_committed"))
        else {
            return Ruling::unknown("the facts of a position are not there");
        };
        let mut ruling = Ruling::green();
        if let Some(born) = facts.integer("target_born") {
            let place = facts.integer("exact_target").unwrap_or_default();
            let records = counted(born, "record");
            ruling.red(Finding::new(
                "CUT2122",
                subject,
                format!("no record born on the target behind the place of source offset {committed}"),
                format!("{records} behind target offset {place}"),
                "let the group finish, on the source, what was copied before them; or have the topics copied afresh",
            ));
        } else if !proved {
            let candidate = facts
                .integer("exact_target")
                .map_or_else(String::new, |offset| format!("; earliest safe: {offset}"));
            ruling.yellow(Finding::new(
                "CUT2121",
                subject,
                format!("one proved place on the target for source offset {committed}"),
                format!("{}{candidate}", facts.text("why").unwrap_or("several places look the same")),
                "raise the check's read budget, or let the group go on until its records differ; then measure again",
            ));
        }
        ruling
    }
}

fn item(position: &PartitionPosition, subject: String, committed: i64) -> Item {
    let why = position.why_unproved().unwrap_or(position.outcome.word()).to_owned();
    let ambiguous = position.outcome == Outcome::Ambiguous;
    let born = position.target_born_at_exact;
    if born.is_none()
        && (position.outcome == Outcome::Unprovable || position.exact_target.is_none() && !ambiguous)
    {
        return Item::unknown(subject, why);
    }
    let proved = position.exact_proved && position.exact_target.is_some() && !ambiguous;
    let mut facts = Facts::new().with("proved", proved).with("source_committed", committed);
    if let Some(exact) = position.exact_target {
        facts.set("exact_target", exact);
    }
    if let Some(born) = born {
        facts.set("target_born", i64::try_from(born).unwrap_or(i64::MAX));
    }
    if !proved {
        facts.set("why", why);
    }
    Item::new(subject, facts).showing("outcome of the target's own commit", position.outcome.word())
}
