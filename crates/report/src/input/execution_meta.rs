use jiff::Timestamp;
use journal::{CallState, CommandState, Ending, Going, Phase, RunState, StepPhase, StepState};
use runbook::plan::PlannedStep;
use runbook::world::Receipt;
use serde::Serialize;

/// What a run of steps did, and how far it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExecutionMeta {
    /// `completed`, `stood down`, `rolled back`, `stuck`, `held`, `going back`, `interrupted`, `under way`.
    pub ending: String,
    pub why: Option<String>,
    /// Gates that were opened against their checks, by whom and why; the first thing a reader is told.
    pub overrides: Vec<String>,
    pub steps: Vec<StepMeta>,
    pub budgets: Vec<BudgetMeta>,
    pub votes: Vec<String>,
    pub warnings: Vec<String>,
    /// When it began to go back; `None`: it did not.
    pub back_began: Option<Timestamp>,
    /// From there until everything was back; `None`: it is not.
    pub back_ms: Option<u64>,
    /// It went back after the commit point was passed.
    pub crossed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepMeta {
    pub step: String,
    /// `do:`
    pub kind: String,
    pub title: Option<String>,
    pub commit_point: bool,
    /// `done`, `skipped`, `failed`, `undone`, `stuck`, `under way`, `not begun`, …
    pub state: String,
    pub why: Option<String>,
    pub began: Option<Timestamp>,
    pub took_ms: Option<u64>,
    pub planned_ms: Option<u64>,
    /// It waits for people: what it takes says nothing about the machine.
    pub people: bool,
    pub effects: Vec<EffectMeta>,
}

/// One command, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectMeta {
    pub what: String,
    pub outcome: String,
    /// What became of its way back; `None`: it was not taken.
    pub back: Option<String>,
}

/// The time a span of steps took, and the time it was allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetMeta {
    pub name: String,
    pub from: String,
    pub to: String,
    pub used_ms: u64,
    pub max_ms: u64,
}

impl ExecutionMeta {
    /// `None`: the run carries out no steps.
    pub(super) fn of(state: &RunState) -> Option<ExecutionMeta> {
        if !state.header().executes() {
            return None;
        }
        let (plan, execution) = (&state.header().plan, state.execution());
        let (ending, why) = match (&execution.going, state.phase()) {
            (_, Phase::Ended { .. }) => (execution.ending.map_or("over", |ending| ending.word()), None),
            (Going::Back { why, .. }, _) => ("going back", Some(why.clone())),
            (Going::Held { why, .. }, _) => ("held", Some(why.clone())),
            (Going::Forward, Phase::Interrupted { by }) => ("interrupted", Some(by.clone())),
            (Going::Forward, Phase::Running) => ("under way", None),
        };
        let why = match &execution.going {
            Going::Back { why, .. } => Some(why.clone()),
            _ => why,
        };
        // Of the way back only what was begun: the rest may prove needless.
        let of_back = state.back_plan().into_iter().flat_map(|back| back.steps());
        let of_back = of_back.filter(|step| execution.step(&step.id).is_some());
        let steps = plan.steps.iter().chain(of_back).map(|step| {
            let known = execution.step(&step.id);
            let (word, why) = known.map_or(("not begun", None), |known| told(&known.phase));
            let why = known.and_then(|known| known.note.clone()).or(why);
            StepMeta {
                step: step.id.clone(),
                kind: step.kind.clone(),
                title: step.title.clone(),
                commit_point: step.commit_point,
                state: word.to_owned(),
                why,
                began: known.map(|known| known.since.wall),
                took_ms: known.and_then(|known| Some(known.ended.as_ref()?.since(&known.since))),
                planned_ms: step.est_ms,
                people: waits_for_people(step),
                effects: known.map_or_else(Vec::new, effects),
            }
        });
        let budgets = plan.budgets.iter().filter_map(|budget| {
            let from = execution.step(&budget.from)?;
            let to = execution.step(&budget.to)?.ended.as_ref()?;
            Some(BudgetMeta {
                name: budget.name.clone(),
                from: budget.from.clone(),
                to: budget.to.clone(),
                used_ms: to.since(&from.since),
                max_ms: budget.max_ms,
            })
        });
        let votes = execution.votes.iter().map(|vote| {
            let how = if vote.signature.is_some() { "signed" } else { "asserted" };
            let at = crate::human::moment(vote.said);
            format!("{} by {} as {} at {at} ({how})", vote.vote.word(), vote.person, vote.role)
        });
        // A voice that opened nothing is no override. Journals of older versions say it in a warning.
        let opened = |gate: &str| {
            let about = format!("gate {gate} opened against its checks by ");
            let warned = execution.warnings.iter().any(|(_, known, _)| known.starts_with(&about));
            warned || (execution.is_passed(gate) && execution.opened.iter().any(|one| one.gate == gate))
        };
        let overrides =
            execution.overrides.iter().filter(|one| opened(&one.gate)).map(|one| {
                format!("gate {} opened by {} as {}: {}", one.gate, one.person, one.role, one.reason)
            });
        let warnings = execution
            .warnings
            .iter()
            .map(|(at, about, message)| format!("{} {about}: {message}", crate::human::moment(*at)));
        let back_began = match &execution.going {
            Going::Back { since, .. } => Some(since.wall),
            _ => None,
        };
        let is_back = matches!(execution.ending, Some(Ending::StoodDown | Ending::RolledBack));
        let back_ms = back_began
            .zip(state.ended_at())
            .filter(|_| is_back)
            .and_then(|(began, ended)| u64::try_from(ended.as_millisecond() - began.as_millisecond()).ok());
        Some(ExecutionMeta {
            ending: ending.to_owned(),
            why,
            overrides: overrides.collect(),
            steps: steps.collect(),
            budgets: budgets.collect(),
            votes: votes.collect(),
            warnings: warnings.collect(),
            back_began,
            back_ms,
            crossed: execution.crossed,
        })
    }
}

/// A gate waits for people only where it asks them.
fn waits_for_people(step: &PlannedStep) -> bool {
    let asks = |name: &str| step.with.get(name).is_some_and(|asked| !asked.is_null());
    match step.kind.as_str() {
        "manual" | "sign-off" => true,
        "gate" => asks("poll") || asks("decide"),
        _ => false,
    }
}

fn told(phase: &StepPhase) -> (&'static str, Option<String>) {
    match phase {
        StepPhase::Running => ("under way", None),
        StepPhase::Again => ("to begin again", None),
        StepPhase::Ended(outcome) => (outcome.word(), outcome.why().map(str::to_owned)),
        StepPhase::Undone => ("undone", None),
        StepPhase::Stuck { why } => ("stuck", Some(why.clone())),
    }
}

fn effects(state: &StepState) -> Vec<EffectMeta> {
    let attempts = state.attempts.iter().filter_map(|attempt| Some((attempt, attempt.changes.as_ref()?)));
    attempts
        .flat_map(|(attempt, changes)| changes.changes.iter().zip(&attempt.commands))
        .map(|(change, command)| EffectMeta {
            what: change.command.title(),
            outcome: outcome(&command.forward),
            back: back(command),
        })
        .collect()
}

fn back(command: &CommandState) -> Option<String> {
    (command.back != CallState::Waiting).then(|| outcome(&command.back))
}

fn outcome(call: &CallState) -> String {
    match call {
        CallState::Waiting => "not applied".to_owned(),
        CallState::Begun => "under way".to_owned(),
        CallState::Lost => "not known: the process that called was gone".to_owned(),
        CallState::Ended(receipt) => match receipt {
            Receipt::Applied { .. } => "applied".to_owned(),
            Receipt::Already => "so already".to_owned(),
            Receipt::Refused { why } => format!("refused: {why}"),
            Receipt::Unknown { why } => format!("not known: {why}"),
            Receipt::Printed => "shown to a person".to_owned(),
        },
    }
}
