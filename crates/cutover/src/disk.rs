//! The files a runbook names, from this machine's disk.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use runbook::syntax::{FileError, Files};

/// Paths are as seen from the working directory.
#[derive(Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => FileError::Missing,
            _ => FileError::Unreadable(error.to_string()),
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(FileError::Unreadable("it is not a file".to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        // A file may grow between looking and reading: never more than the limit is held.
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > limit {
            return Err(FileError::TooLarge(metadata.len().max(limit + 1)));
        }
        Ok(bytes)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).is_file()
    }
}
