use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cluster::{Cluster, User};
use crate::error::{LabError, Result};
use crate::files;
use crate::process::{Server, Stamp};
use crate::replicator::Replication;
use crate::spec::Life;

/// What a lab knows about itself, kept in `lab.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) format: String,
    pub(crate) life: Life,
    /// The process that started it; an owned lab ends with it.
    pub(crate) owner: Stamp,
    /// The replicator, and Connect workers that were added later.
    pub(crate) replications: Vec<Replication>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) users: Vec<User>,
    /// In the order they are started; ended in reverse.
    pub(crate) servers: Vec<Server>,
}

pub(crate) const FORMAT: &str = "cutover/lab/v1";

/// Everything a lab writes into its directory; nothing else is ever removed from it.
const ENTRIES: [&str; 13] = [
    "lab.json",
    "site.yaml",
    "format",
    "format-source",
    "source",
    "target",
    "source.properties",
    "target.properties",
    "connect",
    "mirrormaker",
    "apps",
    ".lock",
    ".state",
];

impl State {
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("lab.json")
    }

    /// Reads the state of the lab in `dir`; none if there is no lab.
    pub(crate) fn read(dir: &Path) -> Result<Option<State>> {
        let path = State::path(dir);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(LabError::file("read", &path))?,
        };
        let state: State = serde_json::from_str(&text)
            .map_err(|error| LabError::file("understand", &path)(std::io::Error::other(error)))?;
        if state.format != FORMAT {
            return Err(LabError::Spec(format!(
                "{} has format {}, this program knows {FORMAT}: end that lab with the program that started it",
                path.display(),
                state.format
            )));
        }
        Ok(Some(state))
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| LabError::Spec(error.to_string()))?;
        files::write(&State::path(dir), &text)
    }

    /// URL of the replicator's REST interface.
    pub(crate) fn connect(&self) -> Option<&str> {
        self.replications.first()?.url.as_deref()
    }

    /// True if any of its servers runs.
    pub(crate) fn any_runs(&self) -> bool {
        self.servers.iter().any(Server::runs)
    }
}

/// Fails if the directory holds anything that a lab does not write, so that a wrong `--dir` costs nobody a file.
pub(crate) fn check_dir(dir: &Path) -> Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(LabError::file("read", dir))?,
    };
    for entry in entries {
        let name = entry.map_err(LabError::file("read", dir))?.file_name();
        let name = name.to_string_lossy();
        if !is_ours(&name) {
            return Err(LabError::Occupied { dir: dir.to_owned(), found: name.into_owned() });
        }
    }
    Ok(())
}

/// Removes what a lab wrote, and the directory if it is empty then. The lock goes last.
pub(crate) fn clear(dir: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(()) };
    for entry in entries.flatten() {
        if is_ours(&entry.file_name().to_string_lossy()) && entry.file_name() != ".lock" {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}

fn is_ours(name: &str) -> bool {
    ENTRIES.contains(&name)
        || name.ends_with("-sasl.properties")
        || name.starts_with("connect-")
        || name.ends_with(".new")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_other_things_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        check_dir(dir.path()).unwrap();
        std::fs::write(dir.path().join("site.yaml"), "").unwrap();
        check_dir(dir.path()).unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        let refused = check_dir(dir.path()).unwrap_err();
        assert!(refused.to_string().contains("thesis.txt"), "{refused}");
        clear(dir.path()).unwrap();
        assert!(dir.path().join("thesis.txt").exists());
        assert!(!dir.path().join("site.yaml").exists());
    }
}
