use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use journal::{Event, Going, StepOutcome, StepPhase, Unreached};
use runbook::action::{Changeset, Settled};
use runbook::actions::{
    CUT, FLOW_STOPPED, FOLLOWED, ends_that_differ, grown, named_topics, proves_every_group, target_born,
};
use runbook::plan::PlannedStep;
use runbook::steps::StepSpec;
use runbook::world::{Reason, Unobserved};
use runbook::{Observation, Observations, Probe, Side};
use tokio::time::Instant;

use super::{Executor, Flight};
use crate::execute::looks::{Acting, StepLook};
use crate::execute::next::{
    Course, Effects, FOLLOW_EVERY_MS, Todo, confirmed, done_since, is_given_up, left_ms, left_to_undo_ms,
    passed_dry, since, undoing_since, would_wait,
};
use crate::{Limits, RunError, World, limits};

impl<W: World> Executor<'_, W> {
    /// Lets a step look.
    pub(super) fn look(&mut self, todo: &Todo, step: &str) -> Result<(), RunError> {
        let Some(look) = self.step_look(todo, step)? else {
            return self
                .end(step, StepOutcome::Unknown { why: "this version cannot carry it out".to_owned() });
        };
        let look = Arc::new(look);
        let allowed = self.limits_of(todo, step);
        let who = self.inquirer.open_look(step, look.clone(), allowed);
        self.flights.insert(todo.clone(), Flight::Look(who, Some(look)));
        Ok(())
    }

    fn limits_of(&self, todo: &Todo, step: &str) -> Limits {
        let limits = self.options.measuring.limits;
        if let Todo::Follow { .. } = todo {
            return Limits { time: limits::FOLLOW_TIME, read: Some(limits::FOLLOW_READ), ..limits };
        }
        let execution = self.inquirer.run.state().execution();
        let reads = |kind: &str| matches!(kind, "commit-offsets-back" | "target-born-ledger");
        let short = execution.crossed && self.plan.step(step).is_some_and(|step| !reads(&step.kind));
        let time = self.look_time(step);
        Limits { time: if short { time.min(limits::BACK_TIME) } else { time }, ..limits }
    }

    fn step_look(&self, todo: &Todo, step: &str) -> Result<Option<StepLook>, RunError> {
        let spec = self.specs.get(step);
        if let Todo::Look { .. } = todo {
            let until = spec.and_then(|spec| spec.until.clone());
            return Ok(until.map(|until| StepLook::Condition(self.plan.clone(), step.to_owned(), until)));
        }
        let Some(action) = self.actions.get(step).cloned() else { return Ok(None) };
        let kept = Arc::new(self.kept(step, spec)?);
        let acting = Acting { plan: self.plan.clone(), step: step.to_owned(), action, kept };
        let state = self.inquirer.run.state().execution().step(step);
        let attempt = state.and_then(|state| state.attempt());
        Ok(match todo {
            Todo::Propose { .. } => Some(StepLook::Propose(acting)),
            Todo::Follow { .. } => Some(StepLook::Follow(acting)),
            Todo::Settle { .. } => attempt
                .and_then(|attempt| attempt.changes.clone())
                .map(|changes| StepLook::Settle(acting, changes, spec.and_then(|spec| spec.confirm.clone()))),
            Todo::LookBack { .. } => state.map(|state| {
                // All that was done over all attempts is taken back as one.
                let mut all = Changeset::default();
                for attempt in &state.attempts {
                    all.by_hand |= attempt.changes.as_ref().is_some_and(|changes| changes.by_hand);
                    let changes = attempt.changes.iter().flat_map(|changes| &changes.changes);
                    let done = changes.zip(&attempt.commands).filter(|(_, command)| command.touched);
                    all.changes.extend(done.map(|(change, _)| change.clone()));
                }
                StepLook::Back(acting, all, spec.and_then(|spec| spec.undo_confirm().cloned()))
            }),
            _ => None,
        })
    }

    /// Looks where the topics end that a trigger watches on the closed source.
    pub(super) fn look_closed(&mut self, todo: &Todo, trigger: &str) -> Result<(), RunError> {
        let planned = self.plan.rollback.triggers.iter().find(|planned| planned.id == trigger);
        let Some(closed) = planned.and_then(|planned| planned.closed_source.as_ref()) else { return Ok(()) };
        let look = StepLook::Closed(Probe::Ends { side: Side::Source, topics: closed.topics.clone() });
        let look = Arc::new(look);
        let limits = Limits { time: limits::CLOSED_TIME, ..self.options.measuring.limits };
        let who = self.inquirer.open_look(trigger, look.clone(), limits);
        self.flights.insert(todo.clone(), Flight::Look(who, Some(look)));
        Ok(())
    }

    /// Holds where they end against where they ended when nobody copied any more.
    fn saw_closed(&mut self, trigger: &str, probe: &Probe, seen: &Observations) -> Result<(), RunError> {
        // What was told in part says nothing of the rest; who is not answered is asked again.
        let Some(Ok(now)) = seen.get(probe) else { return Ok(()) };
        if now.partial.is_some() {
            return Ok(());
        }
        let before = self.closed_baseline(trigger)?;
        // Ends of nothing are no look at all.
        let Some(grown) = ends_that_differ(before.as_ref().unwrap_or(now), now) else { return Ok(()) };
        let (trigger, evidence, moment) = (trigger.to_owned(), now.digest(), (self.options.clock)());
        let against = before.map_or_else(|| evidence.clone(), |before| before.digest());
        self.inquirer.append(Event::SourceLooked { trigger, evidence, against, grown, moment })
    }

    /// The look before, or what the step has kept that captured positions; `None`: this look is the first.
    fn closed_baseline(&self, trigger: &str) -> Result<Option<runbook::Observation>, RunError> {
        let execution = self.inquirer.run.state().execution();
        if let Some(known) = execution.closed.get(trigger) {
            return Ok(self.evidence(std::slice::from_ref(&known.baseline))?.pop());
        }
        let planned = self.plan.rollback.triggers.iter().find(|planned| planned.id == trigger);
        let from = planned.and_then(|planned| planned.armed_from.as_deref());
        let Some(captured) = from.and_then(|from| execution.step(from)) else { return Ok(None) };
        let closed = planned.and_then(|planned| planned.closed_source.as_ref());
        let Some(closed) = closed else { return Ok(None) };
        // A capture of some topics says nothing of the others.
        let is_whole = |probe: &Probe| match probe {
            Probe::Ends { side: Side::Source, topics } => {
                closed.topics.iter().all(|topic| topics.contains(topic))
            }
            _ => false,
        };
        let kept = self.evidence(&captured.kept)?;
        Ok(kept.into_iter().find(|seen| is_whole(&seen.probe)))
    }

    /// What the step named by `from` has kept, what the unit's ledger was cut from, and what was written down of a target
    /// that is given up.
    fn kept(
        &self,
        step: &str,
        spec: Option<&StepSpec>,
    ) -> Result<BTreeMap<String, Vec<runbook::Observation>>, RunError> {
        let mut kept = BTreeMap::new();
        let from = spec.and_then(|spec| spec.with.get("from")).and_then(|from| from.as_str());
        let execution = self.inquirer.run.state().execution();
        if let Some((from, state)) = from.and_then(|from| Some((from, execution.step(from)?))) {
            kept.insert(from.to_owned(), self.evidence(&state.kept)?);
        }
        if self.flow_is_stopped(step) {
            kept.insert(FLOW_STOPPED.to_owned(), Vec::new());
        }
        let planned = self.plan.step(step).filter(|step| step.kind == "commit-offsets-back");
        let unit = planned.and_then(|step| self.unit_of(step));
        if let Some(cut) = unit.and_then(|unit| execution.ledger_evidence.get(unit)) {
            kept.insert(CUT.to_owned(), self.evidence(cut)?);
        }
        if let Some(unit) = unit
            && is_given_up(&self.course())
            && let Some(followed) = execution.followed.get(unit).filter(|followed| followed.proved)
        {
            kept.insert(FOLLOWED.to_owned(), self.evidence(&followed.evidence)?);
        }
        Ok(kept)
    }

    /// Whether a step has stopped, for the unit of this one, whoever copies the source, and it was not taken back.
    fn flow_is_stopped(&self, step: &str) -> bool {
        let execution = self.inquirer.run.state().execution();
        let unit = self.plan.step(step).and_then(|step| self.unit_of(step));
        let mut stops = self.plan.steps.iter().filter(|step| step.kind == "pause-replication");
        let Some(unit) = unit.and_then(|unit| self.plan.unit(unit)) else { return false };
        let is_whole = |topics: Vec<String>| unit.all_topics().iter().all(|topic| topics.contains(topic));
        stops.any(|step| {
            let state = execution.step(&step.id);
            let done = state.is_some_and(|state| matches!(state.phase, StepPhase::Ended(StepOutcome::Done)));
            // What goes on being copied is waited for.
            done && self.unit_of(step) == Some(&unit.name) && named_topics(step, unit).is_some_and(is_whole)
        })
    }

    fn evidence(&self, digests: &[String]) -> Result<Vec<runbook::Observation>, RunError> {
        let folder = self.inquirer.run.folder();
        digests.iter().map(|digest| Ok(folder.evidence(digest)?)).collect()
    }

    /// The unit a step is about.
    fn unit_of<'p>(&'p self, step: &'p PlannedStep) -> Option<&'p str> {
        step.unit.as_deref().or_else(|| self.plan.units.first().map(|unit| unit.name.as_str()))
    }

    /// What a look of a step may take: a little less than what is left of the step's time, so that a side that does not
    /// answer is told with its cause before the step is over.
    fn look_time(&self, step: &str) -> Duration {
        let left = self.time_of(step);
        (left - left / 8).max(limits::CALL_LEAST)
    }

    /// What a call of a step may take: what is left of the step's time.
    pub(super) fn time_of(&self, step: &str) -> Duration {
        let course = self.course();
        let left = self.plan.step(step).zip(course.step(step)).map(|(step, state)| {
            // What is taken back has a time of its own: that of the way there is over long since.
            if state.is_to_be_undone() && matches!(course.execution().going, Going::Back { .. }) {
                left_to_undo_ms(&course, step)
            } else {
                left_ms(&course, step, state)
            }
        });
        let left = left.map_or(limits::CALL_LONGEST, Duration::from_millis);
        left.clamp(limits::CALL_LEAST, limits::PROBE_TIME)
    }

    /// Hears every look that came to its end; true when there was one.
    pub(super) fn land(&mut self) -> Result<bool, RunError> {
        let concluded = self.inquirer.take_concluded();
        let any = !concluded.is_empty();
        for concluded in concluded {
            let todo = self.flights.iter().find_map(|(todo, flight)| match flight {
                Flight::Look(who, _) if *who == concluded.who => Some(todo.clone()),
                _ => None,
            });
            let Some(todo) = todo else { continue };
            if let (Some(Flight::Look(_, Some(look))), Some(seen)) =
                (self.flights.remove(&todo), concluded.seen)
            {
                self.saw(&todo, &look, &seen)?;
            }
        }
        Ok(any)
    }

    /// What a step saw decides how it goes on.
    fn saw(&mut self, todo: &Todo, look: &StepLook, seen: &Observations) -> Result<(), RunError> {
        if let (Todo::Closed { trigger }, StepLook::Closed(probe)) = (todo, look) {
            self.rests.insert(todo.clone(), Instant::now() + limits::SETTLE_EVERY);
            return self.saw_closed(trigger, probe, seen);
        }
        let Some(step) = todo.step().map(str::to_owned) else { return Ok(()) };
        let now = (self.options.clock)().wall;
        self.rests.insert(todo.clone(), Instant::now() + limits::SETTLE_EVERY);
        if let StepLook::Follow(acting) = look {
            self.rests.insert(todo.clone(), Instant::now() + Duration::from_millis(FOLLOW_EVERY_MS));
            return self.followed(&step, acting, seen);
        }
        if let StepLook::Propose(acting) = look {
            return self.proposed(&step, acting, seen);
        }
        let Some(mut settled) = look.settled(now, seen) else { return Ok(()) };
        if self.options.effects == Effects::Dry {
            return self.end(&step, would_wait(settled));
        }
        if settled == Settled::Yes {
            settled = self.confirmed(todo, &step);
        }
        if let Settled::Unknown { .. } = settled {
            // A side that does not answer is not asked twice a second, nor told of so often.
            self.rests.insert(todo.clone(), Instant::now() + limits::UNKNOWN_EVERY);
        }
        let back = matches!(todo, Todo::LookBack { .. });
        match settled {
            Settled::Yes if back => self.undone(&step, None),
            Settled::Yes => {
                // A target that was given up, or was about to be, and answers is asked again by what follows.
                if self.inquirer.run.state().execution().target_lost.is_some() {
                    self.waits(&step, Settled::Yes, seen)?;
                }
                self.end(&step, StepOutcome::Done)
            }
            Settled::Cannot { why } if back => self.undone(&step, Some(why)),
            Settled::Cannot { why } => self.end(&step, StepOutcome::Failed { why }),
            settled => self.waits(&step, settled, seen),
        }
    }

    /// Whether the check that confirms a step, or that it is taken back, where there is one, says so too.
    fn confirmed(&self, todo: &Todo, step: &str) -> Settled {
        let course: Course<'_> = self.course();
        let Some((planned, state)) = self.plan.step(step).zip(course.step(step)) else { return Settled::Yes };
        let spec = course.spec(step);
        match todo {
            Todo::Settle { .. } => {
                confirmed(&course, planned, spec.confirm.as_ref(), &done_since(state, since(state)))
            }
            Todo::LookBack { .. } => undoing_since(&course).map_or(Settled::Yes, |since| {
                confirmed(&course, planned, spec.undo_confirm(), &done_since(state, since))
            }),
            _ => Settled::Yes,
        }
    }

    /// Writes down where the groups of a unit stand on the target, when it was seen.
    fn followed(&mut self, step: &str, acting: &Acting, seen: &Observations) -> Result<(), RunError> {
        let moment = (self.options.clock)();
        let Some(scope) = acting.scope(moment.wall) else { return Ok(()) };
        // Nothing else is of use where commits on the target were not told.
        let told = |(probe, outcome): (&Probe, &Result<Observation, Unobserved>)| {
            matches!(probe, Probe::Groups { side: Side::Target, .. }) && outcome.is_ok()
        };
        if !seen.iter().any(told) {
            return Ok(());
        }
        let (unit, born) = (scope.unit.name.clone(), grown(&scope, seen));
        let (step, evidence) = (step.to_owned(), digests(seen));
        let proved = proves_every_group(&scope, seen);
        let measured_at = seen.iter().filter_map(|(_, outcome)| Some(outcome.as_ref().ok()?.at)).min();
        self.inquirer.append(Event::Followed { unit, step, evidence, born, proved, measured_at, moment })
    }

    fn proposed(&mut self, step: &str, acting: &Acting, seen: &Observations) -> Result<(), RunError> {
        let now = (self.options.clock)().wall;
        let Some(scope) = acting.scope(now) else {
            let why = "the plan does not have the step's unit".to_owned();
            return self.end(step, StepOutcome::Unknown { why });
        };
        match acting.action.propose(&scope, seen) {
            Ok(changes) => {
                if scope.step.kind == "target-born-ledger"
                    && let Ok(ledger) = target_born(&scope, seen)
                {
                    let (step, unit) = (step.to_owned(), scope.unit.name.clone());
                    let evidence = digests(seen);
                    let moment = (self.options.clock)();
                    self.inquirer.append(Event::LedgerCut { step, unit, ledger, evidence, moment })?;
                }
                if scope.step.kind == "capture-positions" {
                    let evidence = digests(seen);
                    self.inquirer.append(Event::Kept { step: step.to_owned(), evidence })?;
                }
                let printed = self.options.effects == Effects::Print;
                let changes = if printed { changes.by_hand() } else { changes };
                self.inquirer.append(Event::Proposed { step: step.to_owned(), changes })
            }
            Err(refusal) if self.options.effects == Effects::Dry => {
                // Everything a person can know of it before: what the plan alone says, and what stands against it now.
                let changes = acting.action.foreseen(&scope);
                self.inquirer.append(Event::Proposed { step: step.to_owned(), changes })?;
                let why = refusal.why;
                let unknown = refusal.unmeasured;
                let now = if unknown { StepOutcome::Unknown { why } } else { StepOutcome::Failed { why } };
                self.end(step, now)
            }
            Err(refusal) if refusal.unmeasured => {
                self.waits(step, Settled::Unknown { why: refusal.why }, seen)
            }
            Err(refusal) => {
                let why = format!("{}; {}", refusal.why, refusal.next);
                self.end(step, StepOutcome::Failed { why })
            }
        }
    }

    /// Written down only when it is another wait than before.
    fn waits(&mut self, step: &str, settled: Settled, seen: &Observations) -> Result<(), RunError> {
        let side = unreached(seen);
        let target_answered =
            seen.iter().any(|(probe, outcome)| probe.side() == Some(Side::Target) && outcome.is_ok());
        let known = self.inquirer.run.state().execution().step(step);
        if known.is_some_and(|known| known.waits.as_ref() == Some(&settled) && known.unreachable == side) {
            return Ok(());
        }
        let unreachable = side.map(|side| Unreached { side, moment: (self.options.clock)() });
        self.inquirer.append(Event::StepWaits {
            step: step.to_owned(),
            settled,
            unreachable,
            target_answered,
        })
    }

    pub(super) fn end(&mut self, step: &str, outcome: StepOutcome) -> Result<(), RunError> {
        let moment = (self.options.clock)();
        let outcome = if self.options.effects == Effects::Dry { passed_dry(outcome) } else { outcome };
        self.inquirer.append(Event::StepEnded { step: step.to_owned(), outcome, moment })
    }

    fn undone(&mut self, step: &str, stuck: Option<String>) -> Result<(), RunError> {
        let moment = (self.options.clock)();
        self.inquirer.append(Event::StepUndone { step: step.to_owned(), stuck, note: None, moment })
    }
}

/// Addresses of everything that was seen.
fn digests(seen: &Observations) -> Vec<String> {
    seen.iter().filter_map(|(_, outcome)| Some(outcome.as_ref().ok()?.digest())).collect()
}

/// The side that did not answer, where one is why something could not be seen.
fn unreached(seen: &Observations) -> Option<Side> {
    let mut sides = seen.iter().filter_map(|(probe, outcome)| match outcome {
        // Slow is not gone: whoever does not answer in time may be at work all the same.
        Err(unobserved) if unobserved.reason == Reason::Unreachable => probe.side(),
        _ => None,
    });
    let first = sides.next()?;
    sides.all(|side| side == first).then_some(first)
}
