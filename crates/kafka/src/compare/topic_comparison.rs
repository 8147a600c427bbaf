use parity::ordered::{Counts, Finding};

/// What is known about one topic.
#[derive(Debug, Clone)]
pub struct TopicOutcome {
    pub topic: String,
    /// The source's cleanup.policy contains compact: keys are compared, not records.
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
}

/// One partition compared.
#[derive(Debug, Clone)]
pub struct PartitionComparison {
    pub partition: i32,
    pub counts: Counts,
    pub findings: Vec<Finding>,
    /// Findings beyond those kept; their records are counted.
    pub findings_omitted: u64,
    pub source_sha256: String,
    pub target_sha256: String,
    /// The two sides have nothing in common from these offsets on.
    pub diverged: Option<(i64, i64)>,
    /// Why not everything was read; the counts then cover a part.
    pub incomplete: Option<String>,
}

impl TopicOutcome {
    pub(super) fn unknown(topic: &str, why: impl Into<String>) -> TopicOutcome {
        TopicOutcome { topic: topic.to_owned(), compacted: false, comparison: Err(why.into()) }
    }
}

impl TopicComparison {
    /// The sum of one count over all partitions.
    pub fn sum(&self, count: impl Fn(&Counts) -> u64) -> u64 {
        self.partitions.iter().map(|partition| count(&partition.counts)).sum()
    }
}
