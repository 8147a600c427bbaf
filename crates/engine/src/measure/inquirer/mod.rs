//! The one task that decides, starts and writes.

mod asking;
mod judging;
mod measuring;
mod opening;
mod settling;
mod stopping;
mod verdicts;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use journal::{Event, Run};
use runbook::plan::Plan;
use runbook::verdict::Judgement;
use runbook::{Observation, Observations};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::answer::Outcome;
use super::clock::Clock;
use super::desk::Desk;
use super::inquiry::{Inquiry, Stage};
use super::waits::Waits;
use super::{CheckEnd, Checks, Options};
use crate::stop::Asked;
use crate::{Live, RunError, World};

#[derive(Debug)]
pub(crate) struct Inquirer<'a, W> {
    pub(crate) run: &'a mut Run,
    plan: Arc<Plan>,
    checks: &'a Checks,
    world: Arc<W>,
    options: Options,
    clock: Clock,
    inquiries: Vec<Inquiry>,
    /// Index of an inquiry by (unit, check).
    places: HashMap<(String, String), usize>,
    /// Inquiries that can go on.
    ready: BTreeSet<usize>,
    desk: Desk,
    waits: Waits,
    tasks: JoinSet<Outcome>,
    alarms: BTreeSet<(Instant, usize)>,
    /// The plan as evidence, once a check has asked for it.
    plan_seen: Option<Observation>,
    interrupted: Option<String>,
    /// Inquiries that came to their end since they were last taken.
    concluded: Vec<Concluded>,
    /// A run of steps: checks are opened when somebody wants them, as often as somebody does.
    opens_checks: bool,
}

/// An inquiry that came to its end.
#[derive(Debug)]
pub(crate) struct Concluded {
    pub who: usize,
    /// What an asker saw; `None`: a check, whose verdict is in the run's state.
    pub seen: Option<Observations>,
}

impl<'a, W: World> Inquirer<'a, W> {
    pub fn new(
        run: &'a mut Run,
        checks: &'a Checks,
        world: Arc<W>,
        options: Options,
    ) -> Result<Inquirer<'a, W>, RunError> {
        let header = run.state().header();
        let start = Instant::now();
        let selected = header.pairs().filter(|(unit, check)| header.selection.contains(unit, check));
        let mut inquiries: Vec<Inquiry> =
            selected.map(|(unit, check)| Inquiry::new(unit, check, start)).collect();
        // A run that goes on after a crash keeps the verdicts it has.
        for inquiry in &mut inquiries {
            if run.state().judged(&inquiry.unit, &inquiry.check).is_some_and(|judged| !judged.provisional) {
                inquiry.stage = Stage::Done;
            }
        }
        if inquiries.is_empty() {
            let why = if header.pairs().next().is_none() {
                "the plan has no check in any unit"
            } else {
                "no check of the plan is applied to the units asked for"
            };
            return Err(RunError::NothingToCheck(why.to_owned()));
        }
        let mut inquirer = Inquirer::of_steps(run, checks, world, options);
        let place =
            |(index, inquiry): (usize, &Inquiry)| ((inquiry.unit.clone(), inquiry.check.clone()), index);
        inquirer.places = inquiries.iter().enumerate().map(place).collect();
        inquirer.ready = (0..inquiries.len()).collect();
        inquirer.inquiries = inquiries;
        inquirer.opens_checks = false;
        Ok(inquirer)
    }

    /// For a run of steps: nothing is asked before somebody wants it.
    pub(crate) fn of_steps(
        run: &'a mut Run,
        checks: &'a Checks,
        world: Arc<W>,
        options: Options,
    ) -> Inquirer<'a, W> {
        Inquirer {
            plan: Arc::new(run.state().header().plan.clone()),
            checks,
            world,
            clock: Clock { wall: options.wall },
            places: HashMap::new(),
            ready: BTreeSet::new(),
            inquiries: Vec::new(),
            desk: Desk::new(options.parallel_per_side),
            waits: Waits::default(),
            tasks: JoinSet::new(),
            alarms: BTreeSet::new(),
            plan_seen: None,
            interrupted: None,
            concluded: Vec::new(),
            opens_checks: true,
            options,
            run,
        }
    }

    pub async fn conduct(mut self) -> Result<CheckEnd, RunError> {
        let end = self.rounds().await;
        if end.is_err() {
            // Nothing can be recorded any more, so nothing is measured any more.
            self.desk.each_running(|running| running.stop(crate::Stop::Interrupted, Instant::now()));
            self.tasks.abort_all();
        }
        end
    }

    /// The scheduling rounds, until nothing is left to do.
    async fn rounds(&mut self) -> Result<CheckEnd, RunError> {
        let mut asked = self.options.stop.listen();
        self.skip_the_rest_of_the_plan()?;
        loop {
            let stop = asked.borrow_and_update().clone();
            self.hear_stop(stop)?;
            self.advance()?;
            self.start()?;
            self.run.sync()?;
            match self.what_now()? {
                Now::Over => return self.end(),
                Now::Again => {}
                Now::Wait => self.wait(&mut asked).await?,
            }
        }
    }

    /// Waits until something happens, and hears all of it that has.
    async fn wait(&mut self, asked: &mut watch::Receiver<Asked>) -> Result<(), RunError> {
        let alarm = self.next_alarm();
        tokio::select! {
            biased;
            // What was asked is read at the start of the next round.
            _ = asked.changed() => {}
            Some(done) = self.tasks.join_next_with_id() => {
                self.hear(done)?;
                while let Some(done) = self.tasks.try_join_next_with_id() {
                    self.hear(done)?;
                }
            }
            () = sleep_until(alarm.unwrap_or_else(Instant::now)), if alarm.is_some() => {}
        }
        self.ring()
    }

    fn next_alarm(&self) -> Option<Instant> {
        let measurements = self.desk.running().map(|(_, running)| running.deadline());
        measurements.chain(self.alarms.first().map(|(alarm, _)| *alarm)).min()
    }

    /// Whether the run is over. A run that could only wait for ever is over too, and says so in every open verdict.
    fn what_now(&mut self) -> Result<Now, RunError> {
        if !self.ready.is_empty() {
            return Ok(Now::Again);
        }
        if !self.desk.is_idle() {
            return Ok(Now::Wait);
        }
        let open: Vec<usize> =
            (0..self.inquiries.len()).filter(|who| !self.inquiries[*who].is_done()).collect();
        if open.is_empty() {
            return Ok(Now::Over);
        }
        if self.interrupted.is_some() {
            self.give_up_the_rest(&open)?;
            return Ok(Now::Again);
        }
        if self.next_alarm().is_some() {
            return Ok(Now::Wait);
        }
        for who in open {
            self.conclude(who, Judgement::unknown("internal error: nothing is left to wait for"))?;
        }
        Ok(Now::Again)
    }

    fn end(&mut self) -> Result<CheckEnd, RunError> {
        let Some(by) = self.interrupted.take() else { return Ok(CheckEnd::Complete) };
        self.append(Event::Interrupted { by })?;
        self.run.sync()?;
        Ok(CheckEnd::Interrupted)
    }

    /// Writes an event and tells the listeners.
    pub(crate) fn append(&mut self, event: Event) -> Result<(), RunError> {
        let at = self.clock.now();
        let told = (self.options.live.receiver_count() > 0).then(|| Arc::new(event.clone()));
        self.run.append(at, event)?;
        if let Some(event) = told {
            // A listener that went away is no error.
            let _ = self.options.live.send(Live::Written { seq: self.run.records() - 1, at, event });
        }
        Ok(())
    }

    /// Writes an outcome, with its evidence.
    fn append_outcome(&mut self, round: u32, outcome: &Outcome) -> Result<(), RunError> {
        match outcome {
            Err(unobserved) => self.append(Event::Unobserved { round, unobserved: unobserved.clone() }),
            Ok(observation) => {
                let at = self.clock.now();
                let evidence = self.run.observed(at, round, observation)?;
                if self.options.live.receiver_count() > 0 {
                    let event = Arc::new(Event::Observed {
                        probe: observation.probe.clone(),
                        round,
                        evidence,
                        at: observation.at,
                        took_ms: observation.took_ms,
                        partial: observation.partial.clone(),
                    });
                    let _ = self.options.live.send(Live::Written { seq: self.run.records() - 1, at, event });
                }
                Ok(())
            }
        }
    }

    fn set_alarm(&mut self, who: usize, alarm: Option<Instant>) {
        let inquiry = &mut self.inquiries[who];
        if let Some(old) = std::mem::replace(&mut inquiry.alarm, alarm) {
            self.alarms.remove(&(old, who));
        }
        if let Some(alarm) = alarm {
            self.alarms.insert((alarm, who));
        }
    }

    fn skip_the_rest_of_the_plan(&mut self) -> Result<(), RunError> {
        let header = self.run.state().header();
        let skipped: Vec<(String, String)> = header
            .pairs()
            .filter(|(unit, check)| !header.selection.contains(unit, check))
            .filter(|(unit, check)| self.run.state().skipped(unit, check).is_none())
            .map(|(unit, check)| (unit.to_owned(), check.to_owned()))
            .collect();
        for (unit, check) in skipped {
            self.append(Event::CheckSkipped { unit, check, why: "not asked for in this run".to_owned() })?;
        }
        Ok(())
    }
}

/// What the conductor does after a round.
enum Now {
    Over,
    Again,
    Wait,
}
