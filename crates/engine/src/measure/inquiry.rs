use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use runbook::plan::{Plan, PlannedCheck};
use runbook::verdict::Judgement;
use runbook::{Observations, Probe};
use tokio::time::Instant;

use super::asker::Asker;
use super::settle::Cut;
use crate::{Limits, limits};

/// One check in one unit, on its way to a verdict.
#[derive(Debug)]
pub(super) struct Inquiry {
    /// Empty for an asker that is no check.
    pub unit: String,
    /// The check, or what the asker is called.
    pub check: String,
    /// Who asks, when it is no check: what it saw is handed back to it, and nothing is judged.
    pub asker: Option<Arc<dyn Asker>>,
    /// What its measurements may cost; a check's budget says so for checks.
    pub allowed: Option<Limits>,
    pub stage: Stage,
    /// Ask rounds of this look.
    pub round: usize,
    /// Rechecks so far.
    pub look: u32,
    pub seen: Observations,
    /// Asked and not answered.
    pub open: BTreeSet<Probe>,
    /// This look counts only what was measured from here on.
    pub not_before: Instant,
    /// The latest look that measured red, while it is being rechecked.
    pub red: Option<Judgement>,
    /// When its time budget is used up, or its pause over.
    pub alarm: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Has all it asked for: may ask for more, or be judged.
    Asking,
    /// Waits for answers.
    Measuring,
    /// Waits before the next look.
    WaitingOut(WaitOut),
    Done,
}

/// The wait between a bad result and the next look.
#[derive(Clone, Debug)]
pub(super) struct WaitOut {
    /// The question about the replicator; `None`: only time passes.
    pub probe: Option<Probe>,
    pub cut: Option<Cut>,
    pub since: Timestamp,
    pub until: Instant,
}

impl Inquiry {
    pub fn new(unit: &str, check: &str, start: Instant) -> Inquiry {
        Inquiry {
            unit: unit.to_owned(),
            check: check.to_owned(),
            asker: None,
            allowed: None,
            stage: Stage::Asking,
            round: 0,
            look: 0,
            seen: Observations::default(),
            open: BTreeSet::new(),
            not_before: start,
            red: None,
            alarm: None,
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Whether anything was observed at all.
    pub fn knows_something(&self) -> bool {
        self.seen.iter().any(|(_, outcome)| outcome.is_ok())
    }

    /// What a measurement for this check may cost now.
    pub fn limits(&self, planned: Option<&PlannedCheck>, default: Limits, now: Instant) -> Limits {
        let default = self.allowed.unwrap_or(default);
        let Some(budget) = planned.and_then(|planned| planned.budget.as_ref()) else { return default };
        let left = self.alarm.map(|alarm| alarm.saturating_duration_since(now + limits::GRACE));
        let time = budget.time_ms.map(Duration::from_millis);
        Limits {
            time: left.filter(|_| time.is_some()).or(time).unwrap_or(default.time),
            read: budget.read_bytes.or(default.read),
            rate: budget.rate.or(default.rate),
        }
    }

    /// The time budget of the check.
    pub fn budget(&self, plan: &Plan) -> Option<Duration> {
        let budget = plan.check(&self.check)?.budget.as_ref()?.time_ms?;
        Some(Duration::from_millis(budget).min(limits::LONGEST))
    }
}
