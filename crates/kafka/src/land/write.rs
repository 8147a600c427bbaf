use std::collections::BTreeMap;
use std::time::Duration;

use super::look::{Look, look};
use super::plan::{of_moves, wait};
use super::put::put;
use super::quiet::{disquiet, shown};
use super::{GroupLanding, Held, Landing, MoveState, Refusal};
use crate::{Cluster, ClusterError, Code, Patience, TopicPartition, TopicState};

/// Makes the planned moves, group by group. Looks first: members, commits, topic ids, bounds; whatever is not as it was
/// planned is refused, and then nothing at all is written. States of the moves tell what became of each.
///
/// `source`: where the groups come from; they must stand there as well, before the write and after it. `None` where a
/// landing is taken back.
///
/// # Errors
/// A side cannot be asked. `wrote` then says whether something may have been written.
pub fn write(
    source: Option<&Cluster>,
    target: &Cluster,
    landing: &mut Landing,
    patience: &Patience,
) -> Result<(), ClusterError> {
    if !landing.is_allowed() || !landing.has_work() {
        return Ok(());
    }
    // Where it is meant that the source goes on there is nothing to see.
    let source = source.filter(|_| !landing.quiet.source_active);
    if let Some(source) = source {
        recheck_source(source, landing, patience)?;
    }
    recheck(target, landing, patience)?;
    if !landing.is_allowed() {
        return Ok(());
    }
    wait(target, Duration::ZERO, patience)?;
    landing.wrote = true;
    for group in &mut landing.groups {
        write_group(target, group, patience)?;
    }
    patience.pause(landing.quiet.watch);
    let is_cut_short = patience.is_stopped() || patience.is_over();
    let later = look(target, &names(landing), &Patience::new(READ_BACK))?;
    let origin = match source {
        Some(source) => Some(look(source, &names(landing), &Patience::new(READ_BACK))?),
        None => None,
    };
    for group in &mut landing.groups {
        watch(group, later.get(&group.group));
        if let Some(origin) = &origin {
            watch_source(group, origin.get(&group.group));
        }
        if is_cut_short {
            group.notes.push("it was watched for a shorter time than asked for".to_owned());
        }
    }
    Ok(())
}

fn names(landing: &Landing) -> Vec<String> {
    landing.groups.iter().map(|group| group.group.clone()).collect()
}

/// Once more, directly before the write: everything is as it was planned.
fn recheck(target: &Cluster, landing: &mut Landing, patience: &Patience) -> Result<(), ClusterError> {
    let now = look(target, &names(landing), patience)?;
    for group in &mut landing.groups {
        let Some(look) = now.get(&group.group) else {
            group.refusals.push(Refusal::group("the target did not tell of it", "try again").not_measured());
            continue;
        };
        let expected: BTreeMap<TopicPartition, Held> = group
            .moves
            .iter()
            .filter_map(|step| Some((step.partition.clone(), step.from.clone()?)))
            .collect();
        let ours = Look { commits: of_moves(&group.moves, look), ..look.clone() };
        group.refusals.extend(disquiet(target.name(), &expected, [&ours, &ours]));
    }
    recheck_topics(target, landing, patience)
}

/// The source as well: a group that has gone on since its positions were proved is not landed where it stood.
fn recheck_source(source: &Cluster, landing: &mut Landing, patience: &Patience) -> Result<(), ClusterError> {
    let now = look(source, &names(landing), patience)?;
    for group in &mut landing.groups {
        let Some(look) = now.get(&group.group) else {
            group.refusals.push(Refusal::group("the source did not tell of it", "try again").not_measured());
            continue;
        };
        let ours = Look { commits: of_moves(&group.moves, look), ..look.clone() };
        group.refusals.extend(disquiet(source.name(), &group.stood, [&ours, &ours]));
    }
    Ok(())
}

/// Positions are bounded here because brokers accept any offset.
fn recheck_topics(target: &Cluster, landing: &mut Landing, patience: &Patience) -> Result<(), ClusterError> {
    if !landing.bounded {
        return Ok(());
    }
    let ids: Vec<&String> = landing.topic_ids.keys().collect();
    let topics = target.topics(&ids, patience)?;
    let moves = landing.groups.iter().flat_map(|group| &group.moves);
    let mut partitions: Vec<TopicPartition> = moves.map(|step| step.partition.clone()).collect();
    partitions.sort();
    partitions.dedup();
    let ends = target.ends(&partitions, patience)?;
    for group in &mut landing.groups {
        for step in &group.moves {
            let partition = &step.partition;
            let topic = topics.iter().find(|topic| topic.name == partition.topic);
            let same = topic.is_some_and(|topic| {
                topic.state == TopicState::Present
                    && landing.topic_ids.get(&topic.name).is_some_and(|id| *id == topic.id)
            });
            if !same {
                let why = "its topic is not the one that was measured any more";
                group.refusals.push(Refusal::partition(partition, why, "measure again"));
                continue;
            }
            let Some(to) = &step.to else { continue };
            match ends.get(partition) {
                Some(Ok(ends)) if (ends.log_start..=ends.high_watermark).contains(&to.offset) => {}
                Some(Ok(ends)) => {
                    let why = format!(
                        "position {} is outside the target's log {}..{}",
                        to.offset, ends.log_start, ends.high_watermark
                    );
                    let next = "measure again; check the target's retention";
                    group.refusals.push(Refusal::partition(partition, why, next));
                }
                told => {
                    let code = told.and_then(|told| told.err()).unwrap_or(Code(-1));
                    let why = format!("its bounds were not told: {code}");
                    group.refusals.push(Refusal::partition(partition, why, "try again").not_measured());
                }
            }
        }
    }
    Ok(())
}

fn write_group(target: &Cluster, group: &mut GroupLanding, patience: &Patience) -> Result<(), ClusterError> {
    let planned = || group.moves.iter().filter(|step| step.state == MoveState::Planned);
    let wanted: BTreeMap<TopicPartition, Option<Held>> =
        planned().map(|step| (step.partition.clone(), step.to.clone())).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let put = put(target, &group.group, &wanted, !group.existed, READ_BACK, patience);
    let held = put.held?;
    for step in group.moves.iter_mut().filter(|step| step.state == MoveState::Planned) {
        let code = match &put.told {
            Ok(told) => {
                told.get(&step.partition).copied().unwrap_or(Err(Code(-1))).err().map(|code| code.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        let now = held.get(&step.partition);
        step.state = if now == step.to.as_ref() {
            MoveState::Done
        } else {
            let read = format!("{} is committed", shown(now));
            MoveState::Failed(code.map_or(read.clone(), |code| format!("{code}; {read}")))
        };
    }
    group.notes.extend(put.note);
    Ok(())
}

/// What was written is read back even when the time is over or a person asked to stop.
const READ_BACK: Duration = Duration::from_secs(30);

/// A group that went on on the source while it was landed does not stand on the target where it stands on the source.
fn watch_source(group: &mut GroupLanding, later: Option<&Look>) {
    let Some(later) = later else {
        group.notes.push("whether it went on on the source meanwhile was not told".to_owned());
        return;
    };
    for step in group.moves.iter_mut().filter(|step| step.state == MoveState::Done) {
        let (before, now) = (group.stood.get(&step.partition), later.commits.get(&step.partition));
        if before != now {
            let to = shown(step.to.as_ref());
            step.state = MoveState::Failed(format!(
                "landed at {to}, and meanwhile its source commit moved from {} to {}: what it did since comes again; \
                 stop it there and land it again",
                shown(before),
                shown(now)
            ));
        }
    }
    if let Some(members) = later.members.as_ref().filter(|members| !members.is_empty()) {
        group.notes.push(format!("it has members on the source now: {}", members.join("; ")));
    }
}

/// A moment later: whoever overwrote it is seen now.
fn watch(group: &mut GroupLanding, later: Option<&Look>) {
    for step in &mut group.moves {
        if step.state != MoveState::Done {
            continue;
        }
        let now = later.and_then(|look| look.commits.get(&step.partition));
        if now != step.to.as_ref() {
            let to = shown(step.to.as_ref());
            step.state = MoveState::Failed(format!(
                "landed at {to}, and then somebody else committed {}: a consumer, or a replicator that syncs groups",
                shown(now)
            ));
        }
    }
    let members = later.and_then(|look| look.members.as_ref()).filter(|members| !members.is_empty());
    if let Some(members) = members {
        group.notes.push(format!("it has members now: {}", members.join("; ")));
    }
}
