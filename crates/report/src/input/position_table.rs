use jiff::Timestamp;
use runbook::world::PositionsSeen;

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
}
