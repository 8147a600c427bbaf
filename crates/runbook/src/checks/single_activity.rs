//! No group is active on both clusters at once.
//!
//! ## What it judges
//! For every group of the unit, on both sides, looked at twice, `look` apart: members, and commits that move. A group is
//! active where it has a member, where it is between states, or where a commit moved although nobody is a member: a
//! consumer that assigns its partitions itself commits while the group says Empty. Static members stay in the group
//! after they are closed until their session ends, and count.
//!
//! ## Why it matters
//! Two instances of one application process the same records twice, and each moves its own position: afterwards neither
//! is the truth. It happens when the old application is restarted by its scheduler, or the new one is started early.
//!
//! ## Green, yellow, red
//! Green: active on one side at most. Yellow: commits move on the target without a member while `group_sync` says that
//! the replicator writes them. Red: active on both. Unknown: neither cluster knows the group, a group is of a type whose
//! activity cannot be told (share, streams), or its members or commits could not be read.
//!
//! ## What it does not prove
//! That the application behind a group is the right one, or that a consumer without commits is not running. A consumer
//! that commits less often than twice `look` is seen only by its membership.
//!
//! ## Example
//! ```yaml
//! activity:
//!   use: single-activity
//!   severity: blocker
//!   with: { look: 10s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope, counted};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{GroupKind, GroupSeen, GroupsSeen, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SingleActivity {
    /// Time between the two looks: at least twice the applications' commit interval.
    #[serde(default = "ten_seconds")]
    look: Millis,
    /// The replicator writes these groups' commits on the target (`sync.group.offsets.enabled`).
    #[serde(default)]
    group_sync: bool,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for SingleActivity {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("source_active", FactType::Boolean, "somebody reads as this group on the source"),
            FactSpec::new("target_active", FactType::Boolean, "somebody reads as this group on the target"),
            FactSpec::new("source_members", FactType::Integer, "members on the source"),
            FactSpec::new("target_members", FactType::Integer, "members on the target"),
            FactSpec::new("source_moved", FactType::Integer, "partitions whose commit moved on the source"),
            FactSpec::new("target_moved", FactType::Integer, "partitions whose commit moved on the target"),
            FactSpec::new(
                "static_members",
                FactType::Integer,
                "members with a `group.instance.id`, both sides together",
            ),
        ]
    }
}

impl SingleActivity {
    fn probe(&self, scope: &Scope<'_>, side: Side) -> Probe {
        let groups = scope.unit.groups.keys().cloned().collect();
        Probe::Groups { side, groups, over_ms: self.look.as_probe() }
    }
}

impl Check for SingleActivity {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.groups.is_empty() {
            return Vec::new();
        }
        Side::BOTH.into_iter().map(|side| self.probe(scope, side)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let [source, target] = Side::BOTH.map(|side| seen.groups(&self.probe(scope, side)));
        let (source, target) = (source?, target?);
        Ok(scope.unit.groups.keys().map(|name| item(name, source, target)).collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let booleans = ["source_active", "target_active"].map(|name| facts.boolean(name));
        let integers = ["source_members", "target_members", "source_moved", "target_moved", "static_members"]
            .map(|name| facts.integer(name));
        let (
            [Some(on_source), Some(on_target)],
            [Some(source_members), Some(target_members), Some(source_moved), Some(target_moved), Some(fixed)],
        ) = (booleans, integers)
        else {
            return Ruling::unknown("the facts of a group are not there");
        };
        let mut ruling = Ruling::green();
        if !(on_source && on_target) {
            return ruling;
        }
        let actual = format!(
            "source: {}, {} moved; target: {}, {} moved",
            counted(source_members, "member"),
            counted(source_moved, "commit"),
            counted(target_members, "member"),
            counted(target_moved, "commit")
        );
        if self.group_sync && target_members == 0 {
            ruling.yellow(Finding::new(
                "CUT2182",
                subject,
                "commits on the target that nobody moves but the replicator",
                actual,
                "pause the replicator's group sync and look again: what moves then is a consumer without membership",
            ));
            return ruling;
        }
        let hint = if fixed > 0 {
            "stop it on one side; static members stay until their session timeout after they are closed"
        } else if target_members == 0 || source_members == 0 {
            "find the consumer that assigns its partitions itself and stop it; if the replicator writes these commits, say `group_sync: true`"
        } else {
            "stop it on one side, and find out who started it"
        };
        ruling.red(Finding::new("CUT2181", subject, "active on one cluster at most", actual, hint));
        ruling
    }
}

/// What one side says of a group.
struct Activity {
    there: bool,
    active: bool,
    members: u64,
    moved: u64,
    fixed: u64,
}

fn item(name: &str, source: &GroupsSeen, target: &GroupsSeen) -> Item {
    let subject = format!("group {name}");
    let of = |side: Side, seen: &GroupsSeen| {
        let group = seen.groups.iter().find(|group| group.group == name);
        group
            .map_or_else(|| Err("the answer does not speak of it".to_owned()), activity)
            .map_err(|why| format!("on {side}: {why}"))
    };
    let (source, target) = match (of(Side::Source, source), of(Side::Target, target)) {
        (Ok(source), Ok(target)) => (source, target),
        (Err(why), _) | (_, Err(why)) => return Item::unknown(subject, why),
    };
    if !source.there && !target.there {
        return Item::unknown(subject, "neither cluster knows it");
    }
    let facts = Facts::new()
        .with("source_active", source.active)
        .with("target_active", target.active)
        .with_count("source_members", source.members)
        .with_count("target_members", target.members)
        .with_count("source_moved", source.moved)
        .with_count("target_moved", target.moved)
        .with_count("static_members", source.fixed + target.fixed);
    Item::new(subject, facts)
}

fn activity(group: &GroupSeen) -> Result<Activity, String> {
    match group.kind {
        GroupKind::Share => return Err("it is a share group: it has no positions to hand over".to_owned()),
        GroupKind::Other => return Err("it is of a type this version does not know".to_owned()),
        GroupKind::Absent | GroupKind::Classic | GroupKind::Consumer | GroupKind::Streams => {}
    }
    if let Some(why) = &group.unread {
        return Err(why.clone());
    }
    // Between two generations a group lists no members and is not idle.
    let between = !matches!(group.state.as_str(), "" | "Empty" | "Dead");
    Ok(Activity {
        there: group.kind != GroupKind::Absent && group.state != "Dead",
        active: between || !group.members.is_empty() || !group.moved.is_empty(),
        members: group.members.len() as u64,
        moved: group.moved.len() as u64,
        fixed: group.members.iter().filter(|member| member.instance_id.is_some()).count() as u64,
    })
}
