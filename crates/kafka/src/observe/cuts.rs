use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use runbook::world::BornSpan;

use crate::TopicPartition;
use crate::compare::{SavedCut, TopicComparison};

/// How far topics were compared and found equal in this process, so that the next look reads only what came since: what
/// is compared before a window is not read again within it.
///
/// Only partitions that were whole and without a difference are gone on with. A difference is looked at from the start
/// again, or what was mended meanwhile would stay one; copies and trimmed heads are what they are.
#[derive(Debug, Default)]
pub struct Cuts(Mutex<BTreeMap<Question, BTreeMap<TopicPartition, SavedCut>>>);

/// What makes two comparisons the same question: topic, isolation, headers left out, spans of the target left out.
pub(super) type Question = (String, bool, Vec<String>, Vec<BornSpan>);

impl Cuts {
    pub(super) fn of(&self, question: &Question) -> BTreeMap<TopicPartition, SavedCut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned().unwrap_or_default()
    }

    /// Keeps what was found equal, and forgets the rest.
    pub(super) fn keep(&self, question: Question, comparison: &TopicComparison) {
        let equal = comparison.partitions.iter().filter_map(|partition| {
            let stays = |kind: &str| matches!(kind, "duplicated" | "trimmed_source" | "trimmed_target");
            let clean = partition.findings.iter().all(|finding| stays(finding.kind.name()))
                && partition.findings_omitted == 0
                && partition.incomplete.is_none();
            let cut = partition.saved.clone().filter(|_| clean)?;
            Some((TopicPartition::new(&question.0, partition.partition), cut))
        });
        let equal = equal.collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question, equal);
    }

    /// Forgets a comparison that could not be made.
    pub(super) fn forget(&self, question: &Question) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(question);
    }
}
