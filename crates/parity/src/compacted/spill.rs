use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
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

    /// Several threads may read at once; `bytes` is memory to reuse.
    pub fn read(
        &self,
        chunk: Chunk,
        bytes: &mut Vec<u8>,
        each: &mut dyn FnMut(Entry),
    ) -> Result<(), CompactedError> {
        let failed = self.failed();
        let file = self.file.as_ref().expect("a chunk was written");
        bytes.resize(chunk.entries * BYTES, 0);
        file.read_exact_at(bytes, chunk.start).map_err(&failed)?;
        let (entries, _) = bytes.as_chunks::<BYTES>();
        entries.iter().for_each(|bytes| each(Entry::read(bytes)));
        Ok(())
    }
}
