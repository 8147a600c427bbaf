use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::{CheckEnd, Options, RunError, StopHandle, check_run, select};
use jiff::Timestamp;
use journal::{Event, Header, JournalError, Run, Runs};
use report::ReportInput;
use runbook::plan::Plan;

use super::carried;
use super::run_args::{ReportArgs, RunsArgs};
use super::runbook_args::RunbookArgs;
use crate::cli::Common;
use crate::disk::Disk;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::world::{LiveWorld, PlannedSides, Restrictions, SharedWorld};
use crate::{live, ready, reports};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A runbook.
    #[arg(value_name = "RUNBOOK")]
    file: String,
    /// Only this unit; may be repeated. The scorecard is then partial.
    #[arg(long, value_name = "UNIT")]
    unit: Vec<String>,
    /// Only this check; may be repeated. The scorecard is then partial.
    #[arg(long, value_name = "CHECK")]
    check: Vec<String>,
    #[command(flatten)]
    runbook: RunbookArgs,
    #[command(flatten)]
    runs: RunsArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// Run no commands; checks that need one are unknown.
    #[arg(long)]
    deny_exec: bool,
    /// Make no scratch objects on the clusters; checks that need them are unknown.
    #[arg(long)]
    no_scratch: bool,
    /// Yellow exits with 0.
    #[arg(long, value_name = "LEVEL", value_parser = ["yellow"])]
    accept: Option<String>,
}

const EXAMPLES: &str = "\
Runs every check of the runbook, changes nothing, and prints the scorecard. Evidence, journal and
reports are kept in the run's folder below --runs-dir.

Examples:
  cutover check runbook.yaml
  cutover check runbook.yaml --env staging --check position-provable
  cutover check runbook.yaml -o json > scorecard.json

Exit codes: 0 green, 4 yellow, 1 red, 3 unknown, 2 wrong runbook or command line.";

/// How long connecting may take: whoever waits at the keyboard wants the reason, not patience.
pub const CONNECTING: Duration = Duration::from_secs(20);

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let template = args.report.template()?;
    let loaded = args.runbook.load(&args.file)?;
    let plan = args.runbook.plan(&loaded, &args.file, "checked")?;
    let selection = select(&plan, &args.unit, &args.check).map_err(run_error)?;
    let checks = ready::checks(&plan)?;
    let folder = absolute(&args.file)?.parent().unwrap_or(Path::new("/")).to_owned();
    let secrets = Arc::new(ready::secrets(&plan, &folder, args.deny_exec));
    let restrictions = Restrictions { deny_exec: args.deny_exec, no_scratch: args.no_scratch };

    let sides = PlannedSides::connect(&plan, &kafka::Patience::new(CONNECTING))?;
    let runs = Runs::at(&args.runs.runs_dir);
    super::dirty::refuse_undue(&runs, &plan, &sides)?;
    let now = Timestamp::now();
    let mut header = Header::new(plan.clone(), "check", now);
    header.selection = selection;
    header.clusters = sides.ids();
    header.given = args.runbook.given();
    header.runbook = Some(absolute(&args.file)?.display().to_string());
    let mut run = Run::create(&runs, header, now).map_err(journal_error)?;
    keep_copies(&run, &plan, &args.file)?;
    if !run.state().header().selection.is_partial() {
        carried::carry(&mut run, &runs)?;
    }
    let world = LiveWorld::new(sides, &folder, secrets, run.id().as_str(), restrictions);

    let stop = StopHandle::new();
    let options = Options { stop: stop.clone(), ..Options::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no threads to work with: {error}")))?;
    let ended = runtime.block_on(async {
        let listener = live::listen(options.live.subscribe(), plan.checks.len());
        let signals = live::stop_on_signals(stop);
        let ended = check_run(&mut run, &checks, Arc::new(SharedWorld(Arc::new(world))), options).await;
        signals.abort();
        listener.abort();
        ended
    });
    // A measurement that outlives its time does not hold the answer back.
    runtime.shutdown_background();
    let ended = ended.map_err(run_error)?;

    let mut input = input(&run)?;
    let exit = Exit::of(input.scorecard.overall, args.accept.is_some());
    if ended == CheckEnd::Complete {
        let overall = input.scorecard.overall;
        run.append(Timestamp::now(), Event::RunEnded { overall, exit: exit.code(), ending: None })
            .map_err(journal_error)?;
        run.sync().map_err(journal_error)?;
        input = self::input(&run)?;
    }
    let written = reports::write(run.folder(), &input, template.as_ref())?;
    match common.output {
        Output::Json => output::data(&reports::json(&input)?),
        Output::Text => {
            output::data(&reports::terminal(&input));
            output::talk(&format!(
                "report  {}\nrun     {}\nhead    {}",
                written.display(),
                run.id().as_str(),
                run.head()
            ));
        }
    }
    if ended == CheckEnd::Interrupted {
        output::talk("interrupted: what was not measured is unknown");
    }
    Ok(exit)
}

/// The path of a file, whatever the folder of whoever goes on with the run.
pub fn absolute(file: &str) -> Result<PathBuf, Failure> {
    std::path::absolute(file).map_err(|error| Failure::usage(format!("{file}: {error}")))
}

/// The report's input, from the journal as it stands on disk.
pub fn input(run: &Run) -> Result<ReportInput, Failure> {
    ReportInput::of_folder(run.folder()).map_err(journal_error)
}

/// Verbatim copies of everything the plan was made of.
pub fn keep_copies(run: &Run, plan: &Plan, main: &str) -> Result<(), Failure> {
    use runbook::syntax::{Files, join};
    for file in &plan.files {
        let path = if file.path == main { main.to_owned() } else { join(main, &file.path) };
        let Ok(bytes) = Disk.read(&path, 1 << 20) else { continue };
        let name = PathBuf::from(&file.path);
        let name = name.components().filter_map(|part| match part {
            std::path::Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        });
        run.folder().keep_copy(&name.collect::<Vec<_>>().join("/"), &bytes).map_err(journal_error)?;
    }
    Ok(())
}

pub fn run_error(error: RunError) -> Failure {
    let hint = format!("cutover explain {}", error.code());
    match error {
        RunError::Journal(error) => journal_error(error),
        error => Failure::usage(error.to_string()).hint(hint),
    }
}

/// What a damaged, locked or unwritable journal means to the shell.
/// What is wrong with the record of a run. A run that is not there was named wrongly on the command line.
pub fn journal_error(error: JournalError) -> Failure {
    let hint = format!("cutover explain {}", error.code());
    match error {
        JournalError::NotFound { .. } => Failure::usage(error.to_string()),
        _ => Failure::refused(error.to_string()),
    }
    .hint(hint)
}
