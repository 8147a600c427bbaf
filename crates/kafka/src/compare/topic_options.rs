use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use runbook::world::BornSpan;

use super::{Sample, SavedCut};
use crate::{Isolation, TopicPartition};

/// How topics are compared.
#[derive(Debug, Clone)]
pub struct TopicOptions {
    pub isolation: Isolation,
    /// How long the target may take to reach the cut.
    pub settle: Duration,
    /// Bytes of both sides together that may be read, as they come over the wire; running out leaves a part.
    pub max_read: Option<u64>,
    /// Bytes a second that may be read from each cluster, as they come over the wire.
    pub rate: Option<u64>,
    /// Memory in bytes for the keys of compacted topics, all partitions that are compared at once together.
    pub memory: usize,
    /// Only these partitions; `None`: all.
    pub partitions: Option<BTreeSet<TopicPartition>>,
    /// Where a partition in order is compared from, when not from its beginning: a source offset and a target offset that
    /// are known to correspond.
    pub from: BTreeMap<TopicPartition, (i64, i64)>,
    /// Headers that are not compared: those the replicator adds.
    pub ignore_headers: Vec<String>,
    /// Spans of the target that are no part of the copy. Of a compacted topic nothing is left out: who reads it gets the
    /// latest value of a key, wherever it was born.
    pub without: Vec<BornSpan>,
    /// What earlier comparisons saved, to be gone on from; what this one leaves is then in its answer. `None`: everything is
    /// read, and nothing is saved. Topics that are compared by key are always read whole.
    pub resume: Option<BTreeMap<TopicPartition, SavedCut>>,
    /// Read only a part of topics in order: never a proof, but soon a finding. `None`: everything is read.
    pub sample: Option<Sample>,
    /// Findings of a topic whose records are fetched back.
    pub shown: usize,
}

/// As many as a person reads on a screen; each costs two small reads.
const SHOWN: usize = 20;

impl TopicOptions {
    /// The usual settings at an isolation: everything is read, and the target gets a minute to reach the cut.
    pub fn new(isolation: Isolation) -> TopicOptions {
        TopicOptions {
            isolation,
            settle: Duration::from_secs(60),
            max_read: None,
            rate: None,
            memory: parity::compacted::limits::MEMORY,
            partitions: None,
            from: BTreeMap::new(),
            ignore_headers: Vec::new(),
            without: Vec::new(),
            resume: None,
            sample: None,
            shown: SHOWN,
        }
    }

    pub(super) fn saved(&self, partition: &TopicPartition) -> Option<&SavedCut> {
        self.resume.as_ref()?.get(partition)
    }

    /// Where a partition is likely to be compared from, when not from its beginning.
    pub(super) fn start(&self, partition: &TopicPartition) -> Option<(i64, i64)> {
        let saved = self.saved(partition).map(SavedCut::behind);
        saved.or_else(|| self.from.get(partition).copied())
    }
}
