use journal::Runs;
use report::{Format, ReportInput};

use super::check::journal_error;
use super::run_args::{ReportArgs, RunsArgs};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::reports;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Run id, folder, or `last`.
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
    /// html, md, json or junit; without it the scorecard as text.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Print the path of the run's report.html and nothing else.
    #[arg(long, conflicts_with_all = ["format", "template"])]
    path: bool,
    /// Print the ledger of the records that were born on the target, by unit and partition, as JSON.
    #[arg(long, conflicts_with_all = ["format", "template", "path"])]
    target_born: bool,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

const EXAMPLES: &str = "\
Renders a run again, from its journal alone.

Examples:
  cutover report last
  cutover report last --format html > report.html
  cutover report 20261122 --template change-record.md
  cutover report 20261122 --target-born > target-born.json";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let template = args.report.template()?;
    let folder = Runs::at(&args.runs.runs_dir).resolve(&args.run).map_err(journal_error)?;
    if args.path {
        output::data(&folder.path().join(Format::Html.file_name()).display().to_string());
        return Ok(Exit::Done);
    }
    if args.target_born {
        let reading = folder.read().map_err(journal_error)?;
        let ledgers = &reading.state.execution().ledgers;
        if ledgers.is_empty() {
            return Err(Failure::refused(format!(
                "run {} has cut no ledger of records born on the target",
                reading.state.header().run
            ))
            .hint("it is cut on the way back past the commit point, by target-born-ledger"));
        }
        let text = serde_json::to_string_pretty(ledgers)
            .map_err(|error| Failure::refused(format!("the ledger cannot be written: {error}")))?;
        output::data(&text);
        return Ok(Exit::Done);
    }
    let input = ReportInput::of_folder(&folder).map_err(journal_error)?;
    let format = args.format.or((common.output == Output::Json).then_some(Format::Json));
    let text = match (template, format) {
        (Some(template), format) => reports::custom(format.unwrap_or(Format::Html), &input, &template)?,
        (None, Some(format)) => {
            report::render(format, &input, &report::Options::default()).map_err(reports::failure)?
        }
        (None, None) => reports::terminal(&input),
    };
    output::data(&text);
    Ok(Exit::Done)
}
