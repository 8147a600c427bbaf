use std::path::PathBuf;

use thiserror::Error;

use crate::source::ReadError;

/// Why two compacted partitions could not be compared.
#[derive(Debug, Error)]
pub enum CompactedError {
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What was read could not be put aside.
    #[error("records could not be spilled to {}: {error}; give more memory, or another folder", folder.display())]
    Spill { folder: PathBuf, error: std::io::Error },
}
