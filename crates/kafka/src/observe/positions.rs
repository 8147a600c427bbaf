use runbook::world::{Begins, BornSpan, Isolation, PositionsSeen};

use super::{Clusters, NotObserved};
use crate::compare::{PositionOptions, positions};
use crate::{self as kafka, Patience};

/// Whose positions, and over what.
pub(super) struct Of<'a> {
    pub group: &'a str,
    pub topics: &'a [String],
    pub isolation: Isolation,
    pub without: &'a [BornSpan],
    pub begins: Option<Begins>,
}

/// The exact target position of every partition of these topics the group has a commit on, on either side; and why that
/// is not all, if it is not.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    of: &Of<'_>,
    patience: &Patience,
) -> Result<(PositionsSeen, Option<String>), NotObserved> {
    let Of { group, topics, isolation, without, begins } = *of;
    let options = PositionOptions {
        begins,
        topics: Some(topics.iter().cloned().collect()),
        without: without.to_vec(),
        ..PositionOptions::new(self::isolation(isolation), clusters.max_read)
    };
    let found =
        positions(clusters.source, clusters.target, &[group.to_owned()], &options, patience, &|_| ())?;
    let found = found.into_iter().next();
    let (partitions, why) = found.map_or_else(Default::default, |found| (found.partitions, found.why));
    Ok((PositionsSeen { group: group.to_owned(), isolation, partitions }, why))
}

impl From<parity::ReadError> for NotObserved {
    fn from(error: parity::ReadError) -> NotObserved {
        use parity::ReadErrorKind as K;
        use runbook::world::Reason;
        let reason = match error.kind {
            K::Unreachable => Reason::Unreachable,
            K::Unauthorised => Reason::Unauthorised,
            K::TimedOut => Reason::TimedOut,
            K::OverBudget => Reason::OverBudget,
            K::Recreated | K::OutOfRange => Reason::Changed,
            K::Stopped => Reason::Stopped,
            K::Missing | K::Corrupt | K::Failed => Reason::Failed,
        };
        NotObserved::new(reason, error.to_string())
    }
}

/// The same word in the words of this crate.
pub(super) fn isolation(isolation: Isolation) -> kafka::Isolation {
    match isolation {
        Isolation::ReadCommitted => kafka::Isolation::ReadCommitted,
        Isolation::ReadUncommitted => kafka::Isolation::ReadUncommitted,
    }
}
