use crate::{Format, RenderError, ReportInput, View, json, md};

/// How to render.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {}

/// The report of one run in one format.
pub fn render(format: Format, input: &ReportInput, _options: &Options) -> Result<String, RenderError> {
    match format {
        Format::Json => json::render(input),
        Format::Markdown => md::render(&View::of(input)),
    }
}
