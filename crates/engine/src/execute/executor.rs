//! Carries out what is next, and writes down what came of it.

mod acting;
mod hearing;
mod looking;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use journal::{Event, Going, Run};
use runbook::plan::Plan;
use runbook::steps::StepSpec;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::looks::StepLook;
use super::next::{Course, Next, Todo, next};
use super::{Actions, RunEnd, StepOptions};
use crate::measure::Inquirer;
use crate::stop::Asked;
use crate::{Checks, Live, RunError, World, limits};

pub(super) struct Executor<'a, W> {
    inquirer: Inquirer<'a, W>,
    plan: Arc<Plan>,
    specs: BTreeMap<String, StepSpec>,
    actions: &'a Actions,
    world: Arc<W>,
    options: StepOptions,
    /// What is under way.
    flights: BTreeMap<Todo, Flight>,
    /// What may not begin again before.
    rests: BTreeMap<Todo, Instant>,
    calls: JoinSet<acting::Called>,
    /// Gates that were told of.
    told_gates: Vec<String>,
    shown: Option<Next>,
}

enum Flight {
    /// A look: the inquiry's place.
    Look(usize, Option<Arc<StepLook>>),
    Call,
}

impl<'a, W: World> Executor<'a, W> {
    pub fn new(
        run: &'a mut Run,
        checks: &'a Checks,
        actions: &'a Actions,
        world: Arc<W>,
        options: StepOptions,
    ) -> Result<Executor<'a, W>, RunError> {
        let plan = Arc::new(run.state().header().plan.clone());
        let mut specs = BTreeMap::new();
        for step in plan.steps.iter().chain(plan.backs.values().flat_map(|back| back.steps())) {
            specs.insert(step.id.clone(), StepSpec::of(step).map_err(RunError::Step)?);
        }
        let inquirer = Inquirer::of_steps(run, checks, world.clone(), options.measuring.clone());
        Ok(Executor {
            inquirer,
            plan,
            specs,
            actions,
            world,
            options,
            flights: BTreeMap::new(),
            rests: BTreeMap::new(),
            calls: JoinSet::new(),
            told_gates: Vec::new(),
            shown: None,
        })
    }

    pub async fn conduct(mut self) -> Result<RunEnd, RunError> {
        let end = self.rounds().await;
        if end.is_err() {
            // Nothing can be recorded any more, so nothing is measured any more. Calls under way come to their own end.
            self.inquirer.stop_measuring();
        }
        end
    }

    async fn rounds(&mut self) -> Result<RunEnd, RunError> {
        let mut asked = self.options.measuring.stop.listen();
        loop {
            if self.inquirer.hear_asked(&mut asked)? {
                return self.interrupted(&mut asked).await;
            }
            self.hear_requests()?;
            let decided = self.decide()?;
            if self.is_declined() {
                let why = "it was asked to go back and did not, so nothing else was done either".to_owned();
                return self.end_held(why);
            }
            self.tell_gates();
            if let Some(ending) = decided.over
                && !self.flights.values().any(|flight| matches!(flight, Flight::Call))
            {
                // Nobody waits for what is still being measured, and a run ends with nothing open.
                self.give_up_looks()?;
                self.inquirer.run.sync()?;
                return Ok(RunEnd::Over(ending));
            }
            if let Some(why) = decided.stopped.clone().or_else(|| self.held_by_itself())
                && !self.flights.values().any(|flight| matches!(flight, Flight::Call))
            {
                return self.end_held(why);
            }
            for todo in &decided.start {
                self.start(todo)?;
            }
            self.inquirer.turn()?;
            if self.land()? {
                continue;
            }
            self.show(&decided);
            self.wait(&decided, &mut asked).await?;
        }
    }

    /// Writes every decision that needs no look at the world; returns what is left to do.
    fn decide(&mut self) -> Result<Next, RunError> {
        for _ in 0..limits::DECISIONS {
            if self.is_declined() {
                return Ok(Next::default());
            }
            let decided = {
                let course = self.course();
                next(&course)
            };
            match decided.write {
                Some(event) => self.inquirer.append(event)?,
                None => {
                    self.forget_flights(&decided);
                    return Ok(decided);
                }
            }
        }
        Err(RunError::Step("internal error: the rules of this run go round in a circle".to_owned()))
    }

    fn course(&self) -> Course<'_> {
        Course::new(self.inquirer.run.state(), &self.specs, (self.options.clock)(), self.options.effects)
    }

    /// Looks nobody wants any more are given up.
    fn forget_flights(&mut self, decided: &Next) {
        let unwanted: Vec<Todo> = self
            .flights
            .iter()
            .filter(|(todo, flight)| {
                matches!(flight, Flight::Look(_, Some(_))) && !decided.start.contains(todo)
            })
            .map(|(todo, _)| todo.clone())
            .collect();
        for todo in unwanted {
            if let Some(Flight::Look(who, _)) = self.flights.remove(&todo) {
                self.inquirer.drop_look(who);
            }
        }
        self.rests.retain(|todo, _| decided.start.contains(todo));
    }

    fn start(&mut self, todo: &Todo) -> Result<(), RunError> {
        let rests = self.rests.get(todo).is_some_and(|until| *until > Instant::now());
        if self.flights.contains_key(todo) || rests {
            return Ok(());
        }
        match todo {
            Todo::Measure { unit, check } => {
                let who = self.inquirer.open_check(unit, check);
                self.flights.insert(todo.clone(), Flight::Look(who, None));
                Ok(())
            }
            Todo::Propose { step }
            | Todo::Settle { step }
            | Todo::Look { step }
            | Todo::LookBack { step }
            | Todo::Follow { step } => self.look(todo, step),
            Todo::Closed { trigger } => self.look_closed(todo, trigger),
            Todo::Apply { .. } | Todo::Undo { .. } | Todo::Notify { .. } => self.call(todo),
        }
    }

    /// It was taken over to go back, every request was answered, and it is not on its way back.
    fn is_declined(&self) -> bool {
        let execution = self.inquirer.run.state().execution();
        self.options.back_only
            && execution.pending.is_empty()
            && !matches!(execution.going, Going::Back { .. })
    }

    /// Why the run is held, where no person asked for it: then its process ends.
    fn held_by_itself(&self) -> Option<String> {
        match &self.inquirer.run.state().execution().going {
            Going::Held { why, asked_by: None, .. } => Some(why.clone()),
            _ => None,
        }
    }

    fn end_held(&mut self, why: String) -> Result<RunEnd, RunError> {
        self.give_up_looks()?;
        self.inquirer.append(Event::Interrupted { by: format!("held: {why}") })?;
        self.inquirer.run.sync()?;
        Ok(RunEnd::Held { why })
    }

    /// Nothing new is begun; calls come to their end, and what they did is written down.
    async fn interrupted(&mut self, asked: &mut watch::Receiver<Asked>) -> Result<RunEnd, RunError> {
        let by = self.inquirer.interrupted_by().unwrap_or("a signal").to_owned();
        let until = Instant::now() + limits::CALL_LONGEST;
        while !self.calls.is_empty() && Instant::now() < until {
            tokio::select! {
                Some(done) = self.calls.join_next() => self.called(done)?,
                _ = asked.changed() => {
                    if matches!(*asked.borrow_and_update(), Asked::AtOnce(_)) {
                        break;
                    }
                }
                () = sleep_until(until) => {}
            }
        }
        self.give_up_looks()?;
        self.close_calls()?;
        self.inquirer.append(Event::Interrupted { by: by.clone() })?;
        self.inquirer.run.sync()?;
        Ok(RunEnd::Interrupted { by })
    }

    fn give_up_looks(&mut self) -> Result<(), RunError> {
        self.inquirer.give_up_all()?;
        self.flights.retain(|_, flight| matches!(flight, Flight::Call));
        Ok(())
    }

    /// Waits until something happens.
    async fn wait(&mut self, decided: &Next, asked: &mut watch::Receiver<Asked>) -> Result<(), RunError> {
        let now = Instant::now();
        let mut until = now + self.options.inbox_every;
        if let Some(ms) = decided.wake_ms {
            until = until.min(now + Duration::from_millis(ms.max(1)));
        }
        if let Some(rest) = self.rests.values().filter(|rest| **rest > now).min() {
            until = until.min(*rest);
        }
        if self.inquirer.is_ready() {
            return Ok(());
        }
        tokio::select! {
            biased;
            _ = asked.changed() => Ok(()),
            Some(done) = self.calls.join_next() => self.called(done),
            heard = self.inquirer.hear_next(Some(until)) => heard,
        }
    }

    /// Tells the listeners where the run stands, when it is another place than before.
    fn show(&mut self, decided: &Next) {
        if self.shown.as_ref() != Some(decided) {
            let _ = self.options.measuring.live.send(Live::Standing(Arc::new(decided.waiting.clone())));
            self.shown = Some(decided.clone());
        }
    }

    fn tell_gates(&mut self) {
        let Some(opened) = &self.options.opened else { return };
        let execution = self.inquirer.run.state().execution();
        let gates = self.plan.steps.iter().filter(|step| step.kind == "gate");
        for gate in gates.filter(|gate| execution.is_passed(&gate.id)) {
            if !self.told_gates.contains(&gate.id) {
                self.told_gates.push(gate.id.clone());
                opened(&gate.id);
            }
        }
    }
}
