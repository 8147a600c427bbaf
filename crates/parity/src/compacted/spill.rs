use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::CompactedError;
use super::entry::{BYTES, Entry};

/// Entries put aside in one file without a name. A chunk belongs to one bucket.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    file: Option<File>,
    end: u64,
    bytes: Vec<u8>,
}

/// Where some entries were put.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    start: u64,
    entries: usize,
}

impl Chunk {
    pub fn entries(&self) -> usize {
        self.entries
    }
}

impl Spill {
    /// Creates no file before there is something to put in it.
    pub fn new(folder: &Path) -> Self {
        Spill { folder: folder.to_owned(), file: None, end: 0, bytes: Vec::new() }
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> CompactedError + use<> {
        let folder = self.folder.clone();
        move |error| CompactedError::Spill { folder: folder.clone(), error }
    }

    pub fn write(&mut self, entries: &[Entry]) -> Result<Chunk, CompactedError> {
        let failed = self.failed();
        self.bytes.clear();
        entries.iter().for_each(|entry| entry.write(&mut self.bytes));
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile_in(&self.folder).map_err(&failed)?);
        }
        let file = self.file.as_mut().expect("it was just created");
        file.seek(SeekFrom::Start(self.end)).map_err(&failed)?;
        file.write_all(&self.bytes).map_err(&failed)?;
        let chunk = Chunk { start: self.end, entries: entries.len() };
        self.end += self.bytes.len() as u64;
        Ok(chunk)
    }

    pub fn read(&mut self, chunk: Chunk, each: &mut dyn FnMut(Entry)) -> Result<(), CompactedError> {
        let failed = self.failed();
        let file = self.file.as_mut().expect("a chunk was written");
        self.bytes.resize(chunk.entries * BYTES, 0);
        file.seek(SeekFrom::Start(chunk.start)).map_err(&failed)?;
        file.read_exact(&mut self.bytes).map_err(&failed)?;
        let (entries, _) = self.bytes.as_chunks::<BYTES>();
        entries.iter().for_each(|bytes| each(Entry::read(bytes)));
        Ok(())
    }
}
