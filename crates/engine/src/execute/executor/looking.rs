use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use journal::{Event, StepOutcome};
use runbook::Observations;
use runbook::action::{Changeset, Settled};
use runbook::steps::StepSpec;
use tokio::time::Instant;

use super::{Executor, Flight};
use crate::execute::looks::{Acting, StepLook};
use crate::execute::next::{Course, Todo, confirmed, left_ms};
use crate::{Limits, RunError, World, limits};

impl<W: World> Executor<'_, W> {
    /// Lets a step look.
    pub(super) fn look(&mut self, todo: &Todo, step: &str) -> Result<(), RunError> {
        let Some(look) = self.step_look(todo, step)? else {
            return self
                .end(step, StepOutcome::Unknown { why: "this version cannot carry it out".to_owned() });
        };
        let look = Arc::new(look);
        let allowed = Limits { time: self.look_time(step), ..self.options.measuring.limits };
        let who = self.inquirer.open_look(step, look.clone(), allowed);
        self.flights.insert(todo.clone(), Flight::Look(who, Some(look)));
        Ok(())
    }

    fn step_look(&self, todo: &Todo, step: &str) -> Result<Option<StepLook>, RunError> {
        let spec = self.specs.get(step);
        if let Todo::Look { .. } = todo {
            let until = spec.and_then(|spec| spec.until.clone());
            return Ok(until.map(|until| StepLook::Condition(self.plan.clone(), step.to_owned(), until)));
        }
        let Some(action) = self.actions.get(step).cloned() else { return Ok(None) };
        let kept = Arc::new(self.kept(spec)?);
        let acting = Acting { plan: self.plan.clone(), step: step.to_owned(), action, kept };
        let state = self.inquirer.run.state().execution().step(step);
        let attempt = state.and_then(|state| state.attempt());
        Ok(match todo {
            Todo::Propose { .. } => Some(StepLook::Propose(acting)),
            Todo::Settle { .. } => attempt
                .and_then(|attempt| attempt.changes.clone())
                .map(|changes| StepLook::Settle(acting, changes, spec.and_then(|spec| spec.confirm.clone()))),
            Todo::LookBack { .. } => state.map(|state| {
                // All that was done over all attempts is taken back as one.
                let mut all = Changeset::default();
                for attempt in &state.attempts {
                    let changes = attempt.changes.iter().flat_map(|changes| &changes.changes);
                    let done = changes.zip(&attempt.commands).filter(|(_, command)| command.touched);
                    all.changes.extend(done.map(|(change, _)| change.clone()));
                }
                StepLook::Back(acting, all)
            }),
            _ => None,
        })
    }

    /// What the step named by `from` has kept.
    fn kept(&self, spec: Option<&StepSpec>) -> Result<BTreeMap<String, Vec<runbook::Observation>>, RunError> {
        let from = spec.and_then(|spec| spec.with.get("from")).and_then(|from| from.as_str());
        let Some(from) = from else { return Ok(BTreeMap::new()) };
        let run = &self.inquirer.run;
        let Some(state) = run.state().execution().step(from) else { return Ok(BTreeMap::new()) };
        let mut kept = Vec::new();
        for digest in &state.kept {
            kept.push(run.folder().evidence(digest)?);
        }
        Ok(BTreeMap::from([(from.to_owned(), kept)]))
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
        let left =
            self.plan.step(step).zip(course.step(step)).map(|(step, state)| left_ms(&course, step, state));
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
        let Some(step) = todo.step().map(str::to_owned) else { return Ok(()) };
        let now = (self.options.clock)().wall;
        self.rests.insert(todo.clone(), Instant::now() + limits::SETTLE_EVERY);
        if let StepLook::Propose(acting) = look {
            return self.proposed(&step, acting, seen);
        }
        let Some(mut settled) = look.settled(now, seen) else { return Ok(()) };
        if let (Settled::Yes, Todo::Settle { .. }) = (&settled, todo) {
            let course: Course<'_> = self.course();
            if let Some((planned, state)) = self.plan.step(&step).zip(course.step(&step)) {
                settled = confirmed(&course, planned, state);
            }
        }
        let back = matches!(todo, Todo::LookBack { .. });
        match settled {
            Settled::Yes if back => self.undone(&step, None),
            Settled::Yes => self.end(&step, StepOutcome::Done),
            Settled::Cannot { why } if back => self.undone(&step, Some(why)),
            Settled::Cannot { why } => self.end(&step, StepOutcome::Failed { why }),
            settled => self.waits(&step, settled),
        }
    }

    fn proposed(&mut self, step: &str, acting: &Acting, seen: &Observations) -> Result<(), RunError> {
        let now = (self.options.clock)().wall;
        let Some(scope) = acting.scope(now) else {
            let why = "the plan does not have the step's unit".to_owned();
            return self.end(step, StepOutcome::Unknown { why });
        };
        match acting.action.propose(&scope, seen) {
            Ok(changes) => {
                if scope.step.kind == "capture-positions" {
                    let evidence: Vec<String> = seen
                        .iter()
                        .filter_map(|(_, outcome)| Some(outcome.as_ref().ok()?.digest()))
                        .collect();
                    self.inquirer.append(Event::Kept { step: step.to_owned(), evidence })?;
                }
                self.inquirer.append(Event::Proposed { step: step.to_owned(), changes })
            }
            Err(refusal) if refusal.unmeasured => self.waits(step, Settled::Unknown { why: refusal.why }),
            Err(refusal) => {
                let why = format!("{}; {}", refusal.why, refusal.next);
                self.end(step, StepOutcome::Failed { why })
            }
        }
    }

    /// Written down only when it is another wait than before.
    fn waits(&mut self, step: &str, settled: Settled) -> Result<(), RunError> {
        let known = self.inquirer.run.state().execution().step(step).and_then(|state| state.waits.as_ref());
        if known == Some(&settled) {
            return Ok(());
        }
        self.inquirer.append(Event::StepWaits { step: step.to_owned(), settled })
    }

    pub(super) fn end(&mut self, step: &str, outcome: StepOutcome) -> Result<(), RunError> {
        let moment = (self.options.clock)();
        self.inquirer.append(Event::StepEnded { step: step.to_owned(), outcome, moment })
    }

    fn undone(&mut self, step: &str, stuck: Option<String>) -> Result<(), RunError> {
        let moment = (self.options.clock)();
        self.inquirer.append(Event::StepUndone { step: step.to_owned(), stuck, moment })
    }
}
