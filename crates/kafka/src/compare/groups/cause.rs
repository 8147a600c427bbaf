use runbook::world::{Outcome, PartitionPosition, UntranslatedCause as Cause};

use super::published::{Publications, Published};
use crate::TopicPartition;

/// Names of groups that MirrorMaker 2 leaves out by default (`console-consumer-.*`, `connect-.*`, `__.*`).
const LEFT_OUT_BY_DEFAULT: [&str; 3] = ["console-consumer-", "connect-", "__"];

/// Says why a position without a usable commit has none, as far as what is around it tells.
pub(super) fn add(
    position: &mut PartitionPosition,
    group: &str,
    active_on_target: bool,
    published: &Published,
    publications: &Publications,
) {
    if position.outcome != Outcome::Untranslated || position.cause.is_some() {
        return;
    }
    let Some((cause, said)) = cause(position, group, active_on_target, published, publications) else {
        return;
    };
    position.cause = Some(cause);
    let why = position.why.take().unwrap_or_default();
    position.why = Some(format!("{why}: {said}"));
}

fn cause(
    position: &PartitionPosition,
    group: &str,
    active_on_target: bool,
    published: &Published,
    publications: &Publications,
) -> Option<(Cause, String)> {
    if active_on_target {
        let said = "the group has members there, and replicators leave such a group alone";
        return Some((Cause::ActiveOnTarget, said.to_owned()));
    }
    if !publications.is_readable() {
        return None;
    }
    let committed = position.source_committed?;
    let partition = TopicPartition::new(&position.topic, position.partition);
    match published {
        Published::One(alias, checkpoint) => {
            let said = format!(
                "replicator {alias} translated {} to {}, and nobody committed it (group sync is off by default), or \
                 the commit has expired",
                checkpoint.source, checkpoint.target
            );
            Some((Cause::SyncOff, said))
        }
        Published::Several(_) => None,
        Published::Nothing(_) if publications.has_pair(&partition, committed) == Some(false) => {
            let said = format!("the replicator keeps no pair of offsets at or below {committed}");
            Some((Cause::NoSyncPair, said))
        }
        Published::Nothing(_) if LEFT_OUT_BY_DEFAULT.iter().any(|prefix| group.starts_with(prefix)) => {
            let said = "MirrorMaker 2 leaves groups of this name out by default (groups.exclude)";
            Some((Cause::Filtered, said.to_owned()))
        }
        Published::Nothing(_) => {
            let said = "the replicator published nothing for this group there (excluded, or found only at its next \
                        refresh)";
            Some((Cause::NotPublished, said.to_owned()))
        }
    }
}
