//! Whether the target is still as the way back has left it: no record since the ledger was cut, no commit since the
//! positions were read.

use std::collections::{BTreeMap, BTreeSet};

use super::landing::{At, spelled};
use super::sight::Sight;
use super::waiting::{Waiting, listed};
use super::{activity, growth};
use crate::action::{Changeset, StepScope};
use crate::world::{GroupSeen, Measured, PartitionBorn, PartitionRest, Probe, Side};

/// Under this name a step is given what the ledger of its unit was cut from; no step can have it.
pub const CUT: &str = "what the ledger was cut from";

/// How far the ledger counts, partition by partition; empty: none was cut.
fn counted<'a>(scope: &StepScope<'a>) -> Vec<&'a PartitionBorn> {
    let kept = scope.kept.get(CUT).into_iter().flatten();
    let born = kept.filter_map(|observation| match &observation.measured {
        Measured::Born(born) => Some(&born.partitions),
        _ => None,
    });
    born.flatten().collect()
}

fn topics(scope: &StepScope<'_>) -> Vec<String> {
    let mut topics: Vec<String> = counted(scope).into_iter().map(|at| at.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    topics
}

/// The look at the ends of what the ledger has counted; `None`: none was cut.
pub(super) fn probe(scope: &StepScope<'_>) -> Option<Probe> {
    let topics = topics(scope);
    (!topics.is_empty()).then(|| growth::probe(Side::Target, &topics, growth::REST_MS))
}

/// Partitions that hold more than the ledger has counted.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn uncounted(scope: &StepScope<'_>, sight: Sight<'_>) -> Result<Vec<String>, String> {
    let Some(probe) = probe(scope) else { return Ok(Vec::new()) };
    let rest = growth::of(sight, &probe, &topics(scope))?;
    let mut grown = Vec::new();
    for counted in counted(scope) {
        let of_it = |at: &&PartitionRest| at.topic == counted.topic && at.partition == counted.partition;
        let at = spelled(&(counted.topic.clone(), counted.partition));
        match rest.partitions.iter().find(of_it) {
            None => return Err(format!("{at} on target: the answer does not speak of it")),
            Some(now) if now.high_watermark[1] != counted.end => grown.push(format!(
                "{at} on target went on from {} to {} since the ledger was cut: those records are in no ledger",
                counted.end, now.high_watermark[1]
            )),
            Some(_) => {}
        }
    }
    Ok(grown)
}

/// Where a group stands: `orders-0`, and its commit there.
pub(super) fn places(group: &GroupSeen, partitions: &BTreeSet<At>) -> BTreeMap<String, i64> {
    let commits =
        group.commits.iter().map(|commit| ((commit.topic.clone(), commit.partition), commit.offset));
    commits.filter(|(at, _)| partitions.contains(at)).map(|(at, offset)| (spelled(&at), offset)).collect()
}

/// Where a group stands otherwise than it stood: `orders-0 from 95 to 99`.
pub(super) fn gone_on(stood: &BTreeMap<String, i64>, now: &GroupSeen, topics: &[String]) -> Vec<String> {
    let of_them = now.commits.iter().filter(|commit| topics.contains(&commit.topic));
    let stands: BTreeMap<String, i64> =
        of_them.map(|commit| (format!("{}-{}", commit.topic, commit.partition), commit.offset)).collect();
    let told = |offset: Option<&i64>| offset.map_or_else(|| "none".to_owned(), ToString::to_string);
    let all: BTreeSet<&String> = stood.keys().chain(stands.keys()).collect();
    let moved = all.into_iter().filter(|at| stood.get(*at) != stands.get(*at));
    moved.map(|at| format!("{at} from {} to {}", told(stood.get(at)), told(stands.get(at)))).collect()
}

/// Adds whoever has come back on the target since the positions were read.
pub(super) fn missing(
    scope: &StepScope<'_>,
    changes: &Changeset,
    sight: Sight<'_>,
    (probe, groups): (&Probe, &[String]),
    waiting: &mut Waiting,
) {
    activity::idle(scope.unit, sight, probe, groups, waiting);
    for (name, stood) in &changes.stood {
        // What is missing of it was said above.
        let Ok(group) = activity::of(sight, probe, name) else { continue };
        let gone_on = gone_on(stood, group, &scope.unit.all_topics());
        if !gone_on.is_empty() {
            waiting.cannot(format!(
                "group {name} went on on target since its position was read: {}; what it did there would come again on the source",
                listed(gone_on)
            ));
        }
    }
    for why in waiting.need(uncounted(scope, sight)).into_iter().flatten() {
        waiting.cannot(why);
    }
}
