use runbook::load::{Loaded, lint_report};

use super::runbook_args::RunbookArgs;
use crate::cli::Common;
use crate::drawing;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Runbooks, slices, sites or libraries; of a shape it is said what it is for.
    #[arg(required = true, value_name = "RUNBOOK")]
    files: Vec<String>,
    #[command(flatten)]
    runbook: RunbookArgs,
}

const EXAMPLES: &str = "\
Examples:
  Everything that is wrong, drawn in your files:
      cutover lint runbook.yaml
  For an editor or a pipeline:
      cutover lint -o json *.yaml
  What a code means:
      cutover explain CUT0101

Exit codes: 0 no error (warnings and notes are allowed), 2 at least one error.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let loads: Vec<Loaded> =
        args.files.iter().map(|file| args.runbook.load(file)).collect::<Result<_, _>>()?;
    match common.output {
        Output::Json => output::json(&lint_report(&loads)),
        Output::Text => output::data(&text(&loads)),
    }
    Ok(if loads.iter().any(Loaded::any_error) { Exit::Usage } else { Exit::Done })
}

fn text(loads: &[Loaded]) -> String {
    let mut text = String::new();
    for loaded in loads {
        text.push_str(&drawing::draw(&loaded.diagnostics, &loaded.sources));
    }
    let mut counts = [0_usize; 3];
    for diagnostic in loads.iter().flat_map(|loaded| &loaded.diagnostics) {
        counts[diagnostic.severity() as usize] += 1;
    }
    let some = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let [errors, warnings, notes] = counts;
    let verdict = if errors == 0 && warnings == 0 { "clean" } else { "not clean" };
    text.push_str(&format!(
        "{}: {verdict} ({}, {}, {})\n",
        some(loads.len(), "file"),
        some(errors, "error"),
        some(warnings, "warning"),
        some(notes, "note")
    ));
    text
}
