use jiff::Timestamp;
use runbook::world::Reason;

/// A measurement of the run, made or not made.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservationMeta {
    /// `positions of group settlement`.
    pub title: String,
    /// When it began; its age counts from here.
    pub at: Timestamp,
    pub outcome: ObservationOutcome,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ObservationOutcome {
    Measured {
        took_ms: u64,
        /// SHA-256 (hex): the name of its file under `evidence/`.
        sha256: String,
        /// Why only a part was measured.
        partial: Option<String>,
    },
    Unmeasured {
        reason: Reason,
        message: String,
        hint: Option<String>,
    },
}

impl ObservationMeta {
    /// SHA-256 (hex) of the evidence, where there is any.
    pub fn sha256(&self) -> Option<&str> {
        match &self.outcome {
            ObservationOutcome::Measured { sha256, .. } => Some(sha256),
            ObservationOutcome::Unmeasured { .. } => None,
        }
    }
}
