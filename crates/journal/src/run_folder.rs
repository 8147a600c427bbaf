use std::io::Read;
use std::path::Path;

use runbook::Observation;

use crate::chain::Chain;
use crate::evidence::Evidence;
use crate::folder::{Folder, is_plain_name, sanitised};
use crate::{
    Damage, Event, Following, Header, History, Holder, JournalError, Record, RunState, Sample, Torn, limits,
    sha256,
};

/// Files this crate writes itself; an output of that name is refused.
const OWN: [&str; 2] = [JOURNAL, LOCK];
pub(crate) const JOURNAL: &str = "journal.jsonl";
pub(crate) const LOCK: &str = "lock";
/// Requests of other processes to the one that holds the run: 0600 files renamed into it. The folder is made with the
/// run, because whoever asks may have no right to make it.
pub(crate) const INBOX: &str = "inbox";
pub(crate) const COPIES: &str = "runbook";
pub(crate) const SIGNATURES: &str = "signatures";
/// Samples of a watch: no part of the chain.
pub(crate) const HISTORY: &str = "history";

/// The folder of one run, for reading it and for writing reports beside its journal. Whoever writes the journal itself
/// has a [`Run`](crate::Run).
#[derive(Debug)]
pub struct RunFolder {
    pub(crate) folder: Folder,
    pub(crate) evidence: Evidence,
}

/// A journal as read: every record followed the one before, and the state is their fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub state: RunState,
    /// Number of records.
    pub records: u64,
    /// Hash of the last one. Printed where others see it, it is the outside witness of the whole journal.
    pub head: String,
    /// An unfinished last line: the writer is at work, or was ended in the middle of a write.
    pub torn: Option<Torn>,
}

impl RunFolder {
    /// Opens the folder of a run that a person named.
    pub fn open(path: &Path) -> Result<RunFolder, JournalError> {
        RunFolder::of(Folder::open(path)?)
    }

    pub(crate) fn of(folder: Folder) -> Result<RunFolder, JournalError> {
        let evidence = Evidence::new(folder.sub(Evidence::FOLDER)?);
        Ok(RunFolder { folder, evidence })
    }

    pub(crate) fn fleeting(folder: Folder) -> Result<RunFolder, JournalError> {
        let evidence = Evidence::fleeting(folder.sub(Evidence::FOLDER)?);
        Ok(RunFolder { folder, evidence })
    }

    /// The samples of a watch, for writing one more; the folder is made when it is missing.
    pub fn history(&self) -> Result<History, JournalError> {
        Ok(History::of(self.folder.sub_or_make(HISTORY)?))
    }

    /// Every sample that was kept, the oldest first; none where nothing was watched.
    pub fn read_history(&self, each: impl FnMut(Sample)) -> Result<(), JournalError> {
        match self.folder.has(HISTORY) {
            true => History::of(self.folder.sub(HISTORY)?).read(each),
            false => Ok(()),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of runs it lies in.
    pub fn runs(&self) -> &Path {
        self.path().parent().unwrap_or(Path::new(""))
    }

    /// Reads the journal and folds it.
    pub fn read(&self) -> Result<Reading, JournalError> {
        self.read_each(|_, _| {})
    }

    /// Reads the journal and shows each record with the state after it, for timelines.
    pub fn read_each(&self, each: impl FnMut(&Record, &RunState)) -> Result<Reading, JournalError> {
        self.follow(each).map(Following::reading)
    }

    /// The same, to go on reading: what was read once is not read again, and is trusted as long as the file does not
    /// become shorter.
    pub fn follow(&self, each: impl FnMut(&Record, &RunState)) -> Result<Following, JournalError> {
        Following::begin(self.chain()?, each)
    }

    /// The hash of every record, in their order.
    pub(crate) fn hashes(&self) -> Result<Vec<String>, JournalError> {
        let mut chain = self.chain()?;
        let mut hashes = Vec::new();
        while let Some(record) = chain.read()? {
            hashes.push(record.hash);
        }
        Ok(hashes)
    }

    /// The process that writes this run now; `None`: there is none.
    pub fn holder(&self) -> Result<Option<Holder>, JournalError> {
        let Some(file) = self.folder.open_to_read(LOCK)? else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                // A name that cannot be read changes nothing: somebody has the lock.
                let _ = file.take(limits::LOCK).read_to_string(&mut text);
                Ok(Some(serde_json::from_str(&text).unwrap_or(Holder {
                    pid: 0,
                    host: "unknown".to_owned(),
                    since: jiff::Timestamp::UNIX_EPOCH,
                })))
            }
            Err(std::fs::TryLockError::Error(source)) => {
                Err(JournalError::Io { action: "lock", path: self.path().join(LOCK), source })
            }
        }
    }

    /// What the run is, from its first record alone.
    pub fn header(&self) -> Result<Header, JournalError> {
        match self.chain()?.read()?.map(|record| record.event) {
            Some(Event::RunStarted { header }) => Ok(*header),
            _ => Err(JournalError::Damaged(Damage {
                path: self.path().join(JOURNAL),
                record: Some(0),
                byte: None,
                what: "the first record does not say what the run is".to_owned(),
            })),
        }
    }

    pub(crate) fn chain(&self) -> Result<Chain, JournalError> {
        let file = self.folder.open_to_read(JOURNAL)?.ok_or_else(|| JournalError::Io {
            action: "read",
            path: self.path().join(JOURNAL),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        Ok(Chain::new(file, self.path().join(JOURNAL)))
    }

    /// The evidence with that address, verified.
    pub fn evidence(&self, digest: &str) -> Result<Observation, JournalError> {
        self.evidence.get(digest, None)
    }

    /// Bytes of the evidence with that address; 0 where there is none.
    pub fn evidence_size(&self, digest: &str) -> Result<u64, JournalError> {
        self.evidence.size(digest)
    }

    /// Writes a report beside the journal, whole or not at all. `name` is one plain file name (`scorecard.json`).
    pub fn write_output(&self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        let refused = |why| JournalError::Name { name: name.to_owned(), why };
        if !is_plain_name(name) {
            return Err(refused("use letters, digits, dots and dashes"));
        }
        if OWN.contains(&name)
            || name.starts_with(JOURNAL)
            || [Evidence::FOLDER, INBOX, COPIES, SIGNATURES, HISTORY].contains(&name)
        {
            return Err(refused("the journal's own files are not outputs"));
        }
        self.folder.write(name, bytes)
    }

    /// A report written earlier, at most `limit` bytes; `None` when there is none.
    pub fn read_output(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, JournalError> {
        if !is_plain_name(name) {
            return Err(JournalError::Name {
                name: name.to_owned(),
                why: "use letters, digits, dots and dashes",
            });
        }
        self.folder.read(name, limit)
    }

    /// Keeps a verbatim copy of a file the plan was made of. `path` is as named in the runbook.
    pub fn keep_copy(&self, path: &str, bytes: &[u8]) -> Result<(), JournalError> {
        self.folder.sub(COPIES)?.write(&copy_name(path, &sha256::hex(bytes)), bytes)
    }
}

/// Name of the copy of `path`: readable, and different for files of the same name.
pub(crate) fn copy_name(path: &str, sha256: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    format!("{}-{}", &sha256[..sha256.len().min(12)], sanitised(last))
}
