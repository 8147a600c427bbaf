//! Files of a run, reached only through an open folder: no symlink is followed, nobody else may read.

mod entry;

pub(crate) use entry::{is_plain_name, sanitised};

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

use crate::JournalError;

/// An open folder. Names are single components; see [`is_plain_name`].
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

const FILE: Mode = Mode::RUSR.union(Mode::WUSR);
const SAFE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);

impl Folder {
    /// Opens a folder a person named; symlinks on the way are theirs.
    pub fn open(path: &Path) -> Result<Folder, JournalError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd =
            rustix::fs::open(path, flags, Mode::empty()).map_err(|e| io_error("open", path, e.into()))?;
        Ok(Folder { fd, path: path.to_owned() })
    }

    /// Makes the folder a person named, with the missing ones above it (0700), or opens it.
    pub fn open_or_make(path: &Path) -> Result<Folder, JournalError> {
        use std::os::unix::fs::DirBuilderExt;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path).map_err(|e| io_error("make", path, e))?;
        Folder::open(path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder `name` in this one.
    pub fn sub(&self, name: &str) -> Result<Folder, JournalError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | SAFE;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::empty())
            .map_err(|e| self.error("open", name, e.into()))?;
        Ok(Folder { fd, path: self.path.join(name) })
    }

    /// Makes the folder `name` (0700); it must be new.
    pub fn make(&self, name: &str) -> Result<Folder, JournalError> {
        rustix::fs::mkdirat(&self.fd, name, Mode::RWXU).map_err(|e| self.error("make", name, e.into()))?;
        self.sub(name)
    }

    /// The folder `name` in this one, made (0700) when there is none.
    pub fn sub_or_make(&self, name: &str) -> Result<Folder, JournalError> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => self.sub(name),
            Err(error) => Err(self.error("make", name, error.into())),
        }
    }

    /// Opens `name` for appending and reading, making it when it is missing.
    pub fn open_or_make_to_append(&self, name: &str) -> Result<File, JournalError> {
        self.open_file("open", name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | SAFE)
    }

    /// Opens `name` for appending and reading; with `new` it must not exist yet.
    pub fn open_to_append(&self, name: &str, new: bool) -> Result<File, JournalError> {
        let create = if new { OFlags::CREATE | OFlags::EXCL } else { OFlags::empty() };
        let flags = OFlags::RDWR | OFlags::APPEND | create | SAFE;
        self.open_file("open", name, flags)
    }

    /// Opens the lock file, making it when it is missing.
    pub fn open_lock(&self, name: &str) -> Result<File, JournalError> {
        self.open_file("open", name, OFlags::RDWR | OFlags::CREATE | SAFE)
    }

    /// Opens `name` for reading; `None` when there is none.
    pub fn open_to_read(&self, name: &str) -> Result<Option<File>, JournalError> {
        match self.open_file("read", name, OFlags::RDONLY | SAFE) {
            Ok(file) => Ok(Some(file)),
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes of `name`, at most `limit`; `None` when there is none.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(file) = self.open_to_read(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| self.error("read", name, e))?;
        if bytes.len() as u64 > limit {
            let source = io::Error::other(format!("larger than {limit} bytes"));
            return Err(self.error("read", name, source));
        }
        Ok(Some(bytes))
    }

    /// Writes `name` so that it is there whole or not at all, also after a power cut.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let temporary =
            format!(".{name}.{}.{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let written = self.write_and_rename(&temporary, name, bytes);
        if written.is_err() {
            // The first error is the one to tell; a temporary file left behind harms nobody.
            let _ = rustix::fs::unlinkat(&self.fd, &temporary, AtFlags::empty());
        }
        written
    }

    /// Writes `name`, which must be new, and leaves it to the system when that reaches the disk: for what is thrown away
    /// soon.
    pub fn write_fleeting(&self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | SAFE;
        let mut file = self.open_file("write", name, flags)?;
        file.write_all(bytes).map_err(|e| self.error("write", name, e))
    }

    fn write_and_rename(&self, temporary: &str, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | SAFE;
        let mut file = self.open_file("write", temporary, flags)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| self.error("write", name, e))?;
        self.rename(temporary, name)?;
        self.sync()
    }

    /// Removes `name`; nothing there is no error.
    pub fn remove(&self, name: &str) -> Result<(), JournalError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(self.error("remove", name, error.into())),
        }
    }

    /// Gives `from` the name `to`; what had it before is gone.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), JournalError> {
        rustix::fs::renameat(&self.fd, from, &self.fd, to).map_err(|e| self.error("rename", from, e.into()))
    }

    /// The user that the plain file `name` belongs to; `None` when there is none, or something else.
    pub fn owner(&self, name: &str) -> Option<u32> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        (FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some(stat.st_uid)
    }

    /// Makes the names in this folder durable.
    pub fn sync(&self) -> Result<(), JournalError> {
        rustix::fs::fsync(&self.fd).map_err(|e| io_error("sync", &self.path, e.into()))
    }

    /// Whether there is anything called `name`.
    pub fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Names of everything in the folder, sorted.
    pub fn names(&self) -> Result<Vec<String>, JournalError> {
        let list = |e: rustix::io::Errno| io_error("list", &self.path, e.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(list)? {
            let name: CString = entry.map_err(list)?.file_name().to_owned();
            if let Ok(name) = name.into_string()
                && name != "."
                && name != ".."
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn open_file(&self, action: &'static str, name: &str, flags: OFlags) -> Result<File, JournalError> {
        // Non-blocking, so that a pipe put in a file's place is refused below instead of waited for.
        let fd = rustix::fs::openat(&self.fd, name, flags | OFlags::NONBLOCK, FILE)
            .map_err(|e| self.error(action, name, e.into()))?;
        let stat = rustix::fs::fstat(&fd).map_err(|e| self.error(action, name, e.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(self.error(action, name, io::Error::other("is not a regular file")));
        }
        Ok(File::from(fd))
    }

    fn error(&self, action: &'static str, name: &str, source: io::Error) -> JournalError {
        io_error(action, &self.path.join(name), source)
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
