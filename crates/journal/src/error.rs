use std::io;
use std::path::PathBuf;

use crate::Holder;

/// What is wrong with the record of a run, or with us while writing it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file or folder could not be read or written. While writing a run this stops it.
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// Another process writes this run.
    #[error("run {run} is held by {}; wait for it, or end that process first", holder.as_ref().map_or_else(|| "another process".to_owned(), Holder::to_string))]
    Held { run: String, holder: Option<Holder> },
    /// No run of that name.
    #[error("no run `{given}` in {}{}", runs.display(), candidates(near))]
    NotFound { given: String, runs: PathBuf, near: Vec<String> },
    /// The record was changed, cut, reordered or spoiled after it was written.
    #[error("{0}")]
    Damaged(Damage),
    /// The record is whole, but of a version this program does not read.
    #[error("{}: {what}; use the version of cutover that wrote it, or a newer one", path.display())]
    Newer { path: PathBuf, what: String },
    /// An event that cannot follow what the journal holds: a defect of this program, and nothing was written.
    #[error("event `{event}` cannot be journalled now: {why}")]
    Illegal { event: &'static str, why: String },
    /// An earlier write failed, so nothing more is written: what is on disk is not known any more.
    #[error("the journal of run {run} is closed after a failed write ({why}); free the disk and start again")]
    Closed { run: String, why: String },
    /// A name that may not become a file of a run.
    #[error("`{name}` cannot be a file of a run: {why}")]
    Name { name: String, why: &'static str },
}

impl JournalError {
    /// The code whose page explains what to do.
    pub fn code(&self) -> &'static str {
        match self {
            JournalError::Damaged(_) => "CUT5001",
            JournalError::Io { .. } | JournalError::Closed { .. } => "CUT5002",
            JournalError::Held { .. } => "CUT5003",
            JournalError::NotFound { .. } | JournalError::Name { .. } => "CUT5004",
            JournalError::Newer { .. } => "CUT5005",
            JournalError::Illegal { .. } => "CUT5006",
        }
    }
}

/// The first thing that does not fit, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub path: PathBuf,
    /// Number of the record (its `seq`), where the damage is in the journal or a record names the file.
    pub record: Option<u64>,
    /// Byte where that record begins.
    pub byte: Option<u64>,
    pub what: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        if let Some(record) = self.record {
            write!(f, "record {record}")?;
            if let Some(byte) = self.byte {
                write!(f, " (byte {byte})")?;
            }
            write!(f, ": ")?;
        }
        f.write_str(&self.what)
    }
}

fn candidates(near: &[String]) -> String {
    if near.is_empty() {
        "; there are no runs yet".to_owned()
    } else {
        format!("; the newest are {}", near.join(", "))
    }
}
