use std::io::{BufRead, IsTerminal};

use engine::execute::next::Effects;
use jiff::Timestamp;
use journal::{Header, Run, Runs};
use runbook::plan::{Plan, plan_text};
use runbook::verdict::scorecard::quoted;

use super::carried;
use super::check::{self, journal_error};
use super::run_args::RunsArgs;
use super::runbook_args::RunbookArgs;
use crate::cli::Common;
use crate::conduct::{Manner, Place, conduct, machine};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::ready;
use crate::world::{PlannedSides, Restrictions};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A runbook.
    #[arg(value_name = "RUNBOOK")]
    file: String,
    /// Walk through the steps: measure, print every effect with its way back, change nothing.
    #[arg(long, conflicts_with = "effects")]
    dry_run: bool,
    /// `print`: show every effect as commands for a person, and wait until they can be seen to have worked. Rights to
    /// read are enough.
    #[arg(long, value_name = "HOW", value_parser = ["apply", "print"], default_value = "apply")]
    effects: String,
    /// Do not ask before the first effect.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    runbook: RunbookArgs,
    #[command(flatten)]
    runs: RunsArgs,
    #[command(flatten)]
    limits: Denied,
}

/// What a run may not do.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Denied {
    /// Run no commands; checks and steps that need one are unknown or refused.
    #[arg(long)]
    deny_exec: bool,
    /// Make no scratch objects on the clusters; checks that need them are unknown.
    #[arg(long)]
    no_scratch: bool,
}

impl Denied {
    /// As they are given to another process.
    pub fn arguments(self) -> Vec<String> {
        let given = [(self.deny_exec, "--deny-exec"), (self.no_scratch, "--no-scratch")];
        given.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.to_owned()).collect()
    }

    pub fn restrictions(self) -> Restrictions {
        Restrictions { deny_exec: self.deny_exec, no_scratch: self.no_scratch }
    }
}

const EXAMPLES: &str = "\
Carries out the steps of a runbook: checks, gates, actions. Every effect is written to the journal with its way
back before it happens, and is done when an independent look says so. Whatever ends this process, the same run
goes on with `cutover resume`.

Examples:
  What would happen, with every way back:
      cutover run runbook.yaml --dry-run
  The window:
      cutover run runbook.yaml
  From a second terminal:
      cutover status last
      cutover go last --role conductor --as ilse
      cutover stand-down last

Exit codes: 0 completed, 1 held or refused, 5 rolled back or stood down, 6 stuck, 2 wrong runbook or command line.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let loaded = args.runbook.load(&args.file)?;
    let plan = args.runbook.plan(&loaded, &args.file, "run")?;
    if plan.steps.is_empty() {
        return Err(Failure::usage(format!("{} has no steps", args.file)).hint(format!(
            "cutover check {}{}",
            quoted(&args.file),
            args.runbook.again()
        )));
    }
    // Before anything is connected or written: a run that could not go to its end does not begin.
    ready::actions(&plan)?;
    let effects = match (args.dry_run, args.effects.as_str()) {
        (true, _) => Effects::Dry,
        (false, "print") => Effects::Print,
        (false, _) => Effects::Apply,
    };
    let sides = PlannedSides::connect(&plan, &kafka::Patience::new(check::CONNECTING))?;
    sides.both_are_reached()?;
    if effects == Effects::Apply && !args.yes {
        confirm(&plan)?;
    }
    let now = Timestamp::now();
    let path = check::absolute(&args.file)?;
    let mut header = Header::new(plan.clone(), "run", now);
    header.clusters = sides.ids();
    header.given = args.runbook.given();
    header.effects = effects;
    header.runbook = Some(path.display().to_string());
    let runs = Runs::at(&args.runs.runs_dir);
    super::one_conductor::no_other(&runs, &plan)?;
    if effects != Effects::Dry {
        super::dirty::refuse(&runs, &plan, &sides)?;
    }
    // Before the run has a folder: one that may not begin leaves none.
    let by = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let _alone = machine::take(&header, &runs.path().join(header.run.as_str()), &by, false)?;
    let mut run = Run::create(&runs, header, now).map_err(journal_error)?;
    check::keep_copies(&run, &plan, &args.file)?;
    if effects != Effects::Dry {
        carried::carry(&mut run, &runs)?;
    }
    output::talk(&format!("run     {}", run.id()));
    let manner = Manner { effects, restrictions: args.limits.restrictions(), back: false };
    conduct(&mut run, &Place::of(&path), sides, manner, common)
}

/// A person at a terminal says yes to what will happen; without a terminal it has to be said on the command line.
pub fn confirm(plan: &Plan) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::usage("nobody is here to say yes").hint("add --yes, or look first with --dry-run")
        );
    }
    output::talk(&plan_text(plan));
    output::talk(&format!("Type the name of the runbook ({}) to begin:", plan.name));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim() == plan.name => Ok(()),
        _ => Err(Failure::refused("not begun")),
    }
}
