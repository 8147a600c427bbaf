//! Files below a folder of the repository.

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
