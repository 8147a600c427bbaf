//! Carrying out the steps of a run, begun or gone on with: one path for both.

mod lease;
mod lines;
pub mod machine;
mod place;
mod way_back;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::execute::next::Effects;
use engine::execute::{RunEnd, StepOptions, execute};
use engine::{Options, StopHandle};
use jiff::Timestamp;
use journal::{Ending, Event, Going, Run, StepOutcome, StepPhase};
use runbook::plan::PlannedStep;

pub use place::Place;

use crate::cli::Common;
use crate::commands::check::{self, journal_error, run_error};
use crate::commands::run_args::RunsArgs;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::world::{LiveWorld, PlannedSides, Restrictions, SharedWorld};
use crate::{live, ready, reports};

/// How a run is carried out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    pub effects: Effects,
    pub restrictions: Restrictions,
    /// It was asked for to go back.
    pub back: bool,
}

/// Carries out the steps of `run` from where its journal stands, and closes it when they came to an end.
pub fn conduct(
    run: &mut Run,
    place: &Place,
    sides: PlannedSides,
    manner: Manner,
    common: &Common,
) -> Result<Exit, Failure> {
    let plan = run.state().header().plan.clone();
    let checks = ready::checks(&plan)?;
    let actions = ready::actions(&plan)?;
    let lease = lease::take(run, &sides, manner)?;
    let secrets = Arc::new(ready::secrets(&plan, &place.folder, manner.restrictions.deny_exec));
    let world =
        LiveWorld::new(sides, &place.folder, Arc::clone(&secrets), run.id().as_str(), manner.restrictions);
    let stop = StopHandle::new();
    let options = StepOptions {
        measuring: Options { stop: stop.clone(), ..Options::default() },
        effects: manner.effects,
        back_only: manner.back,
        lease,
        opened: Some(Arc::new(move |gate: &str| secrets.gate_opened(gate))),
        ..StepOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no threads to work with: {error}")))?;
    let id = run.id().to_string();
    let state = run.state().clone();
    let again = RunsArgs::again(run.folder());
    let ended = runtime.block_on(async {
        let listener = lines::listen(options.measuring.live.subscribe(), state, manner.effects, again);
        let signals = live::stop_on_signals(stop);
        let ended = execute(run, &checks, &actions, Arc::new(SharedWorld(Arc::new(world))), options).await;
        signals.abort();
        // What was told last is still printed.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(200), listener).await;
        ended
    });
    // A measurement that outlives its time does not hold the answer back.
    runtime.shutdown_background();
    let ended = ended.map_err(run_error)?;
    let exit = exit_of(&ended);
    if let RunEnd::Over(ending) = ended {
        let overall = check::input(run)?.scorecard.overall;
        let event = Event::RunEnded { overall, exit: exit.code(), ending: Some(ending) };
        run.append(Timestamp::now(), event).map_err(journal_error)?;
        run.sync().map_err(journal_error)?;
    }
    let input = check::input(run)?;
    let written = reports::write(run.folder(), &input, None)?;
    if common.output == Output::Json {
        output::data(&reports::json(&input)?);
    } else {
        output::data(&reports::terminal(&input));
    }
    output::talk(&format!("report  {}\nrun     {id}\nhead    {}", written.display(), run.head()));
    output::talk(&last_word(&ended, run, &id));
    Ok(exit)
}

fn exit_of(ended: &RunEnd) -> Exit {
    match ended {
        RunEnd::Over(Ending::Completed) => Exit::Done,
        RunEnd::Over(Ending::StoodDown | Ending::RolledBack) => Exit::Back,
        RunEnd::Over(Ending::Stuck) => Exit::Stuck,
        RunEnd::Held { .. } | RunEnd::Interrupted { .. } => Exit::Red,
    }
}

/// The sentence a run ends with: what happened, and what to do next.
fn last_word(ended: &RunEnd, run: &Run, id: &str) -> String {
    if run.state().header().is_dry() {
        return walked(ended, run);
    }
    match ended {
        RunEnd::Over(Ending::Stuck) => {
            let stuck = run.state().execution().stuck().map(|(step, why)| format!("  {step}: {why}"));
            let stuck: Vec<String> = stuck.collect();
            format!("stuck: these steps could not be undone, and a person has to\n{}", stuck.join("\n"))
        }
        RunEnd::Over(ending) => ending.word().to_owned(),
        RunEnd::Held { why } => format!("held: {why}\n{}", ways(run, id)),
        RunEnd::Interrupted { by } => format!("interrupted by {by}; nothing is lost\n{}", ways(run, id)),
    }
}

/// The last sentence of a walk through, which nobody goes on with: there is nothing to go on with or to take back.
fn walked(ended: &RunEnd, run: &Run) -> String {
    let said = |step: &&PlannedStep| match run.state().execution().step(&step.id).map(|state| &state.phase) {
        Some(StepPhase::Ended(outcome)) => matches!(outcome, StepOutcome::Continued { .. }),
        _ => false,
    };
    let steps: Vec<&str> =
        run.state().header().plan.steps.iter().filter(said).map(|step| step.id.as_str()).collect();
    let end = match ended {
        RunEnd::Over(_) => "walked through to the end".to_owned(),
        RunEnd::Held { why } => format!("not walked through to the end: {why}"),
        RunEnd::Interrupted { by } => format!("not walked through to the end: interrupted by {by}"),
    };
    let open = match steps.is_empty() {
        true => String::new(),
        false => format!(
            "\n  not to be told before the steps ahead of them are carried out, see above: {}",
            steps.join(", ")
        ),
    };
    format!("dry run: {end}; nothing was changed{open}")
}

/// The commands by which a run that has not ended goes on or back.
fn ways(run: &Run, id: &str) -> String {
    let (plan, execution) = (&run.state().header().plan, run.state().execution());
    let again = RunsArgs::again(run.folder());
    let on = format!("  go on:   cutover resume {id}{again}");
    if matches!(execution.going, Going::Back { .. }) {
        return on;
    }
    let past = plan.commit_point.as_ref().is_some_and(|gate| execution.is_passed(gate));
    let back = if past { "rollback" } else { "stand-down" };
    let who = if past { " --as PERSON" } else { "" };
    format!("{on}\n  go back: cutover {back} {id}{who}{again}")
}

/// Where files and commands of the runbook are found.
pub fn folder_of(runbook: &Path) -> PathBuf {
    runbook.parent().unwrap_or(Path::new("/")).to_owned()
}
