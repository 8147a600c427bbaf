use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Level;
use runbook::verdict::{Acceptance, Judgement};
use runbook::world::Probe;

use super::{Execution, Illegal, ProbeState, Seen, Status};
use crate::{Event, Header, Signed};

/// What is known about a run after some prefix of its journal.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    pub(super) header: Header,
    pub(super) started: Timestamp,
    pub(super) latest: Timestamp,
    pub(super) phase: Phase,
    pub(super) probes: BTreeMap<Probe, ProbeState>,
    /// Every answer of every round, by the address of its evidence.
    pub(super) evidence: BTreeMap<String, Seen>,
    /// Every look at the lag of a group, in order.
    pub(super) lags: Vec<(Probe, Seen)>,
    /// Every look at where a group would go on, in order.
    pub(super) positions: Vec<(Probe, Seen)>,
    /// By (unit, check).
    pub(super) judged: BTreeMap<(String, String), Judged>,
    /// Verdicts on the recovery point as they stood when the commit point was passed.
    pub(super) anchors: BTreeMap<(String, String), Judged>,
    /// Groups that had no members before the run stopped anything, by unit.
    pub(super) without_members: BTreeMap<String, String>,
    pub(super) skipped: BTreeMap<(String, String), String>,
    pub(super) execution: Execution,
    pub(super) signed: Vec<Signed>,
    /// When it ended or was interrupted, last.
    pub(super) ended: Option<Timestamp>,
    /// Something was measured or done.
    pub(super) begun: bool,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Under way, or its process is gone: the lock tells which.
    Running,
    Interrupted {
        by: String,
    },
    Ended {
        overall: Level,
        exit: u8,
    },
}

/// The verdict of a check in a unit, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub judgement: Judgement,
    /// A bad result that is being rechecked: not the verdict.
    pub provisional: bool,
    /// Bad results before this one, the oldest first.
    pub before: Vec<Judgement>,
    /// When it was judged.
    pub at: Timestamp,
}

impl RunState {
    /// The state after the first record, which must be [`Event::RunStarted`].
    pub fn started(at: Timestamp, first: &Event) -> Result<RunState, Illegal> {
        let Event::RunStarted { header } = first else {
            return Err(Illegal::new(first, "the first record of a journal starts the run"));
        };
        Ok(RunState {
            header: (**header).clone(),
            started: at,
            latest: at,
            phase: Phase::Running,
            probes: BTreeMap::new(),
            evidence: BTreeMap::new(),
            lags: Vec::new(),
            positions: Vec::new(),
            judged: BTreeMap::new(),
            anchors: BTreeMap::new(),
            without_members: BTreeMap::new(),
            skipped: BTreeMap::new(),
            execution: Execution::default(),
            signed: Vec::new(),
            ended: None,
            begun: false,
        })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn started_at(&self) -> Timestamp {
        self.started
    }

    /// When the latest record was written.
    pub fn latest_at(&self) -> Timestamp {
        self.latest
    }

    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// When it ended or was interrupted; signatures may have come later.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended
    }

    /// Whether anything was measured, done or asked for.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// What people signed, the oldest first; every signature fits.
    pub fn signed(&self) -> &[Signed] {
        &self.signed
    }

    /// What was signed about the dimensions, the oldest first.
    pub fn acceptances(&self) -> Vec<Acceptance> {
        let mut acceptances: Vec<Acceptance> = self.signed.iter().flat_map(Signed::acceptances).collect();
        acceptances.sort_by_key(|one| one.at);
        acceptances
    }

    /// Steps, and which way the run goes.
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    pub fn probes(&self) -> &BTreeMap<Probe, ProbeState> {
        &self.probes
    }

    /// The answer with that address, whichever probe and round it came from.
    pub fn seen(&self, evidence: &str) -> Option<&Seen> {
        self.evidence.get(evidence)
    }

    /// Every look at the lag of a group that was answered, in order.
    pub fn lag_looks(&self) -> &[(Probe, Seen)] {
        &self.lags
    }

    /// Every look at where a group would go on that was answered, in order.
    pub fn position_looks(&self) -> &[(Probe, Seen)] {
        &self.positions
    }

    /// Addresses of all evidence of this run, sorted.
    pub fn evidence(&self) -> impl Iterator<Item = &str> {
        self.evidence.keys().map(String::as_str)
    }

    /// What was judged so far, provisional results included.
    pub fn judged(&self, unit: &str, check: &str) -> Option<&Judged> {
        self.judged.get(&(unit.to_owned(), check.to_owned()))
    }

    /// Every verdict that counts, by (unit, check).
    pub fn verdicts(&self) -> BTreeMap<(String, String), runbook::verdict::scorecard::Judged<'_>> {
        let counts = self.judged.iter().filter(|(_, judged)| !judged.provisional);
        counts
            .map(|(place, judged)| {
                let judgement = Cow::Borrowed(&judged.judgement);
                (place.clone(), runbook::verdict::scorecard::Judged { judgement, at: judged.at })
            })
            .collect()
    }

    /// Why a check was left out.
    pub fn skipped(&self, unit: &str, check: &str) -> Option<&str> {
        self.skipped.get(&(unit.to_owned(), check.to_owned())).map(String::as_str)
    }

    /// The verdict of a check in a unit as it counts: what is not finally judged is unknown, with the reason.
    pub fn verdict(&self, unit: &str, check: &str) -> Judgement {
        self.verdict_held(unit, check).into_owned()
    }

    /// The same, not copied: a verdict has an item for everything that was looked at.
    pub fn verdict_held(&self, unit: &str, check: &str) -> Cow<'_, Judgement> {
        let unknown = |why: String| Cow::Owned(Judgement::unknown(why));
        match self.judged(unit, check) {
            Some(judged) if !judged.provisional => Cow::Borrowed(&judged.judgement),
            Some(judged) => unknown(format!(
                "{} at first, and the recheck did not come to an end: {}",
                judged.judgement.level,
                self.why_not_judged()
            )),
            None => match self.skipped(unit, check) {
                Some(why) => unknown(why.to_owned()),
                None => unknown(format!("not measured: {}", self.why_not_judged())),
            },
        }
    }

    /// Whether every pair that was asked for has its verdict.
    pub fn is_complete(&self) -> bool {
        self.first_open().is_none()
    }

    /// The first pair that was asked for and has no verdict yet.
    pub(super) fn first_open(&self) -> Option<(&str, &str)> {
        self.header.pairs().find(|(unit, check)| {
            self.judged(unit, check).is_none_or(|judged| judged.provisional)
                && self.skipped(unit, check).is_none()
        })
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &Probe> {
        self.probes.iter().filter(|(_, state)| state.status == Status::Running).map(|(probe, _)| probe)
    }

    fn why_not_judged(&self) -> String {
        match &self.phase {
            Phase::Running => "the run has not come to it".to_owned(),
            Phase::Interrupted { by } => format!("the run was interrupted by {by}"),
            Phase::Ended { .. } => "the run ended without it".to_owned(),
        }
    }
}
