use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::Output;

/// Proves and runs the cutover of an application from one Kafka to another.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, propagate_version = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  Where would this group continue on the other cluster?
      cutover parity group payments --source old.properties --target new.properties
  Is everything ready for the cutover of this slice?
      cutover check runbook.yaml
  The window, and where it stands from a second terminal:
      cutover run runbook.yaml
      cutover status last
  Two real clusters and MirrorMaker 2 on this machine:
      cutover lab up

Exit codes: 0 green or done, 1 red, held or refused, 2 wrong runbook or command line,
            3 could not be measured, 4 yellow, 5 rolled back or stood down, 6 stuck, 70 a bug of ours.";

#[derive(Debug, Args)]
pub struct Common {
    /// How results are printed.
    #[arg(short, long, global = true, value_enum, default_value_t, help_heading = "Common options")]
    pub output: Output,
    /// More talk on stderr; repeat for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Common options")]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Every problem of a runbook at once, drawn in your file.
    Lint(commands::lint::Args),
    /// Steps, order and commit point of a runbook.
    Plan(commands::plan::Args),
    /// What a code means, with a wrong and a right example.
    Explain(commands::explain::Args),
    /// Run all checks, change nothing, print the scorecard.
    Check(Box<commands::check::Args>),
    /// All checks on a schedule, before and after a cutover; changes nothing, says what changes.
    Watch(Box<commands::watch::Args>),
    /// Carry out the steps of a runbook: the window.
    Run(Box<commands::run::Args>),
    /// Rehearse a runbook: there and back from every point, with faults, in the environment it names.
    Rehearse(Box<commands::rehearse::Args>),
    /// Where a run stands, what it waits for, what comes next.
    Status(commands::status::Args),
    /// Pause a run: nothing new is begun.
    Hold(commands::hold::Args),
    /// Go on with a run that was held or left.
    Resume(commands::resume::Args),
    /// Undo everything a run did and end it; before the commit point.
    StandDown(commands::stand_down::Args),
    /// Go back by a rollback plan.
    Rollback(commands::rollback::Args),
    /// Say that a manual step is done.
    Done(commands::done::Args),
    /// Vote go at a gate, a sign-off or a trigger.
    Go(commands::vote::Args),
    /// Vote no-go.
    NoGo(commands::vote::Args),
    /// Take your vote back.
    Wait(commands::vote::Args),
    /// Open a gate against its checks; said by two people of two roles.
    Override(commands::override_gate::Args),
    /// Sign what a run found, for it or against it; also answers a sign-off.
    Sign(Box<commands::sign::Args>),
    /// Is a run what it was when it was written? Chain, evidence and signatures, offline.
    Verify(commands::verify::Args),
    /// Render a run again, from its journal alone.
    Report(Box<commands::report::Args>),
    /// Are the records the same, and where would groups continue? Needs no runbook.
    Parity(Box<commands::parity::Args>),
    /// Commit the exact positions of groups on the target: shows them first, writes with --apply.
    Land(Box<commands::land::Args>),
    /// Show the record at a group's position and its twin on the target.
    Where(Box<commands::where_is::Args>),
    /// Two real clusters and MirrorMaker 2 on this machine.
    Lab(Box<commands::lab::Args>),
    /// Print the completions for a shell.
    Completions(commands::completions::Args),
}
