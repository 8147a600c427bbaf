use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

use jiff::Timestamp;
use runbook::Observation;

use crate::evidence::Evidence;
use crate::folder::Folder;
use crate::record::{self, NO_PREVIOUS};
use crate::run_folder::{COPIES, INBOX, JOURNAL, LOCK, RunFolder, SIGNATURES};
use crate::{
    Damage, Event, Header, Holder, Illegal, JournalError, RunId, RunState, Runs, Tail, limits, signature,
    signatures,
};

/// A run that this process writes: the only door to its journal.
///
/// An event is checked against the transition table, written, then folded. [`sync`](Run::sync) makes all events so far
/// durable; whoever is about to act on the world calls it first. After one failed write nothing is written any more.
#[derive(Debug)]
pub struct Run {
    folder: RunFolder,
    tail: Box<dyn Tail>,
    /// Held until the run is dropped; the kernel releases it when the process ends, however it ends.
    _lock: File,
    state: RunState,
    next_seq: u64,
    head: String,
    unsynced: bool,
    closed: Option<String>,
}

impl Run {
    /// Starts a run: makes its folder, takes it for this process and writes the first record.
    pub fn create(runs: &Runs, header: Header, at: Timestamp) -> Result<Run, JournalError> {
        Run::create_with(runs, header, at, |file| Box::new(file))
    }

    /// As [`create`](Run::create), with a stand-in around the journal's file, so that tests can make disks fail.
    pub fn create_with(
        runs: &Runs,
        header: Header,
        at: Timestamp,
        tail: impl FnOnce(File) -> Box<dyn Tail>,
    ) -> Result<Run, JournalError> {
        let first = Event::RunStarted { header: Box::new(header.clone()) };
        let state = RunState::started(at, &first).map_err(illegal)?;
        let folder = runs.make(&header.run)?;
        let lock = take(&folder, &header.holder)?;
        for name in [Evidence::FOLDER, INBOX, COPIES, SIGNATURES] {
            folder.make(name)?;
        }
        let tail = tail(folder.open_to_append(JOURNAL, true)?);
        let mut run = Run::empty(RunFolder::of(folder)?, tail, lock, state);
        run.write(at, &first)?;
        run.sync()?;
        run.folder.folder.sync()?;
        Ok(run)
    }

    /// A run that nobody keeps, of which the caller removes the folder: nothing of it is made durable, so that looking
    /// again each second costs the disk no flush.
    pub fn create_fleeting(runs: &Runs, header: Header, at: Timestamp) -> Result<Run, JournalError> {
        let first = Event::RunStarted { header: Box::new(header.clone()) };
        let state = RunState::started(at, &first).map_err(illegal)?;
        let folder = runs.make_fleeting(&header.run)?;
        let lock = take(&folder, &header.holder)?;
        folder.make(Evidence::FOLDER)?;
        let tail = Box::new(Fleeting(folder.open_to_append(JOURNAL, true)?));
        let mut run = Run::empty(RunFolder::fleeting(folder)?, tail, lock, state);
        run.write(at, &first)?;
        Ok(run)
    }

    /// Without a record yet.
    fn empty(folder: RunFolder, tail: Box<dyn Tail>, lock: File, state: RunState) -> Run {
        Run {
            folder,
            tail,
            _lock: lock,
            state,
            next_seq: 0,
            head: NO_PREVIOUS.to_owned(),
            unsynced: false,
            closed: None,
        }
    }

    /// Takes over a run whose process is gone. An unfinished last line is moved to a file of its own, and that is
    /// journalled.
    pub fn reopen(folder: RunFolder, holder: Holder, at: Timestamp) -> Result<Run, JournalError> {
        Run::reopen_with(folder, holder, at, |file| Box::new(file))
    }

    /// As [`reopen`](Run::reopen), with a stand-in around the journal's file.
    pub fn reopen_with(
        folder: RunFolder,
        holder: Holder,
        at: Timestamp,
        tail: impl FnOnce(File) -> Box<dyn Tail>,
    ) -> Result<Run, JournalError> {
        let lock = take(&folder.folder, &holder)?;
        let reading = folder.read()?;
        let file = folder.folder.open_to_append(JOURNAL, false)?;
        let mut torn = reading.torn;
        if let Some(torn) = &mut torn {
            torn.quarantine = Some(set_aside(&folder, &file, torn.byte)?);
        }
        let mut run = Run {
            folder,
            tail: tail(file),
            _lock: lock,
            state: reading.state,
            next_seq: reading.records,
            head: reading.head,
            unsynced: false,
            closed: None,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        run.append(at, Event::Resumed { holder, version, torn })?;
        run.sync()?;
        // A crash may have come between the journal and its copies.
        run.keep_signatures()?;
        Ok(run)
    }

    /// Takes a run that nobody writes, only to journal what people sign or what its rehearsal showed: nothing is gone on
    /// with, and a run that ended stays ended.
    ///
    /// # Errors
    /// Somebody writes it, or its last line is unfinished: then whoever goes on with it repairs it first.
    pub fn reopen_to_add(folder: RunFolder, holder: &Holder) -> Result<Run, JournalError> {
        let lock = take(&folder.folder, holder)?;
        let reading = folder.read()?;
        if let Some(torn) = &reading.torn {
            return Err(JournalError::Damaged(Damage {
                path: folder.path().join(JOURNAL),
                record: Some(reading.records),
                byte: Some(torn.byte),
                what: "is unfinished: `cutover resume` sets it aside".to_owned(),
            }));
        }
        let file = folder.folder.open_to_append(JOURNAL, false)?;
        Ok(Run {
            folder,
            tail: Box::new(file),
            _lock: lock,
            state: reading.state,
            next_seq: reading.records,
            head: reading.head,
            unsynced: false,
            closed: None,
        })
    }

    /// Journals what a person signed, durably, and writes its copies into `signatures/`.
    ///
    /// # Errors
    /// [`JournalError::Illegal`]: it does not count here, and nothing was written.
    pub fn sign(&mut self, at: Timestamp, document: &str, signature: &str) -> Result<(), JournalError> {
        self.append(at, Event::signed(document, signature))?;
        self.sync()?;
        self.keep_signatures()
    }

    /// Writes the copies of what was signed that are not in `signatures/` yet.
    pub fn keep_signatures(&self) -> Result<(), JournalError> {
        signatures::write(&self.folder, &self.state)
    }

    pub fn id(&self) -> &RunId {
        &self.state.header().run
    }

    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// Hash of the last record.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Number of records written.
    pub fn records(&self) -> u64 {
        self.next_seq
    }

    /// Appends an event that happened at `at`. It survives the end of this process; a power cut only after
    /// [`sync`](Run::sync).
    pub fn append(&mut self, at: Timestamp, event: Event) -> Result<(), JournalError> {
        self.open()?;
        self.state.admits(at, &event).map_err(illegal)?;
        self.is_signed_over_this_journal(at, &event)?;
        self.write(at, &event)?;
        self.state.apply(at, &event).map_err(illegal)
    }

    /// Stores an answer as evidence and appends that it was observed; returns the evidence's address.
    pub fn observed(
        &mut self,
        at: Timestamp,
        round: u32,
        observation: &Observation,
    ) -> Result<String, JournalError> {
        self.open()?;
        let evidence = self.folder.evidence.keep(observation).inspect_err(|error| {
            self.closed = Some(error.to_string());
        })?;
        let event = Event::Observed {
            probe: observation.probe.clone(),
            round,
            evidence: evidence.clone(),
            at: observation.at,
            took_ms: observation.took_ms,
            partial: observation.partial.clone(),
        };
        self.append(at, event)?;
        Ok(evidence)
    }

    /// Returns when everything appended is on disk. A failed sync is never tried again: after it nobody knows what is
    /// on disk.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.open()?;
        if self.unsynced {
            let synced = self.tail.sync();
            synced.map_err(|source| self.fail("sync", source))?;
            self.unsynced = false;
        }
        Ok(())
    }

    fn write(&mut self, at: Timestamp, event: &Event) -> Result<(), JournalError> {
        let (line, hash) = record::encode(self.next_seq, at, &self.head, event);
        self.unsynced = true;
        let written = self.tail.append(line.as_bytes());
        written.map_err(|source| self.fail("write", source))?;
        self.next_seq += 1;
        self.head = hash;
        Ok(())
    }

    fn is_signed_over_this_journal(&self, at: Timestamp, event: &Event) -> Result<(), JournalError> {
        let Some(Ok(signed)) = signature::signed_by(event, at) else { return Ok(()) };
        match signatures::other_journal(&signed, &self.state, &self.folder.hashes()?) {
            None => Ok(()),
            Some(why) => Err(JournalError::Illegal { event: event.word(), why }),
        }
    }

    fn open(&self) -> Result<(), JournalError> {
        match &self.closed {
            Some(why) => Err(JournalError::Closed { run: self.id().to_string(), why: why.clone() }),
            None => Ok(()),
        }
    }

    fn fail(&mut self, action: &'static str, source: std::io::Error) -> JournalError {
        self.closed = Some(source.to_string());
        JournalError::Io { action, path: self.folder.path().join(JOURNAL), source }
    }
}

/// A journal that is thrown away soon.
#[derive(Debug)]
struct Fleeting(File);

impl Tail for Fleeting {
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn illegal(illegal: Illegal) -> JournalError {
    JournalError::Illegal { event: illegal.event, why: illegal.why }
}

/// Takes the run's folder for `holder`, or names who has it.
fn take(folder: &Folder, holder: &Holder) -> Result<File, JournalError> {
    let mut file = folder.open_lock(LOCK)?;
    let io = |source| JournalError::Io { action: "lock", path: folder.path().join(LOCK), source };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // An unreadable name of the holder changes nothing: the lock is held.
            let _ = file.take(limits::LOCK).read_to_string(&mut text);
            let run = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(JournalError::Held { run, holder: serde_json::from_str(&text).ok() });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    let text = serde_json::to_string(holder).expect("a holder is plain data and always serialises");
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    Ok(file)
}

/// Moves what stands behind `byte` of the journal to a file of its own and returns its name.
fn set_aside(folder: &RunFolder, mut journal: &File, byte: u64) -> Result<String, JournalError> {
    let io = |source| JournalError::Io { action: "repair", path: folder.path().join(JOURNAL), source };
    let mut tail = Vec::new();
    journal.seek(std::io::SeekFrom::Start(byte)).map_err(io)?;
    journal.read_to_end(&mut tail).map_err(io)?;
    let name = format!("{JOURNAL}.torn-{byte}");
    folder.folder.write(&name, &tail)?;
    journal.set_len(byte).and_then(|()| journal.sync_all()).map_err(io)?;
    Ok(name)
}

#[cfg(test)]
mod tests;
