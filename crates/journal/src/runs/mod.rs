use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::folder::Folder;
use crate::run_folder::{JOURNAL, RunFolder};
use crate::{JournalError, RunId, limits};
use runbook::verdict::scorecard::appended;

/// The folder all runs are in (`.cutover/runs`).
#[derive(Clone, Debug)]
pub struct Runs {
    path: PathBuf,
}

impl Runs {
    /// Where runs are kept when nobody says otherwise, below the folder one is in.
    pub const USUAL: &str = ".cutover/runs";

    /// Nothing is made before the first run is.
    pub fn at(path: impl Into<PathBuf>) -> Runs {
        Runs { path: path.into() }
    }

    /// What a command needs to find runs in this folder when it is pasted: nothing where they are usually kept.
    pub fn again(path: &Path) -> String {
        match path == Path::new(Runs::USUAL) {
            true => String::new(),
            false => appended(&["--runs-dir", &path.display().to_string()]),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ids of all runs that have a journal, the newest first.
    pub fn list(&self) -> Result<Vec<String>, JournalError> {
        let Some(folder) = self.folder()? else { return Ok(Vec::new()) };
        let mut ids = folder.names()?;
        ids.retain(|id| RunId::is_one(id) && folder.sub(id).is_ok_and(|run| run.has(JOURNAL)));
        ids.reverse();
        // Ids tell the second; the headers decide between runs of the newest one, which is what `last` asks for.
        if let [first, second, ..] = &ids[..]
            && RunId::second(first) == RunId::second(second)
        {
            let newest = RunId::second(first).to_owned();
            let end = ids.iter().position(|id| RunId::second(id) != newest).unwrap_or(ids.len());
            ids[..end].sort_by_key(|id| std::cmp::Reverse(started(&folder, id)));
        }
        Ok(ids)
    }

    /// The run a person means: a run id, the path of a run's folder, or `last`.
    pub fn resolve(&self, given: &str) -> Result<RunFolder, JournalError> {
        let folder = self.folder()?;
        if given == "last" {
            if let (Some(folder), Some(newest)) = (&folder, self.list()?.first()) {
                return RunFolder::of(folder.sub(newest)?);
            }
        } else if let Some(folder) = folder.filter(|folder| RunId::is_one(given) && folder.has(given)) {
            return RunFolder::of(folder.sub(given)?);
        } else if Path::new(given).join(JOURNAL).exists() {
            return RunFolder::open(Path::new(given));
        }
        let near = self.list()?.into_iter().take(limits::CANDIDATES).collect();
        Err(JournalError::NotFound { given: given.to_owned(), runs: self.path.clone(), near })
    }

    /// Makes the folder of a new run.
    pub(crate) fn make(&self, id: &RunId) -> Result<Folder, JournalError> {
        let runs = Folder::open_or_make(&self.path)?;
        let folder = runs.make(id.as_str())?;
        runs.sync()?;
        Ok(folder)
    }

    /// The same for a run that nobody keeps.
    pub(crate) fn make_fleeting(&self, id: &RunId) -> Result<Folder, JournalError> {
        Folder::open_or_make(&self.path)?.make(id.as_str())
    }

    fn folder(&self) -> Result<Option<Folder>, JournalError> {
        match Folder::open(&self.path) {
            Ok(folder) => Ok(Some(folder)),
            Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// When a run's first record was written; `None` when it cannot be read.
fn started(runs: &Folder, id: &str) -> Option<Timestamp> {
    let run = RunFolder::of(runs.sub(id).ok()?).ok()?;
    run.chain().ok()?.read().ok()?.map(|record| record.at)
}

#[cfg(test)]
mod tests;
