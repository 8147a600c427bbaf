use std::time::Duration;

use journal::Event;
use runbook::Level;
use runbook::verdict::Judgement;
use runbook::world::Reason;
use tokio::time::Instant;

use super::{Concluded, Inquirer};
use crate::measure::answer::unobserved;
use crate::measure::guard;
use crate::measure::inquiry::Stage;
use crate::measure::running::seconds;
use crate::{RunError, World};

impl<W: World> Inquirer<'_, W> {
    /// Judges what the inquiry has seen. A result that is not good is looked at again where the check says so.
    pub(super) fn judge(&mut self, who: usize) -> Result<(), RunError> {
        if self.inquiries[who].asker.is_some() {
            return self.looked(who);
        }
        let judgement = match self.ready_check(who) {
            Some((ready, scope)) => guard::judged(ready, &scope, &self.inquiries[who].seen),
            None => Judgement::unknown("internal error: judged without a check"),
        };
        if judgement.level == Level::Green || self.interrupted.is_some() {
            return self.conclude(who, judgement);
        }
        match self.recheck(who) {
            Some(wait_for) => self.wait_out(who, judgement, wait_for),
            None => self.conclude(who, judgement),
        }
    }

    /// The last word on a check in a unit. What was measured red stays red when the last recheck could not be made.
    pub(super) fn conclude(&mut self, who: usize, judgement: Judgement) -> Result<(), RunError> {
        let red = self.inquiries[who].red.take().filter(|_| judgement.level == Level::Unknown);
        if self.inquiries[who].asker.is_some() {
            return self.looked(who);
        }
        self.judged(who, red.unwrap_or(judgement), false)?;
        self.close(who);
        self.concluded.push(Concluded { who, seen: None });
        self.tell_dependents(who)
    }

    /// An asker that is no check has its answers.
    fn looked(&mut self, who: usize) -> Result<(), RunError> {
        let seen = std::mem::take(&mut self.inquiries[who].seen);
        self.close(who);
        self.concluded.push(Concluded { who, seen: Some(seen) });
        Ok(())
    }

    pub(super) fn judged(
        &mut self,
        who: usize,
        judgement: Judgement,
        provisional: bool,
    ) -> Result<(), RunError> {
        let Some(inquiry) = self.inquiries.get(who) else { return Ok(()) };
        let (unit, check) = (inquiry.unit.clone(), inquiry.check.clone());
        self.append(Event::Judged { unit, check, judgement, provisional })
    }

    /// The inquiry is over; what only it waited for is stopped, what it saw is let go.
    pub(super) fn close(&mut self, who: usize) {
        self.set_alarm(who, None);
        self.waits.leave(who);
        let inquiry = &mut self.inquiries[who];
        inquiry.stage = Stage::Done;
        inquiry.seen = Default::default();
        let open = std::mem::take(&mut inquiry.open);
        self.desk.leave(who, &open, Instant::now());
    }

    /// The check's time budget is used up: what it still waits for is unknown, and it is judged as it is.
    pub(super) fn budget_used_up(&mut self, who: usize) -> Result<(), RunError> {
        self.set_alarm(who, None);
        let budget = self.inquiries[who].budget(&self.plan).unwrap_or(Duration::ZERO);
        let open = std::mem::take(&mut self.inquiries[who].open);
        for probe in &open {
            let running = self.desk.running().find(|(running, _)| *running == probe);
            let doing = running
                .map_or_else(|| "it had not begun".to_owned(), |(probe, running)| running.doing(probe));
            let message = format!("the check's time budget of {} is used up: {doing}", seconds(budget));
            let outcome = Err(unobserved(probe, self.clock.now(), Reason::OverBudget, message));
            self.inquiries[who].seen.insert(outcome);
        }
        self.waits.leave(who);
        self.desk.leave(who, &open, Instant::now());
        self.judge(who)
    }
}
