use parity::compacted::{Difference, KeyCounts};
use parity::image::Field;
use parity::ordered::{self, Counts};

use super::{FoundRecord, SampleResult, SavedCut};

/// What is known about one topic.
#[derive(Debug, Clone)]
pub struct TopicOutcome {
    pub topic: String,
    /// The source's cleanup.policy contains compact: latest values of keys are compared, not records in order.
    pub compacted: bool,
    /// `Err`: why nothing could be compared.
    pub comparison: Result<TopicComparison, String>,
}

/// A topic compared partition by partition.
#[derive(Debug, Clone)]
pub struct TopicComparison {
    /// Sorted by partition.
    pub partitions: Vec<PartitionComparison>,
    /// SHA-256 (hex) over the lines `PARTITION SOURCE TARGET` of the partitions' digests, each ended by a line feed.
    pub evidence_sha256: String,
    /// What was not compared, and why (`timestamps: the target sets its own`).
    pub ignored: Vec<String>,
    /// What else a reader has to know, partition by partition.
    pub notes: Vec<String>,
}

/// One partition compared.
#[derive(Debug, Clone)]
pub struct PartitionComparison {
    pub partition: i32,
    pub counts: PartitionCounts,
    pub findings: Vec<TopicFinding>,
    /// Findings beyond those kept; what they are about is counted.
    pub findings_omitted: u64,
    pub source_sha256: String,
    pub target_sha256: String,
    /// Why not everything was read, or why it proves nothing; the counts then cover a part.
    pub incomplete: Option<String>,
    /// What else a reader has to know.
    pub notes: Vec<String>,
    /// Offsets of both sides that were passed, and that were to be passed.
    pub passed: (u64, u64),
    /// What a later comparison can go on from, where that was asked for and something can be gone on from.
    pub saved: Option<SavedCut>,
    /// Only these places were compared.
    pub sample: Option<SampleResult>,
}

/// What was counted in one partition.
#[derive(Debug, Clone, Copy)]
pub enum PartitionCounts {
    Records(Counts),
    Keys(KeyCounts),
}

/// A stretch of records, or of keys whose latest records are neighbours, about which there is one thing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFinding {
    pub kind: FindingKind,
    /// Records or keys; at most as many as the span has offsets.
    pub count: u64,
    /// First and last source offset, both included.
    pub source: Option<(i64, i64)>,
    /// First and last target offset, both included.
    pub target: Option<(i64, i64)>,
    /// What was altered.
    pub field: Option<Field>,
    /// The first record of either span, of the first findings of a topic; `None`: not fetched, or not there any more.
    pub source_record: Option<Box<FoundRecord>>,
    pub target_record: Option<Box<FoundRecord>>,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    Records(ordered::FindingKind),
    Keys(Difference),
}

impl FindingKind {
    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::Records(kind) => kind.name(),
            FindingKind::Keys(difference) => difference.name(),
        }
    }
}

impl TopicOutcome {
    pub(super) fn unknown(topic: &str, why: impl Into<String>) -> TopicOutcome {
        TopicOutcome { topic: topic.to_owned(), compacted: false, comparison: Err(why.into()) }
    }
}

impl PartitionComparison {
    /// A partition of which nothing is known but why.
    pub(super) fn unread(
        partition: i32,
        compacted: bool,
        passed: (u64, u64),
        why: String,
    ) -> PartitionComparison {
        let counts = if compacted {
            PartitionCounts::Keys(KeyCounts::default())
        } else {
            PartitionCounts::Records(Counts::default())
        };
        PartitionComparison {
            partition,
            counts,
            findings: Vec::new(),
            findings_omitted: 0,
            source_sha256: String::new(),
            target_sha256: String::new(),
            incomplete: Some(why),
            notes: Vec::new(),
            passed,
            saved: None,
            sample: None,
        }
    }
}

impl TopicFinding {
    pub(super) fn new(
        kind: FindingKind,
        count: u64,
        source: Option<(i64, i64)>,
        target: Option<(i64, i64)>,
    ) -> TopicFinding {
        TopicFinding { kind, count, source, target, field: None, source_record: None, target_record: None }
    }

    /// Something is lost, changed, foreign or out of order; the others are copies, or explained.
    pub fn is_wrong(&self) -> bool {
        use ordered::FindingKind as Records;
        match self.kind {
            FindingKind::Records(kind) => matches!(
                kind,
                Records::Missing | Records::Altered | Records::Extra | Records::Reordered | Records::Diverged
            ),
            FindingKind::Keys(difference) => matches!(
                difference,
                Difference::Missing | Difference::Extra | Difference::Altered | Difference::Resurrected
            ),
        }
    }
}

impl TopicComparison {
    /// The share of the offsets of both sides that was compared, 0 to 1; 1 of a topic without any.
    pub fn measured(&self) -> f64 {
        let (passed, all) = self
            .partitions
            .iter()
            .fold((0, 0), |(passed, all), partition| (passed + partition.passed.0, all + partition.passed.1));
        if all == 0 { 1.0 } else { passed as f64 / all as f64 }
    }

    /// What a sample found, all partitions together; `None` where everything was read.
    pub fn sample(&self) -> Option<SampleResult> {
        let mut samples = self.partitions.iter().filter_map(|partition| partition.sample.as_ref());
        let mut all = samples.next()?.clone();
        samples.for_each(|sample| all.add(sample));
        Some(all)
    }

    /// The counts of all partitions together; of a compacted topic all are 0.
    pub fn records(&self) -> Counts {
        self.partitions.iter().fold(Counts::default(), |sum, partition| match partition.counts {
            PartitionCounts::Records(counts) => sum + counts,
            PartitionCounts::Keys(_) => sum,
        })
    }

    /// The counts of all partitions together; of a topic that is not compacted all are 0.
    pub fn keys(&self) -> KeyCounts {
        self.partitions.iter().fold(KeyCounts::default(), |sum, partition| match partition.counts {
            PartitionCounts::Keys(counts) => sum + counts,
            PartitionCounts::Records(_) => sum,
        })
    }
}
