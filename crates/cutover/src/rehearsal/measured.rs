//! What one run of a rehearsal showed: from its journal, which in the end holds what was seen of it from outside, and from
//! nothing that anybody says.

use std::collections::{BTreeMap, BTreeSet};

use journal::{Ending, Event, GatePhase, Going, Phase, StepOutcome, Watched, Writes};
use runbook::plan::{Answers, BackPlan, Plan};
use runbook::rehearsal::{AnswerRehearsed, ElementRehearsed, PointRehearsed, RECONCILIATION, StepRehearsed};
use runbook::{Level, Proof, Side};

use super::is_past;
use super::made::Place;
use super::told::{Told, ms};

pub(super) struct Measured {
    pub point: PointRehearsed,
    /// By name; what was covered, and by what.
    pub elements: BTreeMap<String, ElementRehearsed>,
    /// Steps that changed something, each way.
    pub changed: Vec<Place>,
    /// Steps that may change something, and had nothing to change.
    pub unchanged: Vec<Place>,
    /// How often a process took the run over, in the end.
    pub resumed: u64,
    pub watched: Watched,
}

impl Measured {
    /// What the journal tells, and what was seen from outside the run; `None`: it is no run of a rehearsal.
    pub fn of(told: &Told, watched: &Watched) -> Option<Measured> {
        let plan = &told.state().header().plan;
        let leg = plan.leg()?;
        let point = leg.point.as_str();
        let seen = Seen { plan, told, writes: &watched.writes };
        let execution = told.state().execution();
        let by_itself = leg.reason();
        let back_by_itself = matches!(&execution.going, Going::Back { why, .. } if *why == by_itself);
        let reached = back_by_itself && seen.is_reached(point);
        let left = seen.left_undone();
        let rolled_back = reached && execution.ending == Some(Ending::RolledBack) && left.is_none();
        let outcome = match (&execution.going, told.state().phase(), execution.ending) {
            (Going::Back { why, .. }, Phase::Ended { .. }, Some(ending)) => {
                let left = left.map_or_else(String::new, |left| format!("; but {left}"));
                let not = if back_by_itself && !reached { "; its point was passed over" } else { "" };
                format!("{}: {}{not}{left}", ending.word(), seen.cause(why))
            }
            (_, Phase::Ended { .. }, ending) => ending.map_or("over", |ending| ending.word()).to_owned(),
            (Going::Held { why, .. }, _, _) => format!("held: {why}"),
            (_, Phase::Interrupted { by }, _) => format!("interrupted by {by}"),
            (Going::Back { why, .. }, _, _) => format!("left on its way back: {}", seen.cause(why)),
            (Going::Forward, _, _) => "left by its process".to_owned(),
        };
        let turned = told.first(|event| matches!(event, Event::UnwindStarted { .. }));
        let ended = told.last(|event| matches!(event, Event::RunEnded { .. }));
        let (stall_ms, stall_back_ms) = seen.stalls();
        let point = PointRehearsed {
            point: point.to_owned(),
            past_commit_point: is_past(plan, point),
            run: Some(told.state().header().run.to_string()),
            head: Some(told.head().to_owned()),
            reached,
            rolled_back,
            outcome,
            steps: seen.steps(),
            stall_ms,
            stall_back_ms,
            replayed: seen.replayed(),
            born_on_target: (!execution.ledgers.is_empty())
                .then(|| execution.ledgers.values().map(|ledger| ledger.records()).sum()),
            rollback_ms: turned.zip(ended).map(|(from, to)| ms(from, to)),
            answers: seen.answers(),
            dirty: execution.dirty.clone(),
        };
        let all = |of: &dyn Fn(&Event) -> Option<Place>| -> BTreeSet<Place> {
            told.records.iter().filter_map(|(_, event)| of(event)).collect()
        };
        let changed = all(&|event| Place::of(plan, &point.point, event));
        let mut unchanged = all(&|event| Place::of_ended(plan, &point.point, event));
        unchanged.retain(|place| !changed.contains(place));
        Some(Measured {
            elements: seen.elements(&point),
            changed: changed.into_iter().collect(),
            unchanged: unchanged.into_iter().collect(),
            resumed: told.resumed(),
            watched: watched.clone(),
            point,
        })
    }

    /// Everything was taken back, or nothing was done.
    pub fn is_as_found(&self) -> bool {
        self.point.outcome.starts_with(Ending::RolledBack.word())
            || self.point.outcome.starts_with(Ending::StoodDown.word())
    }
}

struct Seen<'a> {
    plan: &'a Plan,
    told: &'a Told,
    writes: &'a Writes,
}

fn steps_of<'p>(plan: &'p Plan, kind: &str, on: Side) -> Vec<&'p str> {
    let steps = plan.steps.iter().filter(|step| step.kind == kind && step.on == Some(on));
    steps.map(|step| step.id.as_str()).collect()
}

/// When the first application was told to stop on the source; `None`: none was.
pub(super) fn first_stop(plan: &Plan, told: &Told) -> Option<jiff::Timestamp> {
    let stops = steps_of(plan, "stop-app", Side::Source);
    told.first(|event| matches!(event, Event::StepStarted { step, .. } if stops.contains(&step.as_str())))
}

impl Seen<'_> {
    fn steps_of(&self, kind: &str, on: Side) -> Vec<&str> {
        steps_of(self.plan, kind, on)
    }

    fn last_done(&self, of: &[&str]) -> Option<jiff::Timestamp> {
        self.told.last(|event| {
            matches!(event, Event::StepEnded { step, outcome: StepOutcome::Done, .. } if of.contains(&step.as_str()))
        })
    }

    fn last_undone(&self, of: &[&str]) -> Option<jiff::Timestamp> {
        self.told.last(|event| {
            matches!(event, Event::StepUndone { step, stuck: None, .. } if of.contains(&step.as_str()))
        })
    }

    /// The point was done, or is the gate that was about to open: one that is left out or given up on is no point.
    fn is_reached(&self, point: &str) -> bool {
        self.last_done(&[point]).is_some() || self.plan.commit_point.as_deref() == Some(point)
    }

    /// Why it went back. Where somebody had to ask for it that is what it was held for, and not who asked.
    fn cause(&self, why: &str) -> String {
        let mut held = None;
        for (_, event) in &self.told.records {
            match event {
                Event::Held { why, .. } => held = Some(why),
                Event::Released { .. } => held = None,
                Event::UnwindStarted { .. } => break,
                _ => {}
            }
        }
        held.map_or_else(|| why.to_owned(), |held| format!("held ({held}), and {why}"))
    }

    /// What the way back went on without: such a return is none to rely on.
    fn left_undone(&self) -> Option<String> {
        self.told.records.iter().find_map(|(_, event)| match event {
            Event::StepEnded { step, outcome: StepOutcome::Continued { why }, .. }
                if self.way(step) == "back" =>
            {
                Some(format!("{step} was given up: {why}"))
            }
            Event::StepUndone { step, note: Some(note), .. }
                if note.contains(engine::execute::TARGET_SILENT) =>
            {
                Some(format!("{step}: {note}"))
            }
            _ => None,
        })
    }

    fn steps(&self) -> Vec<StepRehearsed> {
        let mut begun: BTreeMap<(String, &str), jiff::Timestamp> = BTreeMap::new();
        let mut steps: Vec<StepRehearsed> = Vec::new();
        for (at, event) in &self.told.records {
            let (step, way, ends) = match event {
                Event::StepStarted { step, .. } => (step, self.way(step), false),
                Event::StepEnded { step, .. } => (step, self.way(step), true),
                Event::UndoStarted { step, .. } => (step, "undo", false),
                Event::StepUndone { step, .. } => (step, "undo", true),
                _ => continue,
            };
            let since = *begun.entry((step.clone(), way)).or_insert(*at);
            if !ends {
                continue;
            }
            let took_ms = ms(since, *at);
            match steps.iter_mut().find(|known| known.step == *step && known.way == way) {
                Some(known) => known.took_ms = took_ms,
                None => steps.push(StepRehearsed { step: step.clone(), way: way.to_owned(), took_ms }),
            }
        }
        steps
    }

    fn way(&self, step: &str) -> &'static str {
        if self.plan.steps.iter().any(|known| known.id == step) { "forward" } else { "back" }
    }

    /// How long the applications stood still on the way there, and on the way back.
    fn stalls(&self) -> (Option<u64>, Option<u64>) {
        let (stops, starts) =
            (self.steps_of("stop-app", Side::Source), self.steps_of("start-app", Side::Target));
        let Some(stopped) = first_stop(self.plan, self.told) else { return (None, None) };
        let on_source = self.last_undone(&stops);
        if !self.told.state().execution().crossed {
            return (on_source.map(|at| ms(stopped, at)), None);
        }
        let turned = self.told.first(|event| matches!(event, Event::UnwindStarted { .. }));
        (
            self.last_done(&starts).map(|at| ms(stopped, at)),
            turned.zip(on_source).map(|(from, to)| ms(from, to)),
        )
    }

    fn replayed(&self) -> Option<u64> {
        let mut all = None;
        for check in self.plan.checks.iter().filter(|check| check.kind == "offset-boundary") {
            for unit in &self.plan.units {
                let Some(judged) = self.told.state().judged(&unit.name, &check.id) else { continue };
                if judged.provisional || judged.judgement.level == Level::Unknown {
                    return None;
                }
                let told =
                    judged.judgement.items.iter().filter_map(|item| item.item.facts.integer("replayed"));
                let sum: i64 = told.sum();
                *all.get_or_insert(0) += u64::try_from(sum).unwrap_or(0);
            }
        }
        all
    }

    /// How long people took, where people were asked.
    fn answers(&self) -> Vec<AnswerRehearsed> {
        if self.plan.leg().is_some_and(|leg| leg.answers == Answers::Rehearsal) {
            return Vec::new();
        }
        let by_people = |step: &str| {
            self.plan.step(step).is_some_and(|step| matches!(step.kind.as_str(), "manual" | "sign-off"))
        };
        let mut asked: BTreeMap<&str, jiff::Timestamp> = BTreeMap::new();
        let mut answers = Vec::new();
        for (at, event) in &self.told.records {
            let step = match event {
                Event::GateEntered { step, .. }
                | Event::StepEnded { step, .. }
                | Event::StepStarted { step, .. } => step,
                Event::UnwindStarted { .. } => {
                    // At the commit point the answer is what lets it go back.
                    let open = std::mem::take(&mut asked);
                    answers.extend(open.into_iter().map(|(step, since)| answer(step, since, *at)));
                    continue;
                }
                _ => continue,
            };
            if let Some(since) = asked.remove(step.as_str()) {
                answers.push(answer(step, since, *at));
            }
            let asks = match event {
                Event::GateEntered { phase: GatePhase::Polling | GatePhase::Deciding, .. } => true,
                Event::StepStarted { .. } => by_people(step),
                _ => false,
            };
            if asks {
                asked.insert(step, *at);
            }
        }
        answers
    }

    /// The six elements, as this run showed them.
    fn elements(&self, point: &PointRehearsed) -> BTreeMap<String, ElementRehearsed> {
        let observation: Vec<&str> = self
            .told
            .state()
            .back_plan()
            .into_iter()
            .flat_map(|back: &BackPlan| &back.observation)
            .map(|step| step.id.as_str())
            .collect();
        let all = [
            ("steady-writes", self.steady_writes()),
            ("catch-up", self.judged_good(&|check| check.kind == "drained", None, "drained")),
            (
                "target-start",
                self.judged_good(
                    &|check| check.kind == "group-progress",
                    self.last_done(&self.steps_of("start-app", Side::Target)),
                    "group-progress",
                ),
            ),
            (
                RECONCILIATION,
                self.judged_good(
                    &|check| check.proof == Proof::Application,
                    self.last_done(&self.steps_of("start-app", Side::Target)),
                    "a check with proof `application`",
                ),
            ),
            ("source-rollback", self.source_rollback(point)),
            (
                "observation",
                match observation.iter().find(|step| self.last_done(&[**step]).is_none()) {
                    _ if observation.is_empty() => open("the rollback plan observes nothing"),
                    Some(step) => open(format!("{step} was not done")),
                    None => covered(format!("{} was done", observation.join(", "))),
                },
            ),
        ];
        all.into_iter().map(|(name, element)| (name.to_owned(), element)).collect()
    }

    /// The source's logs grew from the beginning until the producers were stopped.
    fn steady_writes(&self) -> ElementRehearsed {
        let Some(written) = self.writes.until_stop else {
            return open("no producer was stopped, so nobody knows until when it wrote");
        };
        let why = format!(
            "the source's logs grew by {} records in {} looks, {} of them without growth",
            written.records, written.looks, written.still
        );
        // A pause of the application is no end of its writing; half of them are.
        let steady = written.records > 0 && written.still * 2 < written.looks;
        if steady { covered(why) } else { open(why) }
    }

    /// For each unit a check of that kind was judged green or yellow, on the way there, by a measurement that began after that
    /// moment.
    fn judged_good(
        &self,
        of: &dyn Fn(&runbook::plan::PlannedCheck) -> bool,
        after: Option<jiff::Timestamp>,
        what: &str,
    ) -> ElementRehearsed {
        let needs_start = what != "drained";
        if needs_start && after.is_none() {
            return open("nothing was started on the target");
        }
        let ids: Vec<&str> =
            self.plan.checks.iter().filter(|check| of(check)).map(|check| check.id.as_str()).collect();
        if ids.is_empty() {
            return open(format!("the runbook has no check: {what}"));
        }
        let turned = self.told.first(|event| matches!(event, Event::UnwindStarted { .. }));
        let there = self.told.records.iter().take_while(|(at, _)| turned.is_none_or(|turned| *at < turned));
        let mut good: BTreeMap<&str, String> = BTreeMap::new();
        let mut bad: BTreeMap<&str, String> = BTreeMap::new();
        for (_, event) in there {
            let Event::Judged { unit, check, judgement, provisional: false } = event else { continue };
            let in_time = after.is_none_or(|after| judgement.measured_at.is_some_and(|at| at >= after));
            if !ids.contains(&check.as_str()) || !in_time {
                continue;
            }
            let told = format!("{check} was judged {} for {unit}", judgement.level);
            if judgement.level <= Level::Yellow {
                good.insert(unit, told);
            } else {
                bad.insert(unit, told);
            }
        }
        let missing = self.plan.units.iter().find(|unit| !good.contains_key(unit.name.as_str()));
        match missing {
            None => covered(good.into_values().collect::<Vec<_>>().join(", ")),
            Some(unit) => open(bad.remove(unit.name.as_str()).unwrap_or_else(|| {
                format!("{} was not judged for {} on the way there", ids.join(", "), unit.name)
            })),
        }
    }

    /// Everything was taken back, and the applications write on the source again.
    fn source_rollback(&self, point: &PointRehearsed) -> ElementRehearsed {
        if !point.rolled_back {
            return open(point.outcome.clone());
        }
        match (self.writes.after.records > 0, self.writes.in_all > 0) {
            (true, _) => covered(format!("back from {}, and the source's logs grow again", point.point)),
            (false, true) => open("everything was taken back, and nothing is written on the source"),
            (false, false) => open("everything was taken back; nothing was written before and after"),
        }
    }
}

fn covered(why: impl Into<String>) -> ElementRehearsed {
    ElementRehearsed { covered: true, why: why.into() }
}

fn open(why: impl Into<String>) -> ElementRehearsed {
    ElementRehearsed { covered: false, why: why.into() }
}

fn answer(step: &str, since: jiff::Timestamp, at: jiff::Timestamp) -> AnswerRehearsed {
    AnswerRehearsed { step: step.to_owned(), took_ms: ms(since, at) }
}
