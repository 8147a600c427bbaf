use super::{Counts, Finding, OffsetMap, Run, Sizes};
use crate::Fingerprint;
use crate::image::{Field, RunningSha256, Sha256Hex};
use crate::source::ReadError;

/// What the comparison of one pair of partitions found.
#[derive(Debug, Clone)]
pub struct Alignment {
    pub counts: Counts,
    /// In the order of source offsets; at most as many as were asked for.
    pub findings: Vec<Finding>,
    /// Findings there was no room for; their records are in `counts`.
    pub findings_omitted: u64,
    /// Twins in order.
    pub map: OffsetMap,
    /// What is not in the map.
    pub differences: Differences,
    /// Of the canonical images of the visible records read, in offset order; [`Sha256Hex::NONE`] without
    /// [`Options::evidence`](super::Options::evidence).
    pub source_sha256: Sha256Hex,
    pub target_sha256: Sha256Hex,
    /// Sums between the breakpoints asked for; empty if none were.
    pub sizes: Sizes,
    pub ending: Ending,
    /// Where a later comparison can go on; `None`: something at the end is not settled, so that it has to begin where
    /// this one began.
    pub resume: Option<Resume>,
}

/// A pair of twins with nothing compared behind it.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The offsets of the two: a later comparison begins behind them.
    pub source: i64,
    pub target: i64,
    /// Of the images up to and with the twins, source and target.
    pub digests: (RunningSha256, RunningSha256),
}

/// Why a comparison ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything was read and compared.
    Complete,
    /// Nothing within reach of these offsets is equal; what lies behind the look-aheads was not read.
    Diverged { source: i64, target: i64 },
    /// One side could not be read any further; counts and findings cover what had been read.
    Failed { side: Side, error: ReadError },
    /// Stopped on request; counts and findings cover what had been read.
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Source,
    Target,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Side::Source => "source",
            Side::Target => "target",
        }
    }
}

/// Every record without a twin in order, for whoever has to reason about positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Source offsets of records without a twin in order (missing, altered, reordered, pending, trimmed):
    /// first and last of neighbours, ascending. Every offset between the two is such a record.
    pub absent: Vec<(i64, i64)>,
    /// Source records and their twins out of order.
    pub strays: Vec<Run>,
    /// Source records and surplus copies of them on the target.
    pub copies: Vec<Run>,
    /// Altered pairs: source offset, target offset, and what differs.
    pub altered: Vec<(i64, i64, Field)>,
    /// Target records that are neither twins nor known copies, altered ones included; ascending.
    pub extras: Vec<Extra>,
    /// The last source record that has arrived in any form: everything behind it is pending.
    pub frontier: Option<i64>,
    /// The last of all twins and copies on the target is a copy, of this source record: the replicator seems
    /// to stand inside a repetition.
    pub repeating: Option<i64>,
    /// That the first twins are twins is beyond doubt: one of their images stands only once on the source, as
    /// far as it was read.
    pub anchored: bool,
    /// Some of these lists were full: they do not hold everything.
    pub overflowed: bool,
}

/// A target record the source does not have, as far as was looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra {
    pub offset: i64,
    pub timestamp: i64,
    pub fingerprint: Fingerprint,
}
