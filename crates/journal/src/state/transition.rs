use jiff::Timestamp;
use runbook::Level;
use runbook::verdict::Judgement;
use runbook::world::Probe;

use super::{Judged, Phase, ProbeState, RunState, Seen, Status};
use crate::signature::{self, Signed};
use crate::{Event, Watched};

/// An event that cannot follow the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// The event's word on disk.
    pub event: &'static str,
    pub why: String,
}

impl Illegal {
    pub(super) fn new(event: &Event, why: impl Into<String>) -> Illegal {
        Illegal { event: event.word(), why: why.into() }
    }
}

impl RunState {
    /// The transition table: whether `event` may come next at that moment. Asked before an event is written and when it
    /// is read.
    pub fn admits(&self, at: Timestamp, event: &Event) -> Result<(), Illegal> {
        self.refusal(at, event).map_or(Ok(()), |why| Err(Illegal::new(event, why)))
    }

    fn refusal(&self, at: Timestamp, event: &Event) -> Option<String> {
        // People sign what was found also when nothing is done any more.
        if let Some(signed) = signature::signed_by(event, at) {
            return match signed {
                Ok(signed) => signature::refusal(self, &signed),
                Err(why) => Some(why),
            };
        }
        // Whoever rehearsed writes when nobody conducts the run any more, wherever it was left.
        if let Event::Rehearsed { watched } = event {
            return self.refuse_rehearsed(watched);
        }
        match (&self.phase, event) {
            (_, Event::RunStarted { .. }) => return Some("a run starts once".to_owned()),
            (Phase::Ended { .. }, _) => return Some("the run has ended".to_owned()),
            (Phase::Running | Phase::Interrupted { .. }, Event::Resumed { .. }) => return None,
            (Phase::Interrupted { .. }, _) => return Some("the run is interrupted".to_owned()),
            (Phase::Running, _) => {}
        }
        match event {
            Event::ProbeStarted { probe, round } => self.refuse_start(probe, *round),
            Event::Observed { probe, round, evidence, at, took_ms, partial } => {
                self.refuse_answer(probe, *round).or_else(|| {
                    let seen = Seen {
                        evidence: evidence.clone(),
                        at: *at,
                        took_ms: *took_ms,
                        partial: partial.clone(),
                    };
                    self.refuse_evidence(&seen)
                })
            }
            Event::Unobserved { round, unobserved } => self.refuse_answer(&unobserved.probe, *round),
            Event::Judged { unit, check, judgement, .. } => {
                self.refuse_place(unit, check).or_else(|| self.refuse_judgement(check, judgement))
            }
            Event::CheckSkipped { unit, check, .. } => self.refuse_place(unit, check).or_else(|| {
                self.header
                    .selection
                    .contains(unit, check)
                    .then(|| format!("check {check} was asked for in unit {unit}"))
            }),
            Event::Interrupted { .. } => self.refuse_open_probes(),
            Event::RunEnded { overall, ending, .. } => self.refuse_open_probes().or_else(|| match ending {
                Some(ending) if self.header.executes() => self.refuse_ending(*ending),
                Some(_) => Some(format!("a {} has no ending of its own", self.header.command)),
                None if self.header.executes() => Some("it is not said how the steps ended".to_owned()),
                None => self.refuse_end(*overall),
            }),
            Event::RunStarted { .. }
            | Event::Resumed { .. }
            | Event::Signed { .. }
            | Event::Rehearsed { .. } => None,
            Event::Warned { .. } if self.header.watches() => None,
            Event::GoneOn { .. }
            | Event::StepStarted { .. }
            | Event::Proposed { .. }
            | Event::CommandStarted { .. }
            | Event::CommandEnded { .. }
            | Event::StepWaits { .. }
            | Event::Kept { .. }
            | Event::GateEntered { .. }
            | Event::GateLooked { .. }
            | Event::GateRefused { .. }
            | Event::GateOverridden { .. }
            | Event::GatesClosed { .. }
            | Event::StepEnded { .. }
            | Event::Requested { .. }
            | Event::Held { .. }
            | Event::Released { .. }
            | Event::UnwindStarted { .. }
            | Event::UndoStarted { .. }
            | Event::UndoEnded { .. }
            | Event::StepUndone { .. }
            | Event::AuthorityMoved { .. }
            | Event::Dirtied { .. }
            | Event::Followed { .. }
            | Event::SourceLooked { .. }
            | Event::LedgerCut { .. }
            | Event::TriggerSeen { .. }
            | Event::TriggerFired { .. }
            | Event::TriggerAnswered { .. }
            | Event::Declined { .. }
            | Event::Warned { .. } => self.refuse_execution(event),
        }
    }

    fn refuse_start(&self, probe: &Probe, round: u32) -> Option<String> {
        let (next, running) = match self.probes.get(probe) {
            Some(state) => (state.round + 1, state.status == Status::Running),
            None => (1, false),
        };
        if running {
            return Some(format!("{} is being measured already", probe.title()));
        }
        (round != next).then(|| format!("{} comes to round {next}, not {round}", probe.title()))
    }

    fn refuse_answer(&self, probe: &Probe, round: u32) -> Option<String> {
        match self.probes.get(probe) {
            Some(state) if state.status == Status::Running && state.round == round => None,
            Some(state) => Some(format!(
                "{} has no open round {round}: round {} is over or another",
                probe.title(),
                state.round
            )),
            None => Some(format!("{} was never asked", probe.title())),
        }
    }

    /// An address stands for one content, and that says when and how whole it was measured.
    fn refuse_evidence(&self, seen: &Seen) -> Option<String> {
        let other = self.evidence.get(&seen.evidence).is_some_and(|known| known != seen);
        other.then(|| format!("evidence {} was described otherwise before", seen.evidence))
    }

    fn refuse_place(&self, unit: &str, check: &str) -> Option<String> {
        if !self.header.plans(unit, check) {
            return Some(format!("the plan has no check {check} in unit {unit}"));
        }
        if self.header.judges_again() {
            return None;
        }
        if self.judged(unit, check).is_some_and(|judged| !judged.provisional) {
            return Some(format!("check {check} has its verdict in unit {unit}"));
        }
        self.skipped(unit, check).map(|_| format!("check {check} was skipped in unit {unit}"))
    }

    /// Nothing counts as good that does not rest on whole evidence of this very run.
    fn refuse_judgement(&self, check: &str, judgement: &Judgement) -> Option<String> {
        if let Some(missing) = judgement.evidence.iter().find(|digest| self.seen(digest).is_none()) {
            return Some(format!(
                "the verdict of {check} rests on evidence {missing}, which this run did not see"
            ));
        }
        if judgement.level == Level::Unknown && judgement.why.is_none() {
            return Some(format!("the verdict of {check} is unknown without a reason"));
        }
        if matches!(judgement.level, Level::Unknown | Level::Red) {
            return None;
        }
        if judgement.incomplete {
            return Some(format!("the verdict of {check} is {} and incomplete", judgement.level));
        }
        if judgement.evidence.is_empty() {
            return Some(format!("the verdict of {check} is {} over no evidence", judgement.level));
        }
        if self.header.plan.check(check).is_some_and(|planned| !planned.built) {
            return Some(format!("check {check} is {} and its kind is not built", judgement.level));
        }
        let partial =
            judgement.evidence.iter().find(|digest| self.seen(digest).is_some_and(|s| s.partial.is_some()));
        partial.map(|digest| {
            format!("the verdict of {check} is {} over partial evidence {digest}", judgement.level)
        })
    }

    fn refuse_rehearsed(&self, watched: &Watched) -> Option<String> {
        let run = self.header.run.as_str();
        if self.header.plan.leg().is_none() {
            return Some("the run is no part of a rehearsal".to_owned());
        }
        (!watched.runs.iter().any(|known| known == run))
            .then(|| format!("{run} is not among the runs of that rehearsal"))
    }

    fn refuse_open_probes(&self) -> Option<String> {
        self.running().next().map(|probe| format!("{} is still being measured", probe.title()))
    }

    fn refuse_end(&self, overall: Level) -> Option<String> {
        if let Some((unit, check)) = self.first_open() {
            return Some(format!("check {check} has no verdict in unit {unit}"));
        }
        let good = |judged: &Judged| matches!(judged.judgement.level, Level::Green | Level::Yellow);
        (overall == Level::Green && !self.judged.values().any(good))
            .then(|| "a run without one good check is not green".to_owned())
    }

    /// The state after `event`. The only place where a state changes.
    pub fn apply(&mut self, at: Timestamp, event: &Event) -> Result<(), Illegal> {
        self.admits(at, event)?;
        self.latest = at;
        self.begun |= !matches!(event, Event::Signed { .. });
        match event {
            Event::RunStarted { .. } => {}
            Event::ProbeStarted { probe, round } => {
                let state = ProbeState { round: *round, since: at, status: Status::Running };
                self.probes.insert(probe.clone(), state);
            }
            Event::Observed { probe, evidence, at, took_ms, partial, .. } => {
                let seen =
                    Seen { evidence: evidence.clone(), at: *at, took_ms: *took_ms, partial: partial.clone() };
                self.evidence.insert(evidence.clone(), seen.clone());
                match probe {
                    Probe::Lag { .. } | Probe::Lags { .. } => self.lags.push((probe.clone(), seen.clone())),
                    Probe::Positions { .. } => self.positions.push((probe.clone(), seen.clone())),
                    _ => {}
                }
                self.set(probe, Status::Seen(seen));
            }
            Event::Unobserved { unobserved, .. } => {
                self.set(&unobserved.probe, Status::Unobserved(unobserved.clone()));
            }
            Event::Judged { unit, check, judgement, provisional } => {
                let place = (unit.clone(), check.clone());
                let earlier = self.judged.remove(&place);
                // A verdict that was final is no bad look before this one.
                let before = earlier.filter(|earlier| earlier.provisional).map_or_else(Vec::new, |earlier| {
                    let mut before = earlier.before;
                    before.push(earlier.judgement);
                    before
                });
                let judged = Judged { judgement: judgement.clone(), provisional: *provisional, before, at };
                self.judged.insert(place, judged);
                self.keep_without_members(unit, check);
            }
            Event::CheckSkipped { unit, check, why } => {
                self.skipped.insert((unit.clone(), check.clone()), why.clone());
            }
            Event::Interrupted { by } => {
                self.phase = Phase::Interrupted { by: by.clone() };
                self.ended = Some(at);
            }
            Event::Signed { document, signature, .. } => {
                if let Ok(signed) = Signed::of(document, signature, at) {
                    self.hear_signed(&signed);
                    self.signed.push(signed);
                }
            }
            Event::Resumed { .. } => {
                self.phase = Phase::Running;
                for state in self.probes.values_mut().filter(|state| state.status == Status::Running) {
                    state.status = Status::Lost;
                }
                self.apply_execution(at, event);
            }
            Event::RunEnded { overall, exit, .. } => {
                self.phase = Phase::Ended { overall: *overall, exit: *exit };
                self.ended = Some(at);
                self.apply_execution(at, event);
            }
            Event::StepEnded { step, .. } => {
                self.apply_execution(at, event);
                self.keep_anchors(step);
            }
            _ => self.apply_execution(at, event),
        }
        Ok(())
    }

    fn set(&mut self, probe: &Probe, status: Status) {
        if let Some(state) = self.probes.get_mut(probe) {
            state.status = status;
        }
    }
}
