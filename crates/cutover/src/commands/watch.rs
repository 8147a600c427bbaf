use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{StopHandle, select};
use jiff::Timestamp;
use journal::{Event, Header, Holder, JournalError, Phase, Run, RunFolder, Runs};
use runbook::Level;

use super::carried::{self, runbook_of};
use super::check::{self, CONNECTING, absolute, input, journal_error, keep_copies, run_error};
use super::run_args::RunsArgs;
use super::runbook_args::RunbookArgs;
use crate::amount::Span;
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::watch::{Looked, Manner, Reach, Watch};
use crate::world::{LiveWorld, PlannedSides, Restrictions};
use crate::{ready, reports};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A runbook.
    #[arg(value_name = "RUNBOOK")]
    file: String,
    /// Time from the beginning of one look to the beginning of the next; a look that takes longer makes the next one late.
    #[arg(long, value_name = "TIME", default_value = "30s")]
    every: Span,
    /// End after this long; without it the watch goes on until it is ended.
    #[arg(long = "for", value_name = "TIME")]
    most: Option<Span>,
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
    /// Run no commands; checks that need one are unknown.
    #[arg(long)]
    deny_exec: bool,
    /// Allow scratch objects on the clusters, as `check` makes them; without it checks that need them are unknown.
    #[arg(long)]
    scratch: bool,
    /// Yellow exits with 0.
    #[arg(long, value_name = "LEVEL", value_parser = ["yellow"])]
    accept: Option<String>,
}

const EXAMPLES: &str = "\
Runs all checks again and again and changes nothing: the days before a cutover, and the days after it. The first look
prints the scorecard, later ones only what changed. After the cutover the rollback triggers of the run are evaluated,
and it is said loudly when one fires; a watch never starts anything. A watch that was killed goes on in the same folder
when it is started again.

Examples:
  cutover watch runbook.yaml
  cutover watch runbook.yaml --env production --every 1m --for 3d
  cutover watch runbook.yaml --check group-lag --check replication-health --every 5s
  cutover watch runbook.yaml -o json > looks.jsonl

Exit codes, of the last look: 0 green, 4 yellow, 1 red, 3 unknown or a look that could not be made, 2 wrong runbook or
command line. A look that the end cuts short does not count.";

/// Faster is a load on the brokers and tells no more: their own metrics are no younger.
const FASTEST: Duration = Duration::from_millis(500);

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    if args.every.0 < FASTEST {
        return Err(Failure::usage(format!("--every is at least {} ms", FASTEST.as_millis())));
    }
    let loaded = args.runbook.load(&args.file)?;
    let plan = args.runbook.plan(&loaded, &args.file, "watched")?;
    let selection = select(&plan, &args.unit, &args.check).map_err(run_error)?;
    let checks = ready::checks(&plan)?;
    let folder = absolute(&args.file)?.parent().unwrap_or(Path::new("/")).to_owned();
    let secrets = Arc::new(ready::secrets(&plan, &folder, args.deny_exec));
    let restrictions = Restrictions { deny_exec: args.deny_exec, no_scratch: !args.scratch };

    let sides = PlannedSides::connect(&plan, &kafka::Patience::new(CONNECTING))?;
    let runs = Runs::at(&args.runs.runs_dir);
    super::dirty::refuse_undue(&runs, &plan, &sides)?;
    let now = Timestamp::now();
    let mut header = Header::new(plan.clone(), "watch", now);
    header.selection = selection;
    header.clusters = sides.ids();
    header.given = args.runbook.given();
    header.runbook = Some(absolute(&args.file)?.display().to_string());
    let mut run = begin(&runs, header, &args.file, now)?;
    let id = run.id().to_string();
    output::talk(&format!("watching {} in run {id}, below {}", plan.name, runs.path().display()));

    let reach = Reach::new(plan, LiveWorld::new(sides, &folder, secrets, &id, restrictions));
    let manner =
        Manner { every: args.every.0, most: args.most.as_ref().map(|most| most.0), output: common.output };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no threads to work with: {error}")))?;
    let stop = StopHandle::new();
    let mut watch = Watch::new(&mut run, &checks, runs, reach, manner)?;
    let looked = runtime.block_on(watch.conduct(stop));
    // A measurement that outlives its time does not hold the end back.
    runtime.shutdown_background();
    let looked = looked?;
    let summary = watch.summary();
    let exit = end(&mut run, looked, args.accept.is_some())?;
    match common.output {
        Output::Text => output::data(&summary),
        Output::Json => output::talk(&summary),
    }
    output::talk(&format!("run     {id}\nhead    {}", run.head()));
    Ok(exit)
}

/// The run of the watch: a new one, or the one that a process of the same plan left without an end.
fn begin(runs: &Runs, header: Header, file: &str, now: Timestamp) -> Result<Run, Failure> {
    if let Some(folder) = left(runs, &header)? {
        match Run::reopen(folder, Holder::this_process(now), now) {
            Ok(run) => {
                output::talk(&format!("going on with watch {}, which was left without an end", run.id()));
                return Ok(run);
            }
            // Somebody else watches there: this one has a folder of its own.
            Err(JournalError::Held { .. }) => {}
            Err(error) => return Err(journal_error(error)),
        }
    }
    let mut run = Run::create(runs, header, now).map_err(journal_error)?;
    let (plan, partial) = (run.state().header().plan.clone(), run.state().header().selection.is_partial());
    keep_copies(&run, &plan, file)?;
    if !partial {
        carried::carry(&mut run, runs)?;
    }
    let header = run.state().header().clone();
    for (unit, check) in header.pairs().filter(|(unit, check)| !header.selection.contains(unit, check)) {
        let (unit, check, why) =
            (unit.to_owned(), check.to_owned(), "not asked for in this watch".to_owned());
        run.append(now, Event::CheckSkipped { unit, check, why }).map_err(journal_error)?;
    }
    run.sync().map_err(journal_error)?;
    Ok(run)
}

/// The newest watch of the very same plan that has no end, unless another process holds it.
fn left(runs: &Runs, header: &Header) -> Result<Option<RunFolder>, Failure> {
    let mut other = None;
    for id in runs.list().map_err(journal_error)? {
        if runbook_of(&id) != runbook_of(header.run.as_str()) {
            continue;
        }
        let Ok(folder) = runs.resolve(&id) else { continue };
        // What cannot be read is gone on with by nobody; a watch needs nothing of it.
        let Ok(reading) = folder.read() else { continue };
        let known = reading.state.header();
        let ended = matches!(reading.state.phase(), Phase::Ended { .. });
        let same = known.watches()
            && known.plan.environment == header.plan.environment
            && known.selection == header.selection;
        if !same || ended || folder.holder().map_err(journal_error)?.is_some() {
            continue;
        }
        // Digests do not tell: waivers, roles, policy and what is to be rehearsed are in none of them, and all of it is in
        // the report.
        if known.plan == header.plan {
            return Ok(Some(folder));
        }
        other.get_or_insert(id);
    }
    if let Some(id) = other {
        output::talk(&format!(
            "watch {id} was left without an end, but its plan is another one: this watch has a folder of its own"
        ));
    }
    Ok(None)
}

/// Closes the journal with the last look, and writes the reports.
fn end(run: &mut Run, looked: Looked, accept_yellow: bool) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    if looked == Looked::Never {
        let by = "the end of the watch before a look was over".to_owned();
        run.append(now, Event::Interrupted { by }).map_err(journal_error)?;
        run.sync().map_err(journal_error)?;
        reports::write(run.folder(), &input(run)?, None)?;
        return Ok(Exit::Unknown);
    }
    let overall = match looked {
        Looked::InVain => Level::Unknown,
        _ => check::input(run)?.scorecard.overall,
    };
    let exit = Exit::of(overall, accept_yellow);
    run.append(now, Event::RunEnded { overall, exit: exit.code(), ending: None }).map_err(journal_error)?;
    run.sync().map_err(journal_error)?;
    reports::write(run.folder(), &input(run)?, None)?;
    Ok(exit)
}

#[cfg(test)]
mod tests;
