//! Who reads as a group on one side, from two looks at it.

use super::sight::Sight;
use super::waiting::Waiting;
use crate::unit::Unit;
use crate::world::{GroupKind, GroupSeen, Probe, Side};

/// Twice the interval at which Java's consumers commit by themselves (`auto.commit.interval.ms`, 5 s unless set): a
/// consumer that assigns its partitions itself is no member, and shows only by its commits.
pub(super) const STOPPED_MS: u64 = 10_000;

/// The look at groups that were seen stopped before, and at those that commit by hand, which is after every batch:
/// shorter, because whoever commits later than this is still found, by the steps that hold positions against those that
/// were captured, or read, before.
pub(super) const STILL_MS: u64 = 2_000;

/// The look that only has to meet what runs: it is repeated until it does.
pub(super) const BRIEF_MS: u64 = 1_000;

/// How long to look before these groups count as stopped.
pub(super) fn stopped_ms(unit: &Unit, groups: &[String]) -> u64 {
    let by_hand =
        |name: &String| unit.groups.get(name).is_some_and(|group| group.commits.as_deref() == Some("manual"));
    if groups.iter().all(by_hand) { STILL_MS } else { STOPPED_MS }
}

/// The probe of these groups.
pub(super) fn probe(side: Side, groups: &[String], over_ms: u64) -> Probe {
    Probe::Groups { side, groups: groups.to_vec(), over_ms }
}

/// The whole answer about one group, of a kind whose members and commits say whether somebody reads as it.
pub(super) fn of<'a>(seen: Sight<'a>, probe: &Probe, group: &str) -> Result<&'a GroupSeen, String> {
    let side = probe.side().map_or("", Side::word);
    let found = seen.groups(probe)?.groups.iter().find(|seen| seen.group == group);
    let found = found.ok_or_else(|| format!("group {group} on {side}: the answer does not speak of it"))?;
    match found.kind {
        GroupKind::Share => Err(format!("group {group} on {side} is a share group: it has no positions")),
        GroupKind::Other => Err(format!("group {group} on {side} is of a type this version does not know")),
        _ => match &found.unread {
            Some(why) => Err(format!("group {group} on {side}: {why}")),
            None => Ok(found),
        },
    }
}

/// Whether somebody reads as it: a member, a group between two generations, or commits that move without a member.
pub(super) fn is_active(group: &GroupSeen) -> bool {
    is_between(group) || !group.members.is_empty() || !group.moved.is_empty()
}

/// Between two generations a group may list no member and is not idle.
fn is_between(group: &GroupSeen) -> bool {
    !matches!(group.state.as_str(), "" | "Empty" | "Dead")
}

/// Adds what still shows that somebody reads as these groups.
pub(super) fn idle(unit: &Unit, seen: Sight<'_>, probe: &Probe, groups: &[String], waiting: &mut Waiting) {
    for name in groups {
        if let Some(group) = waiting.need(of(seen, probe, name)) {
            still_active(unit, probe, group, waiting);
        }
    }
}

fn still_active(unit: &Unit, probe: &Probe, group: &GroupSeen, waiting: &mut Waiting) {
    let (name, side) = (&group.group, probe.side().map_or("", Side::word));
    if !group.members.is_empty() {
        waiting.not_yet(
            format!("members of group {name} on {side}"),
            format!("{}: {}", group.members.len(), members(group)),
            format!("0{}", static_members(unit, group)),
        );
    } else if is_between(group) {
        waiting.not_yet(format!("state of group {name} on {side}"), &group.state, "Empty");
    }
    if !group.moved.is_empty() {
        waiting.not_yet(
            format!("commits of group {name} on {side}"),
            format!("moving: {}", moved(group)),
            "none moves between two looks",
        );
    }
}

/// A static member stays until its session ends, however it was stopped.
fn static_members(unit: &Unit, group: &GroupSeen) -> String {
    if group.members.iter().all(|member| member.instance_id.is_none()) {
        return String::new();
    }
    match unit.groups.get(&group.group).and_then(|declared| declared.session_timeout_ms) {
        Some(ms) => format!(
            ", static members stay for their session timeout of {} after they are closed",
            crate::check::spoken(i64::try_from(ms).unwrap_or(i64::MAX))
        ),
        None => ", static members stay for their session timeout after they are closed".to_owned(),
    }
}

/// `1 member`, `2 members`.
pub(super) fn counted(group: &GroupSeen) -> String {
    match group.members.len() {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}

/// The members by client and host, at most three.
pub(super) fn members(group: &GroupSeen) -> String {
    const SHOWN: usize = 3;
    let mut all: Vec<String> = group
        .members
        .iter()
        .map(|member| match &member.instance_id {
            Some(instance) => format!("{} at {} (static, {instance})", member.client_id, member.host),
            None => format!("{} at {}", member.client_id, member.host),
        })
        .collect();
    all.sort();
    let others = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let shown = all.join(", ");
    if others == 0 { shown } else { format!("{shown} and {others} more") }
}

/// The commits that moved, at most three: `orders-0 from 5 to 9`.
pub(super) fn moved(group: &GroupSeen) -> String {
    const SHOWN: usize = 3;
    let at = |offset: &Option<i64>| offset.map_or_else(|| "none".to_owned(), |offset| offset.to_string());
    let each = group.moved.iter();
    let shown: Vec<String> = each
        .take(SHOWN)
        .map(|(partition, (before, after))| format!("{partition} from {} to {}", at(before), at(after)))
        .collect();
    match group.moved.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        others => format!("{} and {others} more", shown.join(", ")),
    }
}
