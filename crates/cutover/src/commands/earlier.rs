//! Earlier runs below the same folder, and what of them still stands.

use journal::{JournalError, Reading, RunFolder, Runs};

use super::check::journal_error;
use crate::exit::Failure;

/// A run from the list of runs, read. What a run did is known to its journal alone: one that cannot be read may have left
/// anything standing, units dirty or a dimension rejected, so nothing that changes the world begins beside it.
pub fn read(runs: &Runs, id: &str) -> Result<(RunFolder, Reading), Failure> {
    let read = || -> Result<(RunFolder, Reading), JournalError> {
        let folder = runs.resolve(id)?;
        let reading = folder.read()?;
        Ok((folder, reading))
    };
    read().map_err(|error| {
        let path = runs.path().join(id).display().to_string();
        let failure = journal_error(error);
        Failure::refused(format!("run {id} in {path} cannot be read, so what it left is not known: {}", failure.message))
            .hint(format!(
                "{}; bring the folder back as it was, or, once you know that nothing of it stands and nobody rejected anything in it, move it out of {}",
                failure.hint.unwrap_or_default(),
                runs.path().display()
            ))
    })
}
