use std::collections::BTreeMap;

use journal::{Event, GatePhase, GateState, Moment, Stand, StepOutcome, StepState};
use runbook::Level;
use runbook::check::spoken;
use runbook::plan::PlannedStep;
use runbook::steps::{Hold, Require, StepSpec};

use super::require::{self, Holds};
use super::verdicts::{self, Pair};
use super::voices::{self, Poll};
use super::{Course, Next, Todo, Waiting, closed, dry, ms, running, window};
use crate::limits::{GATE_AGAIN, UNKNOWN_EVERY};

/// A gate: it measures, holds, asks people, looks again, and opens.
pub(super) fn gate(course: &Course<'_>, step: &PlannedStep, state: &StepState, next: &mut Next) {
    let spec = course.spec(&step.id);
    let Some(tree) = &spec.require else {
        return end(course, step, StepOutcome::Unknown { why: "it requires nothing".to_owned() }, next);
    };
    let gate = Gate { course, step, state, spec, tree, pairs: require::pairs(course, step, tree) };
    match &state.gate {
        None => gate.enter(GatePhase::Measuring, None, next),
        Some(phase) => match phase.phase {
            GatePhase::Measuring => gate.measuring(phase, next),
            GatePhase::Holding => gate.holding(phase, next),
            GatePhase::Polling => gate.polling(phase, next),
            GatePhase::Deciding => gate.deciding(phase, next),
            GatePhase::LookingAgain => gate.looking_again(phase, next),
        },
    }
}

/// Whether its time for measuring and holding runs; people have times of their own.
pub(super) fn is_timed(state: &StepState) -> bool {
    !matches!(&state.gate, Some(GateState { phase: GatePhase::Polling | GatePhase::Deciding, .. }))
}

/// What the looks of live checks take at most, in milliseconds; longer without one is a gap.
const LONGEST_LOOK_MS: u64 = 60_000;

pub(super) fn end(course: &Course<'_>, step: &PlannedStep, outcome: StepOutcome, next: &mut Next) {
    let outcome = if course.is_dry() { dry::passed(outcome) } else { outcome };
    next.write(Event::StepEnded { step: step.id.clone(), outcome, moment: course.now.clone() });
}

struct Gate<'c, 'a> {
    course: &'c Course<'a>,
    step: &'a PlannedStep,
    state: &'c StepState,
    spec: &'a StepSpec,
    tree: &'a Require,
    pairs: Vec<Pair>,
}

impl Gate<'_, '_> {
    fn enter(&self, phase: GatePhase, why: Option<String>, next: &mut Next) {
        let asks = matches!(phase, GatePhase::Polling | GatePhase::Deciding);
        next.write(Event::GateEntered {
            step: self.step.id.clone(),
            phase,
            moment: self.course.now.clone(),
            why,
            stands: if asks { require::stands(self.course, &self.pairs) } else { Default::default() },
        });
    }

    fn end(&self, outcome: StepOutcome, next: &mut Next) {
        end(self.course, self.step, outcome, next);
    }

    fn wait(&self, gate: &GateState, what: String, current: String, next: &mut Next) {
        let left = running::left_ms(self.course, self.step, self.state);
        next.waiting.push(Waiting {
            step: Some(self.step.id.clone()),
            what,
            current,
            threshold: "all it requires".to_owned(),
            since: gate.since.wall,
            until: (left < u64::MAX).then(|| self.course.now.plus(left).wall),
            who: self.step.owner.clone(),
        });
    }

    /// Asks for what is not measured well enough yet: what lasts no longer ago than the gate allows, everything else since
    /// `since`. True when there is nothing left to measure.
    fn is_measured(&self, since: &Moment, next: &mut Next) -> bool {
        let mut all = closed::is_looked_at(self.course, self.step, since, next);
        for pair in &self.pairs {
            let fresh = if verdicts::lasts(self.course, pair) {
                self.is_recent(pair)
            } else {
                verdicts::is_fresh(self.course, pair, since)
            };
            if !fresh {
                all = false;
                verdicts::measure(pair, next);
            }
        }
        all
    }

    /// Evidence that takes long is taken anew only when it is older than the gate allows, or than the records' rest.
    fn is_recent(&self, pair: &Pair) -> bool {
        let Some(judged) =
            self.course.state.judged(&pair.unit, &pair.check).filter(|judged| !judged.provisional)
        else {
            return false;
        };
        let at = judged.judgement.measured_at.unwrap_or(judged.at);
        let age = self.course.now.wall.as_millisecond() - at.as_millisecond();
        let since = verdicts::at_rest_since(self.course, pair);
        // What was measured in the future, by a clock that was put back since, is of no known age.
        age >= 0
            && self.spec.fresh.is_none_or(|fresh| age <= fresh.0)
            && since.is_none_or(|since| verdicts::is_since(self.course, at, since))
    }

    fn measuring(&self, gate: &GateState, next: &mut Next) {
        if !self.is_measured_in(gate, next) {
            let closed = next.start.iter().any(|todo| matches!(todo, Todo::Closed { .. }));
            let open = next.start.len() - usize::from(closed);
            let closed = if closed { format!(", and {}", closed::LOOK) } else { String::new() };
            let all = self.pairs.len();
            let again = gate.why.as_ref().filter(|_| gate.misses > 0);
            let again = again.map_or(String::new(), |why| format!(", once more: {why}"));
            return self.wait(
                gate,
                "its checks".to_owned(),
                format!("{} of {all} measured{closed}{again}", all.saturating_sub(open)),
                next,
            );
        }
        match self.verdict() {
            Ok(()) => self.go_on_after(GatePhase::Measuring, next),
            Err(StepOutcome::Unknown { why }) if self.may_pass(gate) => self.missed(why, next),
            Err(outcome) => self.refuse(gate, outcome, next),
        }
    }

    /// Whether all is measured that this phase needs: since it began, or a little after its last look where that left
    /// something unknown.
    fn is_measured_in(&self, gate: &GateState, next: &mut Next) -> bool {
        let pause = u64::try_from(UNKNOWN_EVERY.as_millis()).unwrap_or(u64::MAX);
        let elapsed = self.course.now.since(&gate.looked);
        match gate.misses {
            0 => self.is_measured(&gate.since, next),
            _ if elapsed < pause => {
                next.wake_in(pause - elapsed);
                false
            }
            _ => self.is_measured(&gate.looked.plus(pause), next),
        }
    }

    /// Whether something that is cheap to measure is unknown and may be known at the next look: one fetch that was not
    /// answered is no reason to call people together again. After so many looks it is no accident.
    fn may_pass(&self, gate: &GateState) -> bool {
        let unknown = |pair: &Pair| verdicts::level(self.course, pair).0 == Level::Unknown;
        let mut anew = self.pairs.iter().filter(|pair| !verdicts::lasts(self.course, pair));
        gate.misses < GATE_AGAIN && anew.any(unknown)
    }

    /// A look that left something unknown.
    fn missed(&self, why: String, next: &mut Next) {
        next.write(Event::GateLooked {
            step: self.step.id.clone(),
            good: false,
            why: Some(why),
            moment: self.course.now.clone(),
        });
    }

    /// Whether it may open as far as checks and window go.
    fn verdict(&self) -> Result<(), StepOutcome> {
        self.checks()?;
        self.beyond_checks()
    }

    fn checks(&self) -> Result<(), StepOutcome> {
        match require::holds(self.course, self.step, self.tree) {
            Holds::Yes => Ok(()),
            Holds::No(why) => Err(StepOutcome::Failed { why }),
            Holds::Unknown(why) => Err(StepOutcome::Unknown { why }),
        }
    }

    /// What nobody can speak against: records that the target never gets, and time that is not there.
    fn beyond_checks(&self) -> Result<(), StepOutcome> {
        let why =
            closed::forbids(self.course, self.step).or_else(|| window::does_not_fit(self.course, self.step));
        why.map_or(Ok(()), |why| Err(StepOutcome::Failed { why }))
    }

    /// It may not open: in a walk through that is said and passed. Where checks stand against it, two roles may open it all
    /// the same, with a reason, once it has refused.
    fn refuse(&self, gate: &GateState, outcome: StepOutcome, next: &mut Next) {
        let why = outcome.why().unwrap_or_default().to_owned();
        if self.course.is_dry() {
            let about = format!("gate {} would not open", self.step.id);
            let warnings = &self.course.execution().warnings;
            return match warnings.iter().any(|(_, known, message)| *known == about && *message == why) {
                false => next.write(Event::Warned { about, message: why }),
                true => self.end(StepOutcome::Done, next),
            };
        }
        if self.checks().is_ok() {
            return self.end(outcome, next);
        }
        let stands = require::stands(self.course, &self.pairs);
        match (self.overridden(&stands), self.beyond_checks()) {
            (Some(_), Err(other)) => self.end(other, next),
            (Some(_), Ok(())) if gate.overridden && gate.phase == GatePhase::Measuring => {
                // What stands against it is not waited for to be good.
                self.go_on_after(GatePhase::Holding, next);
            }
            (Some(_), Ok(())) if gate.overridden => self.end(StepOutcome::Done, next),
            (Some(by), Ok(())) => {
                let against = require::against(self.course, self.step, self.tree);
                next.write(Event::GateOverridden { step: self.step.id.clone(), by, why, against });
            }
            (None, _) if self.state.refused.is_some() => self.end(outcome, next),
            (None, _) => next.write(Event::GateRefused { step: self.step.id.clone(), stands }),
        }
    }

    /// Two people of two roles who open it, with their names: for what it refused, and nothing worse.
    fn overridden(&self, stands: &BTreeMap<String, Stand>) -> Option<String> {
        let counts = |given_for: &BTreeMap<String, Stand>| Stand::worsened(given_for, stands).is_none();
        let overrides: Vec<_> = self
            .course
            .execution()
            .overrides
            .iter()
            .filter(|one| one.gate == self.step.id)
            .filter(|one| one.given_for.as_ref().is_some_and(counts))
            .filter(|one| voices::holds_role(self.course, &one.role, &one.person))
            .collect();
        let first = overrides.first()?;
        let second =
            overrides.iter().find(|other| other.role != first.role && other.person != first.person)?;
        Some(format!("{} as {} and {} as {}", first.person, first.role, second.person, second.role))
    }

    /// The phase that follows one that went well.
    fn go_on_after(&self, phase: GatePhase, next: &mut Next) {
        let dry = self.course.is_dry();
        let holds = self.spec.hold.is_some() && phase < GatePhase::Holding && !dry;
        let asks = !self.course.asks_nobody();
        let polls = self.spec.poll.is_some() && phase < GatePhase::Polling && asks;
        let decides = self.spec.decide.is_some() && phase < GatePhase::Deciding && asks;
        // A hold looks at live checks alone.
        let held = phase == GatePhase::Holding
            && (self.step.commit_point
                || self.pairs.iter().any(|pair| !verdicts::is_live(self.course, pair)));
        if holds {
            self.enter(GatePhase::Holding, None, next);
        } else if polls {
            self.enter(GatePhase::Polling, None, next);
        } else if decides {
            self.enter(GatePhase::Deciding, None, next);
        } else if held || matches!(phase, GatePhase::Polling | GatePhase::Deciding) {
            self.enter(GatePhase::LookingAgain, None, next);
        } else {
            self.end(StepOutcome::Done, next);
        }
    }

    fn holding(&self, gate: &GateState, next: &mut Next) {
        let Some(Hold { for_, every, tolerate }) = self.spec.hold else {
            return self.go_on_after(GatePhase::Holding, next);
        };
        let every = every.as_probe().max(1);
        if gate.misses > tolerate {
            let why = gate.why.clone().unwrap_or_else(|| "too many misses".to_owned());
            return self.enter(GatePhase::Holding, Some(why), next);
        }
        let (held, last_is_good) = (self.course.now.since(&gate.since), gate.good > 0 && gate.why.is_none());
        if held >= for_.as_probe() && last_is_good {
            return self.go_on_after(GatePhase::Holding, next);
        }
        // The next look begins so long after the one before came to its end: a look takes its own time.
        let due = gate.looked.plus(every);
        let since_look = self.course.now.since(&gate.looked);
        let counted = format!("{} good, {} missed, held for {}", gate.good, gate.misses, ms(held));
        if since_look < every {
            next.wake_in(every - since_look);
        } else if since_look > every.saturating_mul(2).saturating_add(LONGEST_LOOK_MS) {
            // Nobody looked for a while: nobody knows what was then.
            return self.enter(GatePhase::Holding, Some("a gap in measuring".to_owned()), next);
        } else {
            let live: Vec<Pair> =
                self.pairs.iter().filter(|pair| verdicts::is_live(self.course, pair)).cloned().collect();
            if verdicts::all_fresh(self.course, &live, &due, next) {
                let why = match require::holds(self.course, self.step, self.tree) {
                    Holds::Yes => None,
                    Holds::No(why) | Holds::Unknown(why) => Some(why),
                };
                return next.write(Event::GateLooked {
                    step: self.step.id.clone(),
                    good: why.is_none(),
                    why,
                    moment: self.course.now.clone(),
                });
            }
        }
        let missed = gate.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        self.wait(
            gate,
            format!("its checks to stay good for {}", spoken(for_.0)),
            format!("{counted}{missed}"),
            next,
        );
    }

    fn polling(&self, gate: &GateState, next: &mut Next) {
        let Some(poll) = &self.spec.poll else { return self.go_on_after(GatePhase::Polling, next) };
        let votes = voices::votes(self.course, &self.step.id, gate.since.wall);
        let open = match voices::poll(&votes, &poll.roles, poll.need) {
            Poll::Go => return self.go_on_after(GatePhase::Polling, next),
            Poll::NoGo(why) => return self.end(StepOutcome::Failed { why }, next),
            Poll::Open(open) => open,
        };
        let within = poll.answer_within.as_probe();
        let elapsed = self.course.now.since(&gate.since);
        if elapsed >= within {
            let why = format!(
                "no answer of {} within {}: silence is no-go",
                open.join(", "),
                spoken(poll.answer_within.0)
            );
            return self.end(StepOutcome::Failed { why }, next);
        }
        next.wake_in(within - elapsed);
        next.waiting.push(Waiting {
            step: Some(self.step.id.clone()),
            what: "go of people".to_owned(),
            current: format!("{} of {} said go", poll.roles.len() - open.len(), poll.roles.len()),
            threshold: poll.need.map_or("all".to_owned(), |need| need.to_string()),
            since: gate.since.wall,
            until: Some(gate.since.plus(within).wall),
            who: Some(voices::who(self.course, &open)),
        });
    }

    fn deciding(&self, gate: &GateState, next: &mut Next) {
        let Some(decide) = &self.spec.decide else { return self.go_on_after(GatePhase::Deciding, next) };
        let roles = [decide.role.clone()];
        let votes = voices::votes(self.course, &self.step.id, gate.since.wall);
        match voices::poll(&votes, &roles, None) {
            Poll::Go => return self.go_on_after(GatePhase::Deciding, next),
            Poll::NoGo(why) => return self.end(StepOutcome::Failed { why }, next),
            Poll::Open(_) => {}
        }
        let within = decide.answer_within.as_probe();
        let elapsed = self.course.now.since(&gate.since);
        if elapsed >= within {
            let why = format!("no decision of {} within {}", decide.role, spoken(decide.answer_within.0));
            return self.end(StepOutcome::TimedOut { why }, next);
        }
        next.wake_in(within - elapsed);
        next.waiting.push(Waiting {
            step: Some(self.step.id.clone()),
            what: "a decision".to_owned(),
            current: "no answer".to_owned(),
            threshold: format!("go; silence is: {}", decide.silence_is),
            since: gate.since.wall,
            until: Some(gate.since.plus(within).wall),
            who: Some(voices::who(self.course, &roles)),
        });
    }

    /// People said go to what they saw: it must be so still.
    fn looking_again(&self, gate: &GateState, next: &mut Next) {
        if !self.is_measured_in(gate, next) {
            return self.wait(gate, "a last look".to_owned(), "measuring".to_owned(), next);
        }
        // Where nobody was asked, no word was given that could be void.
        let asked = Some(self.state.asked_about()).filter(|asked| !asked.is_empty());
        let stands = require::stands(self.course, &self.pairs);
        let worse = asked.and_then(|asked| Stand::worsened(asked, &stands));
        let verdict = self.verdict();
        let unknown = match (&verdict, &worse) {
            (Err(StepOutcome::Unknown { why }), _) | (Ok(()), Some(why)) => Some(why),
            _ => None,
        };
        if let Some(why) = unknown
            && self.may_pass(gate)
        {
            return self.missed(why.clone(), next);
        }
        if let Some(why) = worse {
            return self.enter(GatePhase::Measuring, Some(format!("votes are void: {why}")), next);
        }
        match verdict {
            Ok(()) => self.end(StepOutcome::Done, next),
            Err(outcome) => self.refuse(gate, outcome, next),
        }
    }
}
