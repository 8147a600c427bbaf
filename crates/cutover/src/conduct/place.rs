use std::path::{Path, PathBuf};

use journal::Header;
use runbook::syntax::{Files, join};

use crate::disk::Disk;
use crate::exit::Failure;

/// Where files and commands of a run's runbook are found.
#[derive(Clone, Debug)]
pub struct Place {
    pub folder: PathBuf,
}

impl Place {
    pub fn of(runbook: &Path) -> Place {
        Place { folder: super::folder_of(runbook) }
    }

    /// The runbook of a run that goes on: it and all it includes are what they were when the run was planned.
    ///
    /// # Errors
    /// A file that is gone or another; the one that differs is named.
    pub fn unchanged(header: &Header) -> Result<Place, Failure> {
        let Some(runbook) = &header.runbook else {
            return Err(Failure::refused("the run does not say where its runbook lies"));
        };
        let place = Place::of(Path::new(runbook));
        let mut files = header.plan.files.iter();
        let main = files.next();
        let rest = files.map(|file| (join(runbook, &file.path), file));
        for (path, file) in main.map(|file| (runbook.clone(), file)).into_iter().chain(rest) {
            let hint = format!(
                "put the file back as it was (a copy is in the run's folder below runbook/), or stand down: cutover stand-down {}",
                header.run
            );
            let bytes = Disk.read(&path, 1 << 20).map_err(|error| {
                Failure::refused(format!("{path}, which the run was planned from, cannot be read: {error}"))
                    .hint(hint.clone())
            })?;
            if journal::sha256(&bytes) != file.sha256 {
                return Err(
                    Failure::refused(format!("{path} was changed since the run was planned")).hint(hint)
                );
            }
        }
        Ok(place)
    }
}
