use jiff::Timestamp;
use runbook::world::Unobserved;

/// Where the measuring of one probe stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeState {
    /// Counts from 1; each further round is the same question asked again.
    pub round: u32,
    /// When this round began, by the writer's wall clock.
    pub since: Timestamp,
    pub status: Status,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    Running,
    Seen(Seen),
    Unobserved(Unobserved),
    /// The process that measured was gone before an answer came.
    Lost,
}

/// An answer, by its address.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// SHA-256 (hex) of the evidence.
    pub evidence: String,
    /// When the measurement began.
    pub at: Timestamp,
    pub took_ms: u64,
    pub partial: Option<String>,
}
