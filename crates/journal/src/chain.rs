use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::record::{self, NO_PREVIOUS, Unfit};
use crate::{Damage, JournalError, Record, limits, sha256};

/// An end without a line end: what a crash in the middle of a write leaves. It was never acknowledged, so it is set
/// aside, and that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Torn {
    /// Where it begins in the journal.
    pub byte: u64,
    pub bytes: u64,
    pub sha256: String,
    /// The file beside the journal it was moved to; `None` while it still stands in the journal.
    pub quarantine: Option<String>,
}

/// Reads a journal line by line; each record must follow the one before.
#[derive(Debug)]
pub(crate) struct Chain {
    reader: BufReader<File>,
    path: PathBuf,
    /// Byte where the next line begins.
    byte: u64,
    /// Byte where the line read last begins.
    line: u64,
    pub next_seq: u64,
    pub head: String,
    pub torn: Option<(Torn, Vec<u8>)>,
}

impl Chain {
    pub fn new(file: File, path: PathBuf) -> Chain {
        let reader = BufReader::with_capacity(1 << 16, file);
        Chain { reader, path, byte: 0, line: 0, next_seq: 0, head: NO_PREVIOUS.to_owned(), torn: None }
    }

    /// The next record; `None` at the end, torn or not.
    pub fn read(&mut self) -> Result<Option<Record>, JournalError> {
        let mut line = Vec::new();
        self.reader
            .by_ref()
            .take(limits::LINE)
            .read_until(b'\n', &mut line)
            .map_err(|source| JournalError::Io { action: "read", path: self.path.clone(), source })?;
        if line.is_empty() {
            return Ok(None);
        }
        self.line = self.byte;
        if line.last() != Some(&b'\n') {
            if line.len() as u64 == limits::LINE {
                return Err(self.damaged(self.next_seq, format!("is longer than {} bytes", limits::LINE)));
            }
            let (bytes, sha256) = (line.len() as u64, sha256::hex(&line));
            self.torn = Some((Torn { byte: self.byte, bytes, sha256, quarantine: None }, line));
            return Ok(None);
        }
        let record =
            record::decode(&line[..line.len() - 1], self.next_seq, &self.head).map_err(
                |unfit| match unfit {
                    Unfit::Damaged(what) => self.damaged(self.next_seq, what),
                    Unfit::Newer(what) => JournalError::Newer { path: self.path.clone(), what },
                },
            )?;
        self.byte += line.len() as u64;
        self.next_seq += 1;
        self.head.clone_from(&record.hash);
        Ok(Some(record))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Goes back behind the last whole record: what was torn there may be whole by now, or set aside by whoever took the
    /// run over.
    pub fn go_on(&mut self) -> Result<(), JournalError> {
        let io = |source| JournalError::Io { action: "read", path: self.path.clone(), source };
        let bytes = self.reader.get_ref().metadata().map_err(io)?.len();
        if bytes < self.byte {
            return Err(self.damaged(self.next_seq, "it is shorter than what was read of it".to_owned()));
        }
        self.reader.seek(SeekFrom::Start(self.byte)).map_err(io)?;
        self.torn = None;
        Ok(())
    }

    /// Damage in record `seq`, which was read last.
    pub fn damaged(&self, seq: u64, what: String) -> JournalError {
        JournalError::Damaged(Damage {
            path: self.path.clone(),
            record: Some(seq),
            byte: Some(self.line),
            what,
        })
    }
}
