use super::super::probe::Isolation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a group stands on both sides, partition by partition; sorted. The shape of `parity group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PositionsSeen {
    pub group: String,
    pub isolation: Isolation,
    pub partitions: Vec<PartitionPosition>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionPosition {
    pub topic: String,
    pub partition: i32,
    pub source_committed: Option<i64>,
    pub target_committed: Option<i64>,
    /// The target offset that continues at the same record; `None`: not provable.
    pub exact_target: Option<i64>,
    /// Whether `exact_target` is proved: one place only, and nothing already finished comes again after it. False for
    /// an earliest safe candidate.
    #[serde(default)]
    pub exact_proved: bool,
    pub outcome: Outcome,
    /// Visible source records replayed or skipped; `None` where the outcome has no size.
    pub records: Option<u64>,
    /// Key + value + headers, uncompressed.
    pub bytes: Option<u64>,
    /// Newest minus oldest timestamp of those records.
    pub event_time_ms: Option<i64>,
    /// Always present beside ambiguous, untranslated and unprovable.
    pub why: Option<String>,
}

/// What the group would do if it started on the target now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Exact,
    Replay,
    Skip,
    Ambiguous,
    Untranslated,
    Unprovable,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Exact => "exact",
            Outcome::Replay => "replay",
            Outcome::Skip => "skip",
            Outcome::Ambiguous => "ambiguous",
            Outcome::Untranslated => "untranslated",
            Outcome::Unprovable => "unprovable",
        }
    }
}
