use jiff::Timestamp;
use runbook::world::Reason;
use serde::Serialize;

use crate::{ObservationOutcome, ReportInput};

/// A line of the evidence list.
#[derive(Clone, Debug, Serialize)]
pub struct ObservationView {
    /// Counted from 1 in the order they were made.
    pub number: usize,
    pub title: String,
    pub at: Timestamp,
    /// Age when the run ended, in seconds.
    pub age_seconds: u64,
    pub took_ms: Option<u64>,
    /// Name of its file under `evidence/`; none: there was no answer.
    pub sha256: Option<String>,
    /// Why only a part was measured.
    pub partial: Option<String>,
    /// Why nothing was measured: a word, and a sentence.
    pub reason: Option<Reason>,
    pub failed: Option<String>,
    pub hint: Option<String>,
}

impl ObservationView {
    pub(super) fn all(input: &ReportInput) -> Vec<ObservationView> {
        let end = input.run.ended.or_else(|| input.observations.iter().map(|seen| seen.at).max());
        let views = input.observations.iter().enumerate().map(|(place, seen)| {
            let mut view = ObservationView {
                number: place + 1,
                title: seen.title.clone(),
                at: seen.at,
                age_seconds: end
                    .map_or(0, |end| u64::try_from(end.as_second() - seen.at.as_second()).unwrap_or(0)),
                took_ms: None,
                sha256: None,
                partial: None,
                reason: None,
                failed: None,
                hint: None,
            };
            match &seen.outcome {
                ObservationOutcome::Measured { took_ms, sha256, partial } => {
                    view.took_ms = Some(*took_ms);
                    view.sha256 = Some(sha256.clone());
                    view.partial = partial.clone();
                }
                ObservationOutcome::Unmeasured { reason, message, hint } => {
                    view.reason = Some(*reason);
                    view.failed = Some(message.clone());
                    view.hint = hint.clone();
                }
            }
            view
        });
        views.collect()
    }
}
