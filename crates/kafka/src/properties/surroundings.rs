//! What a configuration may look up outside itself. A trait, so that everything else here stays pure.

use super::limits;
use std::io::{self, Read};
use std::path::Path;

/// Environment and files a configuration refers to.
pub trait Surroundings {
    /// An environment variable.
    fn env(&self, name: &str) -> Option<String>;
    /// A whole file, at most [`limits::REFERENCED_FILE_BYTES`].
    fn file(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether a path names something.
    fn exists(&self, path: &Path) -> bool;
}

/// The real process environment and file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThisProcess;

impl Surroundings for ThisProcess {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_bounded(path, limits::REFERENCED_FILE_BYTES)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Reads a regular file up to a limit; a pipe or device is refused, since it may never end.
pub(super) fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} KiB", limit / 1024)));
    }
    Ok(bytes)
}
