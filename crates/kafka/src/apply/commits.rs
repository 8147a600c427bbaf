use std::collections::BTreeMap;

use runbook::world::{CommitChange, CommitHeld, Receipt};

use super::guard::{Stand, listed, twice};
use super::{hint, limits, not_looked, not_sent, refused, unknown};
use crate::land::{Held, is_still, look, put};
use crate::{Cluster, Code, GroupKind, Patience, TopicPartition};

/// Sets commits of a group without members, each from what it must be now. Nothing is written unless all can be.
///
/// An offset beyond the log end is refused: brokers accept it, and a consumer there skips everything up to it. The lower
/// end is not looked at: a position below it is one the proposing action knows, and costs nothing but a reset.
pub(super) fn set(cluster: &Cluster, group: &str, changes: &[CommitChange], patience: &Patience) -> Receipt {
    let partitions: Vec<TopicPartition> =
        changes.iter().map(|change| TopicPartition::new(&change.topic, change.partition)).collect();
    if let Some(partition) = twice(partitions.iter()) {
        return refused(format!("group {group}: {partition} is named twice; nothing was changed"));
    }
    let now = match now(cluster, group, &partitions, patience) {
        Ok(now) => now,
        Err(refusal) => return refusal,
    };
    let side = cluster.name();
    let mut neither = Vec::new();
    let mut ready: BTreeMap<TopicPartition, Step> = BTreeMap::new();
    for (change, partition) in changes.iter().zip(partitions) {
        let held = now.commits.get(&partition);
        let (from, to) = (change.from.as_ref().map(held_of), change.to.as_ref().map(held_of));
        match Stand::of(&held, &from.as_ref(), &to.as_ref()) {
            Stand::There => {}
            Stand::Ready => drop(ready.insert(partition, Step { from, to })),
            Stand::Neither => neither.push(format!(
                "{partition}: {} is committed, neither {} (expected) nor {} (wanted)",
                shown(held),
                shown(from.as_ref()),
                shown(to.as_ref())
            )),
        }
    }
    if !neither.is_empty() {
        let why = listed(&neither);
        return refused(format!("group {group} on the {side} cluster: {why}; nothing was changed"));
    }
    if ready.is_empty() {
        return Receipt::Already;
    }
    if let Some(why) = now.active {
        return refused(format!("group {group} on the {side} cluster {why}; nothing was changed"));
    }
    let no_return = match bound(cluster, group, &ready, patience) {
        Ok(no_return) => no_return,
        Err(refusal) => return refusal,
    };
    if patience.is_over() {
        return refused(format!("group {group}: the time was over before anything was written"));
    }
    match write(cluster, group, &ready, patience) {
        Receipt::Applied { said } => {
            let said: Vec<String> = said.into_iter().chain(no_return).collect();
            Receipt::Applied { said: (!said.is_empty()).then(|| said.join("; ")) }
        }
        other => other,
    }
}

/// What is expected, and what is wanted.
struct Step {
    from: Option<Held>,
    to: Option<Held>,
}

/// The group as it is.
struct Now {
    commits: BTreeMap<TopicPartition, Held>,
    /// Why nothing may be written for it.
    active: Option<String>,
}

/// Commits are asked for by name: of a topic this principal may not describe, Kafka is silent otherwise, and silence
/// looks like no commit.
fn now(
    cluster: &Cluster,
    group: &str,
    partitions: &[TopicPartition],
    patience: &Patience,
) -> Result<Now, Receipt> {
    let side = cluster.name();
    let names = [group.to_owned()];
    let looked = look(cluster, &names, patience).map_err(|error| not_looked(&error))?;
    let Some(seen) = looked.get(group) else {
        return Err(refused(format!(
            "the {side} cluster does not tell of group {group}; nothing was changed"
        )));
    };
    let told = cluster.commits_on(group, partitions, patience).map_err(|error| not_looked(&error))?;
    let untold = |what: String, code: Code| {
        let lacks = hint::lacks(code, "grant DESCRIBE on the group and its topics");
        refused(format!("group {group} on the {side} cluster: {what}: {code}{lacks}; nothing was changed"))
    };
    let mut commits = BTreeMap::new();
    for (partition, commit) in told.map_err(|code| untold("its commits are not told".to_owned(), code))? {
        let commit = commit.map_err(|code| untold(format!("its commit on {partition} is not told"), code))?;
        commits.insert(partition, Held::from(&commit));
    }
    let active = match (&seen.members, &seen.kind) {
        (_, GroupKind::Share) => Some("is a share group, which has no commits to be set".to_owned()),
        (_, GroupKind::Streams) => Some("is a streams group, whose state no commit moves".to_owned()),
        (None, _) => Some("does not tell its members".to_owned()),
        (Some(members), _) if !members.is_empty() => Some(format!(
            "has members: {}; stop its consumers (a static member stays until its session timeout has passed)",
            listed(members)
        )),
        _ if !is_still(seen) => Some(format!("is {}; wait until it is Empty", seen.state)),
        _ => None,
    };
    Ok(Now { commits, active })
}

/// Refuses what lies outside the log. A commit of before that lies beyond the end is no reason to refuse, for landing is
/// what repairs it; but it could not be written again, which is told.
fn bound(
    cluster: &Cluster,
    group: &str,
    ready: &BTreeMap<TopicPartition, Step>,
    patience: &Patience,
) -> Result<Option<String>, Receipt> {
    let set: Vec<TopicPartition> =
        ready.iter().filter(|(_, step)| step.to.is_some()).map(|(partition, _)| partition.clone()).collect();
    let ends = cluster.ends(&set, patience).map_err(|error| not_looked(&error))?;
    let side = cluster.name();
    let (mut outside, mut no_return) = (Vec::new(), Vec::new());
    for (partition, step) in ready {
        let Some(to) = &step.to else { continue };
        let told = ends.get(partition).copied().unwrap_or(Err(Code(-1)));
        let ends = match told {
            Ok(ends) => ends,
            Err(code) => {
                outside.push(format!("{partition}: where its log ends is not told: {code}"));
                continue;
            }
        };
        let end = ends.high_watermark;
        if !(0..=end).contains(&to.offset) {
            let log = format!("{}..{end}", ends.log_start);
            outside.push(format!("{partition}: position {} is not within the log, {log}", to.offset));
        }
        if let Some(from) = step.from.as_ref().filter(|from| from.offset > end) {
            no_return.push(format!("{partition}: {} lay beyond the log end {end}", from.offset));
        }
    }
    if !outside.is_empty() {
        let why = listed(&outside);
        return Err(refused(format!("group {group} on the {side} cluster: {why}; nothing was changed")));
    }
    let told = || format!("{}: going back there would be refused while it does", listed(&no_return));
    Ok((!no_return.is_empty()).then(told))
}

fn write(
    cluster: &Cluster,
    group: &str,
    ready: &BTreeMap<TopicPartition, Step>,
    patience: &Patience,
) -> Receipt {
    let wanted: BTreeMap<TopicPartition, Option<Held>> =
        ready.iter().map(|(partition, step)| (partition.clone(), step.to.clone())).collect();
    // A group of which no commit is left and that has no members is dropped by brokers themselves, the older ones at once.
    let may_go = wanted.values().all(Option::is_none);
    let read_back = limits::READ_BACK.max(patience.remaining());
    let put = put(cluster, group, &wanted, may_go, read_back, patience);
    let side = cluster.name();
    if let Err(error) = &put.told
        && !error.sent
    {
        return not_sent(error);
    }
    let held = match put.held {
        Ok(held) => held,
        Err(error) => {
            let told = put.told.err().map_or(String::new(), |told| format!("{told}; "));
            return unknown(format!(
                "group {group}: {told}what is committed could not be read back: {error}"
            ));
        }
    };
    let mut items = Vec::new();
    let (mut done, mut open) = (0, 0);
    for (partition, step) in ready {
        let code = put.told.as_ref().ok().map(|told| told.get(partition).copied().unwrap_or(Err(Code(-1))));
        let now = held.get(partition);
        if now == step.to.as_ref() {
            done += 1;
            items.push(format!("{partition}: {} is committed", shown(now)));
            continue;
        }
        // A code that says no, and the commit of before still there: it was refused. All else may have been overwritten,
        // or may still come.
        let is_refused = matches!(code, Some(Err(code)) if !code.leaves_open()) && now == step.from.as_ref();
        open += usize::from(!is_refused);
        let code = match code {
            Some(Err(code)) => {
                format!(
                    "{code}{}; ",
                    hint::lacks(code, "grant READ (and DELETE) on the group and READ on its topics")
                )
            }
            Some(Ok(())) => "it was taken, but ".to_owned(),
            None => String::new(),
        };
        items.push(format!(
            "{partition}: {code}{} is committed, not {}",
            shown(now),
            shown(step.to.as_ref())
        ));
    }
    if done == ready.len() {
        return Receipt::Applied { said: put.note };
    }
    let call = put.told.err().map_or(String::new(), |error| format!("{error}; "));
    let why = format!("group {group} on the {side} cluster: {call}{}", listed(&items));
    if done == 0 && open == 0 { refused(format!("{why}; nothing was changed")) } else { unknown(why) }
}

fn held_of(held: &CommitHeld) -> Held {
    Held { offset: held.offset, metadata: held.metadata.clone() }
}

/// With what the client wrote beside it, which makes two commits at one offset different. It is foreign text.
fn shown(held: Option<&Held>) -> String {
    match held {
        None => "none".to_owned(),
        Some(held) if held.metadata.is_empty() => held.offset.to_string(),
        Some(held) => {
            let metadata: String = held.metadata.chars().take(60).flat_map(char::escape_debug).collect();
            format!("{} ({metadata:?})", held.offset)
        }
    }
}
