use crate::template::{self, TemplateProblem, UserTemplate};
use crate::{Format, RenderError, ReportInput, View, html, json, junit, md};

/// How to render.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Instead of the program's own format.
    pub template: Option<UserTemplate>,
}

/// A report that was written in any case.
#[derive(Debug)]
pub struct Rendered {
    pub text: String,
    /// The user's template was broken, and this is the program's own format instead.
    pub problem: Option<TemplateProblem>,
}

/// The report of one run: by the user's template when there is one, else in the given format.
pub fn render(format: Format, input: &ReportInput, options: &Options) -> Result<String, RenderError> {
    let view = View::of(input);
    if let Some(template) = &options.template {
        return Ok(template::user(template, &view.context())?);
    }
    match format {
        Format::Html => html::render(&view),
        Format::Json => json::render(input),
        Format::Junit => junit::render(&view),
        Format::Markdown => md::render(&view),
    }
}

/// [`render`], with the program's own format where the user's template is broken: a report is never missing because a
/// template is.
pub fn render_or_fallback(
    format: Format,
    input: &ReportInput,
    options: &Options,
) -> Result<Rendered, RenderError> {
    match render(format, input, options) {
        Ok(text) => Ok(Rendered { text, problem: None }),
        Err(RenderError::Template(problem)) => {
            let text = render(format, input, &Options::default())?;
            Ok(Rendered { text, problem: Some(problem) })
        }
        Err(error) => Err(error),
    }
}

/// The context of templates, as `docs/guides/templates.md` documents it.
pub fn context(input: &ReportInput) -> serde_json::Value {
    View::of(input).context()
}
