use thiserror::Error;

/// Why a report could not be written. The run and its journal are not touched by it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    #[error("scorecard as json: {0}")]
    Json(#[from] serde_json::Error),
    /// One of the templates that come with the program; a defect of ours.
    #[error("built-in template: {0:#}")]
    BuiltIn(#[source] minijinja::Error),
}
