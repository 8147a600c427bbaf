use runbook::Level;
use runbook::verdict::Judgement;
use runbook::world::Measured;
use tokio::time::Instant;

use super::Inquirer;
use crate::measure::inquiry::{Stage, WaitOut};
use crate::measure::settle::{self, WaitFor};
use crate::{Live, RunError, World, limits};

impl<W: World> Inquirer<'_, W> {
    /// What to wait for before the check is looked at again; `None` when its result counts as it is.
    pub(super) fn recheck(&self, who: usize) -> Option<WaitFor> {
        let inquiry = &self.inquiries[who];
        let settle = self.plan.check(&inquiry.check)?.settle.as_ref()?;
        if inquiry.look >= settle.recheck {
            return None;
        }
        // What cannot be understood is not waited for: the bad result counts at once.
        WaitFor::of(settle, &self.plan, self.plan.unit(&inquiry.unit)?).ok()
    }

    /// A bad result is kept as provisional, and the check waits for its next look.
    pub(super) fn wait_out(
        &mut self,
        who: usize,
        judgement: Judgement,
        wait_for: WaitFor,
    ) -> Result<(), RunError> {
        match judgement.level {
            Level::Red => self.inquiries[who].red = Some(judgement.clone()),
            Level::Yellow | Level::Green => self.inquiries[who].red = None,
            Level::Unknown => {}
        }
        self.judged(who, judgement, true)?;
        let now = Instant::now();
        let (probe, until) = match wait_for {
            WaitFor::Time(time) => (None, now + time),
            WaitFor::Replication(probe) => (Some(probe), now + limits::WAIT_OUT),
        };
        let wait = WaitOut { probe: probe.clone(), cut: None, since: self.clock.now(), until };
        self.tell_waiting(who, &wait, "before it looks again".to_owned());
        self.inquiries[who].stage = Stage::WaitingOut(wait);
        self.inquiries[who].seen = Default::default();
        match probe {
            Some(_) => self.ask_for_replication(who, now),
            None => self.set_alarm(who, Some(until)),
        }
        Ok(())
    }

    /// The pause of an inquiry is over.
    pub(super) fn pause_is_over(&mut self, who: usize) {
        self.set_alarm(who, None);
        let now = Instant::now();
        match &self.inquiries[who].stage {
            Stage::WaitingOut(wait) if wait.probe.is_some() && wait.cut.is_some() && now < wait.until => {
                self.ask_for_replication(who, now);
            }
            _ => self.look_again(who, now),
        }
    }

    fn ask_for_replication(&mut self, who: usize, now: Instant) {
        let Stage::WaitingOut(WaitOut { probe: Some(probe), .. }) = &self.inquiries[who].stage else {
            return;
        };
        let probe = probe.clone();
        self.set_alarm(who, None);
        self.inquiries[who].not_before = now;
        self.inquiries[who].open.insert(probe.clone());
        self.demand_again(who, &probe);
    }

    /// The answer about the replicator is there: go on waiting, or look at the check again.
    pub(super) fn look_at_replication(&mut self, who: usize) -> Result<(), RunError> {
        if self.interrupted.is_some() {
            return self.give_up(who);
        }
        let now = Instant::now();
        let inquiry = &mut self.inquiries[who];
        let Stage::WaitingOut(wait) = &mut inquiry.stage else { return Ok(()) };
        if wait.probe.is_none() {
            return Ok(());
        }
        let seen = std::mem::take(&mut inquiry.seen);
        let observed = wait.probe.as_ref().and_then(|probe| seen.of(probe).ok());
        let Some(Measured::Replication(replication)) = observed.map(|observation| &observation.measured)
        else {
            // Unseen is not caught up: time alone must do.
            wait.probe = None;
            self.set_alarm(who, Some(now + limits::PAUSE));
            return Ok(());
        };
        let cut = wait.cut.get_or_insert_with(|| settle::cut(replication));
        let behind = settle::behind(cut, replication);
        if behind == 0 || now >= wait.until {
            self.look_again(who, now);
            return Ok(());
        }
        let pause = (now + limits::PAUSE).min(wait.until);
        let wait = wait.clone();
        self.tell_waiting(who, &wait, format!("for replication: {behind} partitions behind"));
        self.set_alarm(who, Some(pause));
        Ok(())
    }

    fn look_again(&mut self, who: usize, now: Instant) {
        let inquiry = &mut self.inquiries[who];
        inquiry.look += 1;
        inquiry.round = 0;
        inquiry.seen = Default::default();
        inquiry.not_before = now;
        inquiry.stage = Stage::Asking;
        self.ready.insert(who);
    }

    fn tell_waiting(&self, who: usize, wait: &WaitOut, what: String) {
        let inquiry = &self.inquiries[who];
        // Nobody listening is no error.
        let _ = self.options.live.send(Live::Waiting {
            unit: inquiry.unit.clone(),
            check: inquiry.check.clone(),
            what,
            since: wait.since,
            until: self.clock.at(wait.until),
        });
    }
}
