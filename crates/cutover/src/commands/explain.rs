use report::answer::ExplainAnswer;

use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n      cutover explain CUT0101")]
pub struct Args {
    /// A code as printed by lint or a report.
    code: String,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let code = args.code.trim().to_ascii_uppercase();
    let Some(page) = runbook::explain(&code) else {
        return Err(Failure::usage(format!("there is no code {code}")).hint("codes look like CUT0101"));
    };
    match common.output {
        Output::Json => output::json(&ExplainAnswer { code, page: page.to_owned() }),
        Output::Text => output::data(page),
    }
    Ok(Exit::Done)
}
