use std::cell::OnceCell;
use std::collections::BTreeMap;

pub use journal::Effects;
use journal::{Execution, Moment, RunState, StepState};
use runbook::plan::{Answers, Plan, PlannedStep};
use runbook::steps::StepSpec;
use runbook::verdict::scorecard::{self, Scorecard};

/// Everything a decision rests on.
#[derive(Debug)]
pub struct Course<'a> {
    pub plan: &'a Plan,
    /// What each step says, by id.
    pub specs: &'a BTreeMap<String, StepSpec>,
    pub state: &'a RunState,
    pub now: Moment,
    pub effects: Effects,
    /// A rehearsal leaves out what is for production alone, and the other way round.
    pub in_rehearsal: bool,
    card: OnceCell<Scorecard>,
}

impl<'a> Course<'a> {
    pub fn new(
        state: &'a RunState,
        specs: &'a BTreeMap<String, StepSpec>,
        now: Moment,
        effects: Effects,
    ) -> Course<'a> {
        let in_rehearsal = state.header().command == "rehearse";
        Course { plan: &state.header().plan, specs, state, now, effects, in_rehearsal, card: OnceCell::new() }
    }

    pub fn execution(&self) -> &'a Execution {
        self.state.execution()
    }

    pub fn step(&self, id: &str) -> Option<&'a StepState> {
        self.execution().step(id)
    }

    pub fn spec(&self, id: &str) -> &'a StepSpec {
        static NOTHING: std::sync::OnceLock<StepSpec> = std::sync::OnceLock::new();
        self.specs.get(id).unwrap_or_else(|| NOTHING.get_or_init(StepSpec::default))
    }

    /// Milliseconds of a step's time since `moment`: what passed while nobody conducted the run is not counted.
    pub fn spent_ms(&self, moment: &Moment) -> u64 {
        let since = self.now.since(moment);
        self.execution().gone_on.as_ref().map_or(since, |gone_on| since.min(self.now.since(gone_on)))
    }

    pub fn is_dry(&self) -> bool {
        self.effects == Effects::Dry
    }

    /// Nobody is asked: a walk through, or a rehearsal that answers itself.
    pub fn asks_nobody(&self) -> bool {
        self.is_dry() || self.plan.leg().is_some_and(|leg| leg.answers == Answers::Rehearsal)
    }

    /// The commit point is passed: from there on nothing is simply undone.
    pub fn past_commit_point(&self) -> bool {
        self.plan.commit_point.as_ref().is_some_and(|gate| self.execution().is_passed(gate))
    }

    /// The units a step is about: its own, or all.
    pub fn units_of(&self, step: &'a PlannedStep) -> Vec<&'a str> {
        match &step.unit {
            Some(unit) => vec![unit.as_str()],
            None => self.plan.units.iter().map(|unit| unit.name.as_str()).collect(),
        }
    }

    /// The scorecard as it stands now.
    pub fn card(&self) -> &Scorecard {
        self.card.get_or_init(|| {
            let header = self.state.header();
            let judgements = self.state.verdicts();
            let acceptances = self.state.acceptances();
            scorecard::build(&scorecard::Input {
                plan: self.plan,
                run: header.run.as_str(),
                runbook: self.plan.files.first().map_or("runbook.yaml", |file| file.path.as_str()),
                again: scorecard::Again::default(),
                judgements: &judgements,
                acceptances: &acceptances,
                progress: &self.state.progress(),
                now: self.now.wall,
                partial: false,
                // Nobody reads next steps here.
                signable: false,
            })
        })
    }
}
