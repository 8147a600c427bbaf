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
    /// Without a commit on the source: the source offset at which its reset policy begins, where the source holds records
    /// and the group has a commit on the target. What is said of its position is said of this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_begin: Option<i64>,
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
    /// Why `exact_target` is not proved, where `why` speaks of the group's own commit on the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproved: Option<String>,
    /// How `exact_target` was proved; present if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<PositionProof>,
    /// Source offsets of the first and the last of the records replayed or skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_offsets: Option<[i64; 2]>,
    /// Visible source records at or behind the commit that have not arrived on the target yet, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<u64>,
    /// Why the target has no usable commit, as far as it can be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<UntranslatedCause>,
    /// What the group's reset policy would do; only beside untranslated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetEffect>,
    /// How many distinct business keys are replayed or skipped, where an expression for them was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_keys: Option<u64>,
    /// Why the business keys were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_keys_why: Option<String>,
    /// What the replicator published for this position, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
    /// Records of declared target-born spans that the group is delivered from its commit on the target on; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_born: Option<u64>,
    /// The same of a group at `exact_target`: it is not proved then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_born_at_exact: Option<u64>,
}

impl PartitionPosition {
    /// A position of which only the commits are known: unprovable, without a reason yet.
    pub fn of_commits(
        topic: &str,
        partition: i32,
        source_committed: Option<i64>,
        target_committed: Option<i64>,
    ) -> PartitionPosition {
        PartitionPosition {
            topic: topic.to_owned(),
            partition,
            source_committed,
            target_committed,
            would_begin: None,
            exact_target: None,
            exact_proved: false,
            outcome: Outcome::Unprovable,
            records: None,
            bytes: None,
            event_time_ms: None,
            why: None,
            unproved: None,
            proof: None,
            source_offsets: None,
            pending: None,
            cause: None,
            reset: None,
            business_keys: None,
            business_keys_why: None,
            published: None,
            target_born: None,
            target_born_at_exact: None,
        }
    }

    /// Where the group stands on the source: its commit, or where it begins without one.
    pub fn stands_at(&self) -> Option<i64> {
        self.source_committed.or(self.would_begin)
    }

    /// Why the exact position is not proved, as far as that was told.
    pub fn why_unproved(&self) -> Option<&str> {
        self.unproved.as_deref().or(self.why.as_deref())
    }
}

/// How an exact position was shown to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PositionProof {
    /// Every record from the position to the end was compared.
    Compared,
    /// The neighbourhood was compared; offsets have the same distance there, at samples across the tail, and at the end.
    Sampled,
}

impl PositionProof {
    pub fn word(self) -> &'static str {
        match self {
            PositionProof::Compared => "compared",
            PositionProof::Sampled => "sampled",
        }
    }
}

/// Why the target has no usable commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UntranslatedCause {
    /// The topic or the partition is not on the target.
    PartitionMissing,
    /// The last finished record has not arrived yet.
    NotReplicated,
    /// The target commit lies outside the target's log: retention or a new topic took what it pointed to.
    OutsideTarget,
    /// The group has members on the target: replicators leave it alone.
    ActiveOnTarget,
    /// The replicator leaves groups of this name out by default.
    Filtered,
    /// The replicator translated the position, and nobody committed it.
    SyncOff,
    /// The replicator keeps no pair of offsets at or below the commit.
    NoSyncPair,
    /// The replicator published nothing for this group and partition.
    NotPublished,
}

/// What a group without a usable commit does, by its `auto.offset.reset`; with `none` it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResetEffect {
    /// `earliest`: finished records delivered again; null: not measured.
    pub earliest_replays: Option<RecordSum>,
    /// `earliest`: records lost all the same, because the target does not have them; null: not measured.
    pub earliest_skips: Option<RecordSum>,
    /// `latest`: records never delivered; null: not measured.
    pub latest_skips: Option<RecordSum>,
}

/// How much some records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordSum {
    pub records: u64,
    /// Key + value + headers, uncompressed.
    pub bytes: u64,
    /// Newest minus oldest timestamp.
    pub event_time_ms: i64,
}

/// What the replicator published for one group and partition, and by how much it is off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Published {
    /// The alias of the source in the replicator's names.
    pub replicator: String,
    /// Its newest checkpoint; null: it published none.
    pub checkpoint: Option<PublishedCheckpoint>,
    /// Records by which the target's commit is off: below 0 that many are delivered again, above 0 never; null: the
    /// target has no commit, or it was not measured.
    pub commit_off_by: Option<i64>,
    /// The target's commit is what the checkpoint says.
    pub commit_is_checkpoint: bool,
}

/// A replicator's translation of one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedCheckpoint {
    /// The source commit it translated, which the group may have passed since.
    pub source: i64,
    /// What it made of it.
    pub target: i64,
    /// What would have been exact for it; null: not provable.
    pub exact_target: Option<i64>,
    pub outcome: Outcome,
    /// Records by which it is off: below 0 that many are delivered again, above 0 never; null: not measured.
    pub off_by: Option<i64>,
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
