use runbook::Observation;

use crate::folder::Folder;
use crate::{Damage, JournalError, limits, sha256};

/// `evidence/`: observations, each under the SHA-256 of its own bytes. Written once, never changed.
#[derive(Debug)]
pub(crate) struct Evidence {
    folder: Folder,
    durable: bool,
}

impl Evidence {
    pub const FOLDER: &'static str = "evidence";

    pub fn new(folder: Folder) -> Evidence {
        Evidence { folder, durable: true }
    }

    /// Evidence of a run that nobody keeps: it is not made durable.
    pub fn fleeting(folder: Folder) -> Evidence {
        Evidence { folder, durable: false }
    }

    /// Stores an observation and returns its address. It is on disk when this returns, so a record that names it never
    /// points to nothing.
    pub fn keep(&self, observation: &Observation) -> Result<String, JournalError> {
        let bytes =
            serde_json::to_vec(observation).expect("an observation is plain data and always serialises");
        let digest = sha256::hex(&bytes);
        let name = file(&digest);
        if !self.folder.has(&name) {
            match self.durable {
                true => self.folder.write(&name, &bytes)?,
                false => self.folder.write_fleeting(&name, &bytes)?,
            }
        }
        Ok(digest)
    }

    /// Bytes of the evidence with that address; 0 where there is none.
    pub fn size(&self, digest: &str) -> Result<u64, JournalError> {
        let Some(file) = self.folder.open_to_read(&file(digest))? else { return Ok(0) };
        Ok(file.metadata().map_or(0, |meta| meta.len()))
    }

    /// The observation with that address. Its bytes are verified on every read; `record` names who refers to it.
    pub fn get(&self, digest: &str, record: Option<u64>) -> Result<Observation, JournalError> {
        let name = file(digest);
        let damaged = |what: &str| {
            JournalError::Damaged(Damage {
                path: self.folder.path().join(&name),
                record,
                byte: None,
                what: what.to_owned(),
            })
        };
        if !sha256::is_digest(digest) {
            return Err(damaged("is not the name of evidence"));
        }
        let bytes =
            self.folder.read(&name, limits::EVIDENCE)?.ok_or_else(|| damaged("the evidence is missing"))?;
        if sha256::hex(&bytes) != digest {
            return Err(damaged("the evidence was changed: its content does not fit its name"));
        }
        serde_json::from_slice(&bytes).map_err(|error| JournalError::Newer {
            path: self.folder.path().join(&name),
            what: format!("evidence this version cannot read ({error})"),
        })
    }

    /// Names of all files in the folder, sorted.
    pub fn files(&self) -> Result<Vec<String>, JournalError> {
        self.folder.names()
    }
}

/// The file name of the evidence `digest`.
pub(crate) fn file(digest: &str) -> String {
    format!("{digest}.json")
}
