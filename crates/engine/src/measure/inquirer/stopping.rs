use runbook::world::Reason;
use tokio::time::Instant;

use super::Inquirer;
use crate::measure::answer::unobserved;
use crate::measure::inquiry::Stage;
use crate::stop::Asked;
use crate::{RunError, Stop, World};

impl<W: World> Inquirer<'_, W> {
    /// Somebody asked the run to stop.
    pub(super) fn hear_stop(&mut self, asked: Asked) -> Result<(), RunError> {
        match asked {
            Asked::No => Ok(()),
            Asked::Orderly(by) => {
                self.interrupt(by);
                Ok(())
            }
            Asked::AtOnce(by) => {
                self.interrupt(by);
                let all = self.desk.running().map(|(_, running)| running.task()).collect();
                self.give_up_measurements(all)
            }
        }
    }

    /// Nothing new is begun; what runs is asked to hand over what it has.
    fn interrupt(&mut self, by: String) {
        if self.interrupted.is_some() {
            return;
        }
        self.interrupted = Some(by);
        let now = Instant::now();
        self.desk.each_running(|running| running.stop(Stop::Interrupted, now));
        for (probe, waiters) in self.desk.clear_queue() {
            for who in waiters {
                self.demand_again(who, &probe);
            }
        }
        for who in 0..self.inquiries.len() {
            self.set_alarm(who, None);
            if matches!(self.inquiries[who].stage, Stage::WaitingOut(_)) {
                self.ready.insert(who);
            }
        }
    }

    /// Leaves an inquiry without a verdict: the run was interrupted before it could have one.
    pub(super) fn give_up(&mut self, who: usize) -> Result<(), RunError> {
        self.close(who);
        for (dependent, probe) in self.waits.take_all(who) {
            let message = format!("{}: the run was interrupted before it was judged", probe.title());
            let outcome = Err(unobserved(&probe, self.clock.now(), Reason::Stopped, message));
            self.deliver(dependent, &probe, outcome);
        }
        Ok(())
    }

    /// After an interruption nothing runs and nothing is ready: whoever still waits gets no answer.
    pub(super) fn give_up_the_rest(&mut self, open: &[usize]) -> Result<(), RunError> {
        for who in open {
            let inquiry = &self.inquiries[*who];
            if !inquiry.knows_something() || !matches!(inquiry.stage, Stage::Measuring) {
                self.give_up(*who)?;
                continue;
            }
            for probe in std::mem::take(&mut self.inquiries[*who].open) {
                let message = "not measured: the run was interrupted".to_owned();
                let outcome = Err(unobserved(&probe, self.clock.now(), Reason::Stopped, message));
                self.inquiries[*who].seen.insert(outcome);
            }
            self.judge(*who)?;
        }
        Ok(())
    }
}
