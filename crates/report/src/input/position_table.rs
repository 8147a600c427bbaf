use jiff::Timestamp;
use runbook::world::{PartitionPosition, PositionsSeen};

/// Where one group stands on both sides, with the evidence it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct PositionTable {
    /// The unit the group belongs to; `None`: the plan knows no such group.
    pub unit: Option<String>,
    pub at: Timestamp,
    /// SHA-256 (hex) of the observation.
    pub sha256: String,
    /// Why only a part was measured.
    pub partial: Option<String>,
    pub seen: PositionsSeen,
    /// The same as the run found it, before anything was landed; `None`: nothing was landed, or nobody looked before.
    pub found: Option<PositionsFound>,
}

/// Where a group would have gone on, had it been left as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct PositionsFound {
    pub at: Timestamp,
    /// SHA-256 (hex) of the observation.
    pub sha256: String,
    pub partitions: Vec<PartitionPosition>,
}
