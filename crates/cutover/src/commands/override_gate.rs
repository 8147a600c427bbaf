use journal::{Request, RunFolder};

use super::asking;
use super::check::journal_error;
use super::run_args::RunsArgs;
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Opens a gate against its checks: said twice, by two people of two roles. It is the first thing the report tells.

Examples:
  cutover override last go-no-go --role conductor --as ilse --reason 'the red check is a known false alarm, INC-7'
  cutover override last go-no-go --role rollback_owner --as ana --reason 'agreed with ilse'")]
pub struct Args {
    /// Run id, folder, or `last`: the newest that carries out steps in earnest.
    #[arg(value_name = "RUN")]
    run: String,
    /// The gate.
    #[arg(value_name = "GATE")]
    gate: String,
    /// The role you speak for.
    #[arg(long)]
    role: String,
    /// Who you are.
    #[arg(long = "as", value_name = "PERSON", value_parser = asking::person)]
    person: String,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    runs: RunsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.reason.trim().is_empty() {
        return Err(Failure::usage("an override needs a reason"));
    }
    let request = Request::Override {
        gate: args.gate.clone(),
        role: args.role.clone(),
        person: args.person.clone(),
        reason: args.reason.clone(),
    };
    let folder = asking::open(&args.runs, &args.run)?;
    let voices = |folder: &RunFolder| -> Result<usize, Failure> {
        let execution = folder.read().map_err(journal_error)?.state.execution().clone();
        Ok(execution.overrides.iter().filter(|one| one.gate == args.gate).count())
    };
    let exit = asking::ask(&folder, &request)?;
    output::talk(match voices(&folder)? {
        0 | 1 => "one voice of two: it takes another person of another role to open the gate",
        _ => "both voices are there: the gate opens against its checks",
    });
    Ok(exit)
}
