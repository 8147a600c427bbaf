use journal::JournalError;

/// Why a run could not be carried out. What a measurement could not do is never here: that is an outcome, journalled.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing more is measured when nothing can be recorded.
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the plan has no {what} `{name}`; it has {known}")]
    NotInPlan { what: &'static str, name: String, known: String },
    /// The plan cannot be carried out by this version.
    #[error("{0}")]
    Step(String),
    /// An empty run would look like a good one.
    #[error("nothing to check: {0}")]
    NothingToCheck(String),
}

impl RunError {
    /// The code whose page explains what to do.
    pub fn code(&self) -> &'static str {
        match self {
            RunError::Journal(error) => error.code(),
            RunError::NotInPlan { .. } => "CUT5101",
            RunError::NothingToCheck(_) => "CUT5102",
            RunError::Step(_) => "CUT5103",
        }
    }
}
