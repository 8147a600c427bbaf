use std::collections::BTreeSet;

use runbook::Probe;
use runbook::check::{MAX_ROUNDS, Scope};
use runbook::verdict::Judgement;
use runbook::world::Reason;
use tokio::time::Instant;

use super::Inquirer;
use crate::measure::answer::{Outcome, unobserved};
use crate::measure::guard;
use crate::measure::inquiry::Stage;
use crate::{Limits, RunError, World, limits};

impl<W: World> Inquirer<'_, W> {
    /// Lets every inquiry that can go on go on, until all of them wait or are done.
    pub(super) fn advance(&mut self) -> Result<(), RunError> {
        while let Some(who) = self.ready.pop_first() {
            if !self.inquiries[who].open.is_empty() {
                continue;
            }
            match self.inquiries[who].stage {
                Stage::Done => {}
                Stage::WaitingOut(_) => self.look_at_replication(who)?,
                Stage::Asking | Stage::Measuring => self.ask(who)?,
            }
        }
        Ok(())
    }

    /// Asks the check what it wants to know; when that is nothing new, it is judged.
    fn ask(&mut self, who: usize) -> Result<(), RunError> {
        if let Some(why) = self.cannot_be_asked(who) {
            return self.conclude(who, Judgement::unknown(why));
        }
        if self.interrupted.is_some()
            && self.inquiries[who].round > 0
            && !self.inquiries[who].knows_something()
        {
            return self.give_up(who);
        }
        if self.inquiries[who].round == MAX_ROUNDS {
            return self.judge(who);
        }
        let new = match self.wanted(who) {
            Ok(new) => new,
            Err(why) => return self.conclude(who, Judgement::unknown(why)),
        };
        if new.is_empty() {
            return self.judge(who);
        }
        self.inquiries[who].round += 1;
        self.inquiries[who].stage = Stage::Measuring;
        for probe in new {
            self.demand(who, probe)?;
        }
        if self.inquiries[who].open.is_empty() && !self.inquiries[who].is_done() {
            self.ready.insert(who);
        }
        Ok(())
    }

    /// Why a check cannot be measured in this version or in this run at all.
    fn cannot_be_asked(&self, who: usize) -> Option<String> {
        let inquiry = &self.inquiries[who];
        if inquiry.asker.is_some() {
            return None;
        }
        let Some(planned) = self.plan.check(&inquiry.check) else {
            return Some(format!("the plan has no check {}", inquiry.check));
        };
        if self.plan.unit(&inquiry.unit).is_none() {
            return Some(format!("the plan has no unit {}", inquiry.unit));
        }
        if !planned.built {
            return Some(format!("kind {} not in this version", planned.kind));
        }
        if planned.from_rehearsal {
            return Some("its evidence comes from a rehearsal, which is not in this version".to_owned());
        }
        let missing = !self.checks.contains_key(&inquiry.check);
        missing.then(|| format!("check {} (kind {}) could not be made ready", inquiry.check, planned.kind))
    }

    /// What the check wants measured that it has not seen in this look.
    fn wanted(&self, who: usize) -> Result<Vec<Probe>, String> {
        let inquiry = &self.inquiries[who];
        let mut asked = match &inquiry.asker {
            Some(asker) => guard::guarded(|| asker.ask(self.clock.now(), &inquiry.seen))?,
            None => {
                let (ready, scope) = self.ready_check(who).ok_or("internal error: asked without a check")?;
                guard::ask(ready, &scope, &inquiry.seen)?
            }
        };
        asked.retain(|probe| !inquiry.seen.contains(probe));
        asked.sort();
        asked.dedup();
        Ok(asked)
    }

    pub(super) fn ready_check(&self, who: usize) -> Option<(&crate::ReadyCheck, Scope<'_>)> {
        let inquiry = &self.inquiries[who];
        let scope = Scope {
            plan: &self.plan,
            unit: self.plan.unit(&inquiry.unit)?,
            check: &inquiry.check,
            on: self.plan.check(&inquiry.check)?.on,
            now: self.clock.now(),
        };
        Some((self.checks.get(&inquiry.check)?, scope))
    }

    /// Asks for a probe: the engine answers what is about this very run, the world everything else.
    fn demand(&mut self, who: usize, probe: Probe) -> Result<(), RunError> {
        self.inquiries[who].open.insert(probe.clone());
        match &probe {
            Probe::Judgement { unit, check } => self.demand_verdict(who, &probe, unit, check),
            Probe::Plan => self.tell_plan(who),
            _ => {
                self.demand_again(who, &probe);
                Ok(())
            }
        }
    }

    /// Takes the answer to an open question if there is one that counts; otherwise it is waited for.
    pub(super) fn demand_again(&mut self, who: usize, probe: &Probe) {
        if self.interrupted.is_some() && !self.desk.is_running(probe) {
            let message = "not measured: the run was interrupted".to_owned();
            let outcome = Err(unobserved(probe, self.clock.now(), Reason::Stopped, message));
            return self.deliver(who, probe, outcome);
        }
        let now = Instant::now();
        let limits = self.limits_for(who, now);
        match self.desk.demand(probe, who, limits, self.inquiries[who].not_before) {
            Some(outcome) => self.deliver(who, probe, outcome),
            None if self.desk.is_running(probe) => self.start_budget(who, now),
            None if limits.time.is_zero() => {
                self.desk.leave(who, &BTreeSet::from([probe.clone()]), now);
                let message = "the check's time budget is used up: it had not begun".to_owned();
                let outcome = Err(unobserved(probe, self.clock.now(), Reason::OverBudget, message));
                self.deliver(who, probe, outcome);
            }
            None => {}
        }
    }

    /// Hands an answer to an inquiry that waits for it.
    pub(super) fn deliver(&mut self, who: usize, probe: &Probe, outcome: Outcome) {
        let inquiry = &mut self.inquiries[who];
        if inquiry.open.remove(probe) {
            inquiry.seen.insert(outcome);
            if inquiry.open.is_empty() {
                self.ready.insert(who);
            }
        }
    }

    fn limits_for(&self, who: usize, now: Instant) -> Limits {
        let inquiry = &self.inquiries[who];
        match inquiry.stage {
            Stage::WaitingOut(_) => self.options.limits,
            _ => inquiry.limits(self.plan.check(&inquiry.check), self.options.limits, now),
        }
    }

    /// A check's time budget runs from the moment the first measurement for it runs. The measurement itself gets as much,
    /// and a grace to hand over what it has; only then is it given up.
    pub(super) fn start_budget(&mut self, who: usize, now: Instant) {
        let inquiry = &self.inquiries[who];
        if inquiry.alarm.is_none()
            && matches!(inquiry.stage, Stage::Measuring)
            && let Some(budget) = inquiry.budget(&self.plan)
        {
            self.set_alarm(who, Some(now + budget + limits::GRACE));
        }
    }
}
