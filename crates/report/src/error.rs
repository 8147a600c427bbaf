use thiserror::Error;

use crate::TemplateProblem;

/// Why a report could not be written. The run and its journal are not touched by it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    #[error("scorecard as json: {0}")]
    Json(#[from] serde_json::Error),
    /// The user's template; [`render_or_fallback`](crate::render_or_fallback) writes the program's own format instead.
    #[error(transparent)]
    Template(#[from] TemplateProblem),
    /// One of the templates that come with the program; a defect of ours.
    #[error("built-in template: {0:#}")]
    BuiltIn(#[source] minijinja::Error),
}
