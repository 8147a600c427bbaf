use clap::ValueEnum;
use runbook::plan::{plan_mermaid, plan_report, plan_text};
use runbook::verdict::scorecard::quoted;

use super::runbook_args::RunbookArgs;
use crate::cli::Common;
use crate::drawing;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A runbook or a slice.
    #[arg(value_name = "RUNBOOK")]
    file: String,
    /// How the plan is printed; `-o json` is the same as `--format json`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the explicit runbook of a slice.
    #[arg(long)]
    expand: bool,
    #[command(flatten)]
    runbook: RunbookArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Mermaid,
}

const EXAMPLES: &str = "\
Examples:
  Steps, order, commit point, what would change:
      cutover plan runbook.yaml
  A drawing for a page that shows Mermaid:
      cutover plan runbook.yaml --format mermaid
  The explicit runbook of a slice, to read or to go on writing:
      cutover plan slice.yaml --expand > runbook.yaml

Exit codes: 0 planned, 2 the runbook has errors.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let loaded = args.runbook.load(&args.file)?;
    let plan = match runbook::plan(&loaded) {
        Ok(plan) => plan,
        Err(errors) => {
            output::talk(&drawing::draw(&errors, &loaded.sources));
            let what =
                if errors.len() == 1 { "an error".to_owned() } else { format!("{} errors", errors.len()) };
            return Err(Failure::usage(format!("{} has {what} and is not planned", args.file))
                .hint(format!("cutover lint {}{}", quoted(&args.file), args.runbook.again())));
        }
    };
    if args.expand {
        match &loaded.expansion {
            Some(expansion) => output::data(&expansion.text),
            None => {
                return Err(Failure::usage(format!("{} is no slice: it is explicit already", args.file))
                    .hint(format!("cutover plan {}{}", quoted(&args.file), args.runbook.again())));
            }
        }
        return Ok(Exit::Done);
    }
    let format = args.format.unwrap_or(match common.output {
        Output::Json => Format::Json,
        Output::Text => Format::Text,
    });
    match format {
        Format::Text => output::data(&plan_text(&plan)),
        Format::Json => output::json(&plan_report(&plan)),
        Format::Mermaid => output::data(&plan_mermaid(&plan)),
    }
    Ok(Exit::Done)
}
