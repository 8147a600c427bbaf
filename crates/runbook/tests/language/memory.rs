//! Files in memory.

use std::collections::BTreeMap;

use runbook::syntax::{FileError, Files};

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
