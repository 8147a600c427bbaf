use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Entry;
use crate::error::{LabError, Result};

/// An application's ledger while it is being written: append only, whole lines.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    inner: Mutex<(File, Vec<u8>)>,
}

impl Journal {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let file = file.map_err(LabError::file("write", path))?;
        Ok(Journal { path: path.to_owned(), inner: Mutex::new((file, Vec::new())) })
    }

    /// Notes an entry; it is on disk after [`Journal::flush`].
    pub(super) fn note(&self, entry: &Entry) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Plain strings and numbers cannot fail to serialise.
        if let Ok(mut line) = serde_json::to_vec(entry) {
            line.push(b'\n');
            inner.1.extend(line);
        }
    }

    /// Hands everything noted to the operating system, where the death of this process cannot undo it.
    pub(super) fn flush(&self) -> Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, buffer) = &mut *inner;
        file.write_all(buffer).map_err(LabError::file("write", &self.path))?;
        buffer.clear();
        Ok(())
    }
}
