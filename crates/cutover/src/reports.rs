//! The reports of a run, written into its folder and onto the terminal.

use std::path::PathBuf;

use journal::RunFolder;
use report::{Format, Options, RenderError, ReportInput, Terminal, UserTemplate};

use crate::commands::check::journal_error;
use crate::exit::Failure;
use crate::output;

/// Writes every format into the run's folder; answers where the one for people lies.
pub fn write(
    folder: &RunFolder,
    input: &ReportInput,
    template: Option<&UserTemplate>,
) -> Result<PathBuf, Failure> {
    for format in Format::ALL {
        let text = report::render(format, input, &Options::default()).map_err(failure)?;
        folder.write_output(format.file_name(), text.as_bytes()).map_err(journal_error)?;
    }
    let mut main = Format::Html.file_name().to_owned();
    if let Some(template) = template {
        let text = custom(Format::Html, input, template)?;
        main = format!("custom-{}", template.name);
        folder.write_output(&main, text.as_bytes()).map_err(journal_error)?;
    }
    Ok(folder.path().join(main))
}

/// By the user's template; the program's own format, and a word about it, where that is broken.
pub fn custom(format: Format, input: &ReportInput, template: &UserTemplate) -> Result<String, Failure> {
    let options = Options { template: Some(template.clone()) };
    let rendered = report::render_or_fallback(format, input, &options).map_err(failure)?;
    if let Some(problem) = rendered.problem {
        output::talk(&format!("warning: {problem}"));
        if let Some(line) = &problem.text {
            output::talk(&format!("  {line}"));
        }
        output::talk(&format!("  try: {}\n  the usual report was written instead", problem.hint));
    }
    Ok(rendered.text)
}

pub fn json(input: &ReportInput) -> Result<String, Failure> {
    report::render(Format::Json, input, &Options::default()).map_err(failure)
}

pub fn terminal(input: &ReportInput) -> String {
    report::terminal(input, Terminal { width: 80, color: output::colour() })
}

pub fn failure(error: RenderError) -> Failure {
    Failure::refused(format!("the report cannot be written: {error}"))
}
