use crate::TopicPartition;

/// Why a group is not landed. One is enough for nothing to be written at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where; `None`: the group as a whole.
    pub partition: Option<TopicPartition>,
    pub why: String,
    /// What to do next.
    pub next: String,
    /// It was not measured, rather than measured and wrong.
    pub unknown: bool,
}

impl Refusal {
    pub(super) fn group(why: impl Into<String>, next: impl Into<String>) -> Refusal {
        Refusal { partition: None, why: why.into(), next: next.into(), unknown: false }
    }

    pub(super) fn partition(
        partition: &TopicPartition,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Refusal {
        Refusal { partition: Some(partition.clone()), ..Refusal::group(why, next) }
    }

    #[must_use]
    pub(super) fn not_measured(self) -> Refusal {
        Refusal { unknown: true, ..self }
    }
}
