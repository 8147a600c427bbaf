//! Files for tests: from a folder, or from memory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use runbook::syntax::{FileError, Files};

/// Files below a folder of the repository.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn of_repository(path: &str) -> Folder {
        Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path))
    }
}

impl Files for Folder {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let bytes = std::fs::read(self.0.join(path)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FileError::Missing,
            _ => FileError::Unreadable(error.to_string()),
        })?;
        if bytes.len() as u64 > limit { Err(FileError::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }
}

/// Files in memory; every file that is only looked for exists when its name is listed.
#[derive(Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    pub fn with(mut self, path: &str, text: impl Into<Vec<u8>>) -> Memory {
        self.0.insert(path.to_owned(), text.into());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let bytes = self.0.get(path).ok_or(FileError::Missing)?;
        if bytes.len() as u64 > limit {
            Err(FileError::TooLarge(bytes.len() as u64))
        } else {
            Ok(bytes.clone())
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}
