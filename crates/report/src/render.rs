use crate::{Format, RenderError, ReportInput, View, html, json, junit, md};

/// How to render.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {}

/// The report of one run in one format.
pub fn render(format: Format, input: &ReportInput, _options: &Options) -> Result<String, RenderError> {
    match format {
        Format::Html => html::render(&View::of(input)),
        Format::Json => json::render(input),
        Format::Junit => junit::render(&View::of(input)),
        Format::Markdown => md::render(&View::of(input)),
    }
}
