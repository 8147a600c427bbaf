use engine::execute::next::{Course, next};
use journal::{Ending, Going, Phase, RunState, Runs};
use report::answer::{Stands, StatusAnswer, StepAnswer, WaitAnswer};
use runbook::plan::{BackPlan, PlannedStep};
use runbook::steps::StepSpec;
use std::collections::BTreeMap;

use super::check::journal_error;
use super::run_args::{RunsArgs, pasted};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Run id, folder, or `last`.
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
    /// One line, for a prompt or a status bar.
    #[arg(long)]
    one_line: bool,
    #[command(flatten)]
    runs: RunsArgs,
}

const EXAMPLES: &str = "\
Where a run stands, from its journal alone: what it waits for, what comes next, its clocks, who said what. Works
beside the process that conducts it, and after it is gone.

Examples:
  cutover status
  cutover status last --one-line
  watch -n 1 cutover status last

Exit codes: 0 going on or completed, 1 held, interrupted or left, 2 no such run, 5 rolled back or stood down, 6 stuck.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let folder = Runs::at(&args.runs.runs_dir).resolve(&args.run).map_err(journal_error)?;
    let state = folder.read().map_err(journal_error)?.state;
    let holder = folder.holder().map_err(journal_error)?.map(|holder| holder.to_string());
    let again = RunsArgs::again(&folder);
    let mut answer = answer(&state, holder)?;
    answer.resume = answer.resume.map(|resume| resume + &again);
    for wait in &mut answer.waiting {
        wait.threshold = pasted(&wait.threshold, &again);
    }
    match common.output {
        Output::Json => output::json(&answer),
        Output::Text if args.one_line => output::data(&answer.one_line()),
        Output::Text => output::data(&answer.text()),
    }
    Ok(exit(&answer, state.phase()))
}

fn exit(answer: &StatusAnswer, phase: &Phase) -> Exit {
    match phase {
        Phase::Ended { exit: 5, .. } => Exit::Back,
        Phase::Ended { exit: 6, .. } => Exit::Stuck,
        Phase::Ended { exit: 0, .. } => Exit::Done,
        Phase::Ended { .. } | Phase::Interrupted { .. } => Exit::Red,
        Phase::Running if answer.conducted_by.is_none() || answer.going == "held" => Exit::Red,
        Phase::Running => Exit::Done,
    }
}

/// What every step of the plan, and of the way back that was taken, says.
pub fn specs(state: &RunState) -> Result<BTreeMap<String, StepSpec>, Failure> {
    let of_back = state.back_plan().into_iter().flat_map(BackPlan::steps);
    let steps = state.header().plan.steps.iter().chain(of_back);
    steps
        .map(|step| StepSpec::of(step).map(|spec| (step.id.clone(), spec)))
        .collect::<Result<_, _>>()
        .map_err(Failure::refused)
}

fn answer(state: &RunState, conducted_by: Option<String>) -> Result<StatusAnswer, Failure> {
    let header = state.header();
    let plan = &header.plan;
    let of_back: Vec<&PlannedStep> = state.back_plan().into_iter().flat_map(BackPlan::steps).collect();
    let specs = specs(state)?;
    let now = engine::execute::now();
    let course = Course::new(state, &specs, now.clone(), header.effects);
    let waiting = match state.phase() {
        Phase::Running if header.executes() => next(&course).waiting,
        _ => Vec::new(),
    };
    let execution = state.execution();
    // Of the way back only what was begun: the rest may prove needless.
    let begun = of_back.into_iter().filter(|step| execution.step(&step.id).is_some());
    // A check and a watch carry out none of them.
    let of_plan = plan.steps.iter().filter(|_| header.executes());
    let steps = of_plan
        .chain(begun)
        .map(|step| {
            let known = execution.step(&step.id);
            let until = known.and_then(|known| known.ended.clone()).unwrap_or_else(|| now.clone());
            StepAnswer {
                step: step.id.clone(),
                kind: step.kind.clone(),
                state: known.map_or("waiting".to_owned(), |known| word(&known.phase)),
                why: known.and_then(|known| known.note.clone().or_else(|| why(&known.phase))),
                since: known.map(|known| known.since.wall),
                took_ms: known.map(|known| until.since(&known.since)),
                est_ms: step.est_ms,
                commit_point: step.commit_point,
            }
        })
        .collect();
    let over = matches!(state.phase(), Phase::Ended { .. });
    let (going, why) = match (&execution.going, state.phase()) {
        (_, Phase::Ended { .. }) => (execution.ending.map_or("ended", |ending| ending.word()), None),
        (Going::Back { why, .. }, _) => ("going back", Some(why.clone())),
        (Going::Held { why, .. }, _) => ("held", Some(why.clone())),
        (Going::Forward, Phase::Interrupted { by }) => ("interrupted", Some(by.clone())),
        (Going::Forward, Phase::Running) if conducted_by.is_none() => ("left by its process", None),
        (Going::Forward, Phase::Running) if header.watches() => ("watching", None),
        (Going::Forward, Phase::Running) if !header.executes() => ("measuring", None),
        (Going::Forward, Phase::Running) => ("going forward", None),
    };
    let in_earnest = header.executes() && !header.is_dry();
    let going = match header.command.as_str() {
        _ if in_earnest || going == "watching" || going == "measuring" => going.to_owned(),
        _ if header.is_dry() => {
            format!("dry run, {}", if going == "completed" { "walked through" } else { going })
        }
        command => format!("{command}, {going}"),
    };
    let stands = match (&execution.going, execution.ending) {
        _ if !in_earnest => Stands::Nothing,
        (_, Some(Ending::Completed)) => Stands::Completed,
        (_, Some(Ending::StoodDown | Ending::RolledBack)) => Stands::Undone,
        (_, Some(Ending::Stuck)) => Stands::Stuck,
        (Going::Back { .. }, None) => Stands::GoingBack,
        _ => Stands::Open,
    };
    let resume = (in_earnest && !over).then(|| format!("cutover resume {}", header.run));
    Ok(StatusAnswer {
        run: header.run.as_str().to_owned(),
        runbook: plan.name.clone(),
        environment: plan.environment.clone(),
        going,
        why,
        conducted_by,
        stands,
        resume,
        at: now.wall,
        commit_point: plan.commit_point.clone(),
        past_commit_point: course.past_commit_point(),
        way_back: state.return_clocks(now.wall),
        window_closes: engine::execute::next::window_closes(&course),
        budgets: engine::execute::next::budgets(&course),
        waiting: waiting
            .into_iter()
            .map(|wait| WaitAnswer {
                step: wait.step,
                what: wait.what,
                current: wait.current,
                threshold: wait.threshold,
                since: wait.since,
                until: wait.until,
                who: wait.who,
            })
            .collect(),
        steps,
        stuck: execution.stuck().map(|(step, why)| (step.to_owned(), why.to_owned())).collect(),
        votes: execution
            .votes
            .iter()
            .map(|vote| {
                let signed = if vote.signature.is_some() { ", signed" } else { "" };
                let at = vote.at.as_ref().map_or(String::new(), |at| format!(" at {at}"));
                format!("{} by {} as {}{at}{signed}", vote.vote.word(), vote.person, vote.role)
            })
            .collect(),
        warnings: execution
            .warnings
            .iter()
            .map(|(_, about, message)| format!("{about}: {message}"))
            .collect(),
        dimensions: course
            .card()
            .units
            .iter()
            .flat_map(|unit| {
                unit.dimensions
                    .iter()
                    .map(|cell| (format!("{}, {}", unit.unit, cell.dimension.title()), cell.level))
            })
            .collect(),
    })
}

fn word(phase: &journal::StepPhase) -> String {
    use journal::StepPhase;
    match phase {
        StepPhase::Running => "under way".to_owned(),
        StepPhase::Again => "to begin again".to_owned(),
        StepPhase::Ended(outcome) => outcome.word().to_owned(),
        StepPhase::Undone => "undone".to_owned(),
        StepPhase::Stuck { .. } => "stuck".to_owned(),
    }
}

fn why(phase: &journal::StepPhase) -> Option<String> {
    use journal::StepPhase;
    match phase {
        StepPhase::Ended(outcome) => outcome.why().map(str::to_owned),
        StepPhase::Stuck { why } => Some(why.clone()),
        _ => None,
    }
}
