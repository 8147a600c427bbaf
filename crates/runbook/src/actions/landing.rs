//! Where one group has to stand on the target, partition by partition.

use std::collections::{BTreeMap, BTreeSet};

use super::sight::Sight;
use crate::unit::{Group, Unit};
use crate::world::{
    Begins, CommitChange, CommitHeld, EndsSeen, Found, GroupSeen, Isolation, Outcome, PartitionEnds,
    PartitionPosition, Place, PositionsSeen, Probe, Side, TopicsSeen, Twin,
};

/// A partition by its topic.
pub(super) type At = (String, i32);

/// `orders-0`.
pub(super) fn spelled(at: &At) -> String {
    format!("{}-{}", at.0, at.1)
}

/// What of the topics is known on both sides.
pub(super) struct Ground<'a> {
    /// Every partition of the unit's topics; the same on both sides.
    pub(super) partitions: BTreeSet<At>,
    ends: [BTreeMap<At, &'a PartitionEnds>; 2],
}

/// The probes behind [`Ground`].
pub(super) fn probes(topics: &[String]) -> Vec<Probe> {
    let topics_of = |side| Probe::Topics { side, topics: topics.to_vec() };
    let ends_of = |side| Probe::Ends { side, topics: topics.to_vec() };
    Side::BOTH.into_iter().flat_map(|side| [topics_of(side), ends_of(side)]).collect()
}

/// # Errors
/// The log does not reach there.
pub(super) fn within(ends: &PartitionEnds, offset: i64) -> Result<i64, String> {
    if (ends.log_start..=ends.high_watermark).contains(&offset) {
        return Ok(offset);
    }
    Err(format!(
        "source offset {offset} is outside the source's log, which reaches from {} to {}",
        ends.log_start, ends.high_watermark
    ))
}

/// What stands against landing: not measured, or measured and wrong.
#[derive(Debug)]
pub(super) enum Against {
    Unmeasured(String),
    Wrong(String),
}

impl<'a> Ground<'a> {
    pub(super) fn of(topics: &[String], sight: Sight<'a>) -> Result<Ground<'a>, Against> {
        let [source, target] = Side::BOTH.map(|side| partitions(sight, side, topics));
        let (source, target) = (source?, target?);
        let lists = [(&source, &target, Side::Target), (&target, &source, Side::Source)];
        for (here, there, side) in lists {
            if let Some(at) = here.difference(there).next() {
                return Err(Against::Wrong(format!("partition {} is not on {side}", spelled(at))));
            }
        }
        let [source_ends, target_ends] = Side::BOTH.map(|side| ends(sight, side, topics, &source));
        Ok(Ground { ends: [source_ends?, target_ends?], partitions: source })
    }

    pub(super) fn ends(&self, side: Side, at: &At) -> Option<&'a PartitionEnds> {
        let of_side = match side {
            Side::Source => &self.ends[0],
            Side::Target => &self.ends[1],
        };
        of_side.get(at).copied()
    }
}

fn partitions(sight: Sight<'_>, side: Side, topics: &[String]) -> Result<BTreeSet<At>, Against> {
    let probe = Probe::Topics { side, topics: topics.to_vec() };
    let seen: &TopicsSeen = sight.topics(&probe).map_err(Against::Unmeasured)?;
    let mut all = BTreeSet::new();
    for name in topics {
        let unmeasured = |why: &str| Against::Unmeasured(format!("topic {name} on {side}: {why}"));
        let topic = seen.topic(name).ok_or_else(|| unmeasured("the answer does not speak of it"))?;
        match (topic.found, &topic.unread) {
            (Found::Absent, _) => return Err(Against::Wrong(format!("topic {name} is not on {side}"))),
            (Found::Unauthorised, _) => return Err(unmeasured("not authorised to see it")),
            (Found::Present, Some(why)) => return Err(unmeasured(why)),
            (Found::Present, None) if topic.partitions.is_empty() => {
                return Err(unmeasured("its partitions were not told"));
            }
            (Found::Present, None) => {}
        }
        all.extend(topic.partitions.iter().map(|partition| (name.clone(), partition.partition)));
    }
    Ok(all)
}

fn ends<'a>(
    sight: Sight<'a>,
    side: Side,
    topics: &[String],
    partitions: &BTreeSet<At>,
) -> Result<BTreeMap<At, &'a PartitionEnds>, Against> {
    let probe = Probe::Ends { side, topics: topics.to_vec() };
    let seen: &EndsSeen = sight.ends(&probe).map_err(Against::Unmeasured)?;
    let ends: BTreeMap<At, &PartitionEnds> =
        seen.partitions.iter().map(|end| ((end.topic.clone(), end.partition), end)).collect();
    match partitions.iter().find(|at| !ends.contains_key(*at)) {
        Some(at) => Err(Against::Unmeasured(format!(
            "ends of {} on {side}: the answer does not speak of it",
            spelled(at)
        ))),
        None => Ok(ends),
    }
}

/// The probe for the exact positions of one group over the unit.
pub(super) fn positions(unit: &Unit, name: &str, group: &Group) -> Probe {
    Probe::Positions {
        group: name.to_owned(),
        topics: unit.all_topics(),
        isolation: group.isolation,
        without: unit.target_born.clone(),
        begins: group.begins(),
    }
}

/// Source positions of a group without a commit there: where its reset policy would put it on the source at the cut.
/// Partitions without any record need none, nor does a policy that gives no position.
pub(super) fn reset_places(group: &Group, positions: &PositionsSeen, ground: &Ground<'_>) -> Vec<Place> {
    let committed: BTreeSet<At> = positions
        .partitions
        .iter()
        .filter(|position| position.source_committed.is_some())
        .map(|position| (position.topic.clone(), position.partition))
        .collect();
    let open = ground.partitions.iter().filter(|at| !committed.contains(at));
    open.filter_map(|at| {
        let ends = ground.ends(Side::Source, at)?;
        let end = match group.isolation {
            Isolation::ReadCommitted => ends.lso,
            Isolation::ReadUncommitted => ends.high_watermark,
        };
        let offset = group.begins()?.place(ends.log_start, end, ends.high_watermark)?;
        Some(Place { topic: at.0.clone(), partition: at.1, offset })
    })
    .collect()
}

/// The probe for the twins of places of the source.
pub(super) fn to_target(unit: &Unit, places: Vec<Place>, isolation: Isolation) -> Probe {
    Probe::Twins { places, isolation, toward: Side::Target, without: unit.target_born.clone() }
}

/// The probe for them; `None`: there are none.
pub(super) fn twins(unit: &Unit, group: &Group, places: Vec<Place>) -> Option<Probe> {
    (!places.is_empty()).then(|| to_target(unit, places, group.isolation))
}

/// One group, and everything its landing rests on.
pub(super) struct Landing<'a> {
    pub(super) name: &'a str,
    pub(super) group: &'a Group,
    pub(super) source: &'a GroupSeen,
    pub(super) target: &'a GroupSeen,
    pub(super) positions: &'a PositionsSeen,
    pub(super) ground: &'a Ground<'a>,
    /// Twins of the places its reset policy gives.
    pub(super) twins: Vec<&'a Twin>,
}

/// What the landing comes to.
#[derive(Default)]
pub(super) struct Landed {
    pub(super) changes: Vec<CommitChange>,
    pub(super) notes: Vec<String>,
    /// Why it cannot be landed: measured, and standing against it.
    pub(super) against: Vec<String>,
    /// Why it cannot be landed: positions nobody could prove.
    pub(super) unproved: Vec<String>,
}

/// Where a partition has to stand.
enum Wanted {
    /// It stands there, or at an offset with the same boundary.
    Kept,
    Offset(i64),
    /// No commit, as on the source.
    Nothing,
}

impl Landing<'_> {
    /// Every partition of the unit, in order.
    pub(super) fn land(&self) -> Landed {
        let mut landed = Landed::default();
        for at in &self.ground.partitions {
            match self.wanted(at) {
                Ok(wanted) => self.change(at, wanted, &mut landed),
                Err(against) => {
                    let (list, why) = match against {
                        Against::Wrong(why) => (&mut landed.against, why),
                        Against::Unmeasured(why) => (&mut landed.unproved, why),
                    };
                    list.push(format!("group {}, {}: {why}", self.name, spelled(at)));
                }
            }
        }
        landed
    }

    fn change(&self, at: &At, wanted: Wanted, landed: &mut Landed) {
        let from = held(self.target, at);
        let to = match wanted {
            Wanted::Kept => return,
            Wanted::Offset(offset) => {
                let metadata = held(self.source, at).map(|held| held.metadata).unwrap_or_default();
                Some(CommitHeld { offset, metadata })
            }
            Wanted::Nothing => {
                let on_target = match &from {
                    Some(held) => format!("its commit {} on the target is removed", held.offset),
                    None => "left without one".to_owned(),
                };
                landed.notes.push(format!(
                    "group {}, {}: no commit on the source and reset none: {on_target}",
                    self.name,
                    spelled(at)
                ));
                None
            }
        };
        landed.notes.extend(self.passed_over(at));
        if from.as_ref().map(|held| held.offset) != to.as_ref().map(|held| held.offset) {
            landed.changes.push(CommitChange { topic: at.0.clone(), partition: at.1, from, to });
        }
    }

    /// What a group without a commit never sees, because its reset policy begins at the end.
    fn passed_over(&self, at: &At) -> Option<String> {
        let ends = self.ground.ends(Side::Source, at)?;
        let passes = self.group.begins() == Some(Begins::Latest) && held(self.source, at).is_none();
        (passes && ends.log_start < ends.high_watermark).then(|| {
            format!(
                "group {}, {}: no commit on the source and reset latest: what lies there between {} and {} is passed over",
                self.name,
                spelled(at),
                ends.log_start,
                ends.high_watermark
            )
        })
    }

    fn wanted(&self, at: &At) -> Result<Wanted, Against> {
        let is_it = |position: &&PartitionPosition| position.topic == at.0 && position.partition == at.1;
        let position = self.positions.partitions.iter().find(is_it);
        let proved_for = position.and_then(|position| position.source_committed);
        let now = held(self.source, at).map(|held| held.offset);
        if proved_for != now {
            let said = |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |at| at.to_string());
            return Err(Against::Wrong(format!(
                "its source commit was {} when the position was proved and is {}: it moves",
                said(proved_for),
                said(now)
            )));
        }
        match position {
            Some(position) if position.source_committed.is_some() => self.proved(at, position),
            _ => self.reset(at).map_err(Against::Wrong),
        }
    }

    /// The proved twin of a source commit.
    fn proved(&self, at: &At, position: &PartitionPosition) -> Result<Wanted, Against> {
        let committed = position.source_committed.unwrap_or_default();
        let (true, Some(exact), Some(_)) = (position.exact_proved, position.exact_target, position.proof)
        else {
            let why = position.why_unproved().unwrap_or("no reason was told");
            let why = format!("the exact target position of source commit {committed} is not proved: {why}");
            // Unprovable is what could not be read; the others were read, and are not one place.
            return Err(match position.outcome {
                _ if position.target_born_at_exact.is_some() => Against::Wrong(why),
                Outcome::Unprovable => Against::Unmeasured(why),
                _ => Against::Wrong(why),
            });
        };
        let exact = self.within(at, exact).map_err(Against::Wrong)?;
        // The commit the judgement is about must still be the one that is there.
        let same = position.target_committed == held(self.target, at).map(|held| held.offset);
        let stands = position.outcome == Outcome::Exact && position.target_committed.is_some() && same;
        Ok(if stands { Wanted::Kept } else { Wanted::Offset(exact) })
    }

    /// Without a commit the group would start where its reset policy puts it.
    fn reset(&self, at: &At) -> Result<Wanted, String> {
        let ends = |side| self.ground.ends(side, at).ok_or_else(|| "its ends are not known".to_owned());
        let (source, target) = (ends(Side::Source)?, ends(Side::Target)?);
        let nothing = |ends: &PartitionEnds| ends.log_start >= ends.high_watermark;
        if nothing(source) && nothing(target) {
            return Ok(Wanted::Offset(target.high_watermark));
        }
        match self.group.reset.as_deref() {
            Some("none") => Ok(Wanted::Nothing),
            // Whatever the source still holds lies behind the position, and that is nothing.
            Some("earliest" | "latest") if nothing(source) => Ok(Wanted::Offset(target.high_watermark)),
            Some(policy @ ("earliest" | "latest")) => self.twin(at, policy),
            Some(other) => {
                Err(format!("no commit on the source, and what reset `{other}` means there is not known"))
            }
            None => Err("no commit on the source, and the group declares no `reset`".to_owned()),
        }
    }

    fn twin(&self, at: &At, policy: &str) -> Result<Wanted, String> {
        let is_it = |twin: &&&Twin| twin.place.topic == at.0 && twin.place.partition == at.1;
        let twin = self.twins.iter().find(is_it);
        let twin = twin.ok_or_else(|| {
            format!("no commit on the source; the place of reset {policy} was not looked for")
        })?;
        match (twin.proved, twin.target) {
            (true, Some(target)) => Ok(Wanted::Offset(self.within(at, target)?)),
            _ => Err(format!(
                "no commit on the source; the twin of {} (reset {policy}) is not proved: {}",
                twin.place.offset,
                twin.why.as_deref().unwrap_or("no reason was told")
            )),
        }
    }

    /// A broker takes any offset; one outside the log is reset by the consumer.
    fn within(&self, at: &At, offset: i64) -> Result<i64, String> {
        let ends = self.ground.ends(Side::Target, at).ok_or("its ends on target are not known")?;
        if (ends.log_start..=ends.high_watermark).contains(&offset) {
            return Ok(offset);
        }
        Err(format!(
            "target offset {offset} is outside the target's log, which reaches from {} to {}",
            ends.log_start, ends.high_watermark
        ))
    }
}

/// What a group holds on a partition.
pub(super) fn held(group: &GroupSeen, at: &At) -> Option<CommitHeld> {
    let commit = group.commits.iter().find(|commit| commit.topic == at.0 && commit.partition == at.1)?;
    Some(CommitHeld { offset: commit.offset, metadata: commit.metadata.clone() })
}
