use journal::Event;
use runbook::Probe;
use runbook::verdict::scorecard;
use runbook::world::Reason;

use super::Inquirer;
use crate::measure::answer::{Outcome, of_judgement, of_plan, unobserved};
use crate::measure::waits::Broken;
use crate::{RunError, World};

/// Answers the engine gives by itself: verdicts of this run, and its plan.
impl<W: World> Inquirer<'_, W> {
    /// Answers a question about a verdict, or lets the asker wait for it.
    pub(super) fn demand_verdict(
        &mut self,
        who: usize,
        probe: &Probe,
        unit: &str,
        check: &str,
    ) -> Result<(), RunError> {
        if self.opens_checks {
            self.open_for(who, unit, check);
        }
        let Some(on) = self.places.get(&(unit.to_owned(), check.to_owned())).copied() else {
            let (reason, message) = if self.run.state().header().pairs().any(|pair| pair == (unit, check)) {
                (Reason::Refused, format!("check {check} was not asked for in this run; add --check {check}"))
            } else {
                (Reason::Failed, format!("the plan has no check {check} in unit {unit}"))
            };
            return self.tell(who, probe, Err(unobserved(probe, self.clock.now(), reason, message)));
        };
        if self.inquiries[on].is_done() {
            return self.tell_verdict(who, on, probe);
        }
        let broken = self.waits.add(who, on, probe.clone());
        let names: Vec<String> = broken.iter().map(|edge| self.inquiries[edge.who].check.clone()).collect();
        for Broken { who, probe, .. } in broken {
            let circle = names.iter().chain(names.first()).cloned().collect::<Vec<_>>().join(" → ");
            let message = format!("the checks wait for each other: {circle}");
            self.tell(who, &probe, Err(unobserved(&probe, self.clock.now(), Reason::Failed, message)))?;
        }
        Ok(())
    }

    /// The plan: observed once where every check is looked at once. A run of steps looks again and again, and a gate
    /// waits for evidence younger than itself, so there it is observed as often as it is asked for.
    pub(super) fn tell_plan(&mut self, who: usize) -> Result<(), RunError> {
        let now = self.clock.now();
        if self.opens_checks {
            self.plan_seen = None;
        }
        let plan = self.plan_seen.get_or_insert_with(|| of_plan(&self.plan, now)).clone();
        self.tell(who, &Probe::Plan, Ok(plan))
    }

    /// A check has its verdict: whoever waited for it is told.
    pub(super) fn tell_dependents(&mut self, on: usize) -> Result<(), RunError> {
        for (who, probe) in self.waits.take_all(on) {
            self.tell_verdict(who, on, &probe)?;
        }
        Ok(())
    }

    fn tell_verdict(&mut self, who: usize, on: usize, probe: &Probe) -> Result<(), RunError> {
        let (unit, check) = (&self.inquiries[on].unit, &self.inquiries[on].check);
        let outcome = match self.run.state().judged(unit, check) {
            Some(judged) if !judged.provisional => {
                let progress = self.run.state().progress();
                let planned = self.plan.check(check);
                let ahead =
                    planned.is_some_and(|planned| scorecard::is_ahead(&self.plan, unit, planned, &progress));
                Ok(of_judgement(probe, check, &judged.judgement, ahead, judged.at))
            }
            _ => {
                let message = format!("check {check} has no verdict: the run was interrupted");
                Err(unobserved(probe, self.clock.now(), Reason::Stopped, message))
            }
        };
        self.tell(who, probe, outcome)
    }

    /// Writes an answer the engine gives by itself, and hands it over. The same answer to a second asker is not
    /// written again.
    fn tell(&mut self, who: usize, probe: &Probe, outcome: Outcome) -> Result<(), RunError> {
        let known = outcome.as_ref().is_ok_and(|o| self.run.state().seen(&o.digest()).is_some());
        if !known {
            let round = self.next_round(probe);
            self.append(Event::ProbeStarted { probe: probe.clone(), round })?;
            self.append_outcome(round, &outcome)?;
        }
        self.deliver(who, probe, outcome);
        Ok(())
    }
}
