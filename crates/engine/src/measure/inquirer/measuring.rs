use std::sync::Arc;

use journal::Event;
use runbook::Probe;
use runbook::world::Reason;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use super::Inquirer;
use crate::measure::answer::{Outcome, accepted, panic_text, unobserved};
use crate::measure::inquiry::Stage;
use crate::measure::probe_pulse::ProbePulse;
use crate::measure::running::{Running, time_of};
use crate::{Limits, Pulse, RunError, Stop, World};

impl<W: World> Inquirer<'_, W> {
    /// Starts what there is room for. The intents are on disk before anything is asked of the world.
    pub(super) fn start(&mut self) -> Result<(), RunError> {
        let starting = self.desk.startable();
        if starting.is_empty() {
            return Ok(());
        }
        let mut rounds = Vec::with_capacity(starting.len());
        for (probe, limits) in starting {
            let round = self.next_round(&probe);
            self.append(Event::ProbeStarted { probe: probe.clone(), round })?;
            rounds.push((probe, round, limits));
        }
        self.run.sync()?;
        for (probe, round, limits) in rounds {
            self.spawn(&probe, round, limits);
        }
        Ok(())
    }

    /// The round a measurement of `probe` that starts now is.
    pub(super) fn next_round(&self, probe: &Probe) -> u32 {
        self.run.state().probes().get(probe).map_or(1, |state| state.round + 1)
    }

    fn spawn(&mut self, probe: &Probe, round: u32, limits: Limits) {
        let (began, at) = (Instant::now(), self.clock.now());
        let until = began + time_of(probe, limits);
        let pulse = Arc::new(ProbePulse::new(
            Arc::new(probe.clone()),
            at,
            self.clock.at(until),
            self.options.live.clone(),
        ));
        let (world, asked, given) = (self.world.clone(), probe.clone(), pulse.clone() as Arc<dyn Pulse>);
        let abort = self.tasks.spawn(async move { world.observe(&asked, &limits, given).await });
        let running = Running { round, began, at, until, limits, pulse, abort, stopping: None };
        for who in self.desk.started(probe, running) {
            self.start_budget(who, began);
        }
    }

    /// A measurement came back, or its task broke.
    pub(super) fn hear(&mut self, done: Result<(Id, Outcome), JoinError>) -> Result<(), RunError> {
        let task = done.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        // A task that was given up has had its outcome already.
        let Some((probe, running)) = self.desk.finished(task) else { return Ok(()) };
        let outcome = match done {
            Ok((_, outcome)) => running.counted(&probe, accepted(&probe, running.at, outcome)),
            Err(broken) if broken.is_panic() => {
                let panic = broken.into_panic();
                let message = format!("internal error: measuring panicked: {}", panic_text(&*panic));
                Err(unobserved(&probe, running.at, Reason::Failed, message))
            }
            Err(_) => Err(running.given_up(&probe)),
        };
        self.answered(&probe, running, outcome)
    }

    /// Writes the outcome of a measurement and hands it to everybody who waits for it.
    fn answered(&mut self, probe: &Probe, running: Running, outcome: Outcome) -> Result<(), RunError> {
        self.append_outcome(running.round, &outcome)?;
        let stopped_all = self.interrupted.is_some();
        for who in self.desk.answered(probe, &running, outcome.clone()) {
            if stopped_all {
                self.deliver(who, probe, outcome.clone());
            } else {
                self.demand_again(who, probe);
            }
        }
        Ok(())
    }

    /// Sees to every time limit that has passed.
    pub(super) fn ring(&mut self) -> Result<(), RunError> {
        let now = Instant::now();
        let mut lost = Vec::new();
        self.desk.each_running(|running| {
            if running.deadline() <= now {
                if running.stopping.is_some() {
                    lost.push(running.task());
                } else {
                    running.stop(Stop::TimedOut, now);
                }
            }
        });
        self.give_up_measurements(lost)?;
        while let Some((alarm, who)) = self.alarms.first().copied().filter(|(alarm, _)| *alarm <= now) {
            self.alarms.remove(&(alarm, who));
            match self.inquiries[who].stage {
                Stage::Measuring => self.budget_used_up(who)?,
                Stage::WaitingOut(_) => self.pause_is_over(who),
                Stage::Asking | Stage::Done => self.set_alarm(who, None),
            }
        }
        Ok(())
    }

    /// Ends measurements that did not end by themselves.
    pub(super) fn give_up_measurements(&mut self, tasks: Vec<Id>) -> Result<(), RunError> {
        for task in tasks {
            let Some((probe, running)) = self.desk.finished(task) else { continue };
            running.abort.abort();
            let outcome = Err(running.given_up(&probe));
            self.answered(&probe, running, outcome)?;
        }
        Ok(())
    }
}
