use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use runbook::world::{FileSeen, Reason};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

use crate::{ServiceError, Until, limits};

/// Answers `Probe::File`: digest, size and age of a file.
///
/// A relative path is looked up in `folder`, the runbook's, and must stay in it: `..` and links that lead out are
/// refused, so that a runbook with its folder is whole and says the same on another machine. An absolute path is a
/// statement of its own, shown in the plan, and read as it stands.
///
/// Errors: it is not there, may not be read, is no regular file, is larger than allowed, or changed while it was read.
pub fn observe_file(folder: &Path, path: &str, until: Until<'_>) -> Result<FileSeen, ServiceError> {
    let mut digest = Sha256::new();
    let (bytes, modified) = read_through(folder, path, until, &mut |part| digest.update(part))?;
    let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(FileSeen { path: path.to_owned(), bytes, sha256, modified })
}

/// Hands over the whole file, part by part; its size and when it was changed last.
pub(super) fn read_through(
    folder: &Path,
    path: &str,
    until: Until<'_>,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(u64, Option<Timestamp>), ServiceError> {
    let title = format!("file {}", path.chars().take(200).flat_map(char::escape_debug).collect::<String>());
    let failed = |why: &str| ServiceError::failed(format!("{title}: {why}"));
    let place = place(folder, path).map_err(|refusal| match refusal {
        Refusal::Io(error) => unreadable(&title, &error),
        Refusal::Outside => failed("it leads out of the runbook's folder")
            .hint("put the file beside the runbook, or name it by its absolute path"),
        Refusal::NoPath => failed("it is no path"),
    })?;
    let mut file = open(&place).map_err(|error| unreadable(&title, &error))?;
    let before = file.metadata().map_err(|error| unreadable(&title, &error))?;
    if !before.is_file() {
        return Err(failed("it is no regular file"));
    }
    let too_large = || {
        let most = limits::FILE_BYTES / (1024 * 1024);
        ServiceError::new(Reason::OverBudget, format!("{title}: it is larger than {most} MiB"))
    };
    if before.len() > limits::FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        if let Some(end) = until.ended() {
            return Err(ServiceError::ended(end, &title));
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                bytes += count as u64;
                if bytes > limits::FILE_BYTES {
                    return Err(too_large());
                }
                each(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&title, &error)),
        }
    }
    let after = file.metadata().map_err(|error| unreadable(&title, &error))?;
    if bytes != after.len() || stamp(&before) != stamp(&after) {
        return Err(ServiceError::new(Reason::Changed, format!("{title}: it changed while it was read")));
    }
    let modified = after.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok((bytes, modified))
}

enum Refusal {
    Io(io::Error),
    Outside,
    NoPath,
}

/// Where the file is, every link followed.
fn place(folder: &Path, path: &str) -> Result<PathBuf, Refusal> {
    if path.is_empty() || path.contains('\0') {
        return Err(Refusal::NoPath);
    }
    let path = Path::new(path);
    if path.is_absolute() {
        return path.canonicalize().map_err(Refusal::Io);
    }
    if path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(Refusal::Outside);
    }
    let folder = folder.canonicalize().map_err(Refusal::Io)?;
    let place = folder.join(path).canonicalize().map_err(Refusal::Io)?;
    if place.starts_with(&folder) { Ok(place) } else { Err(Refusal::Outside) }
}

/// Without following a link that was put there meanwhile, and without waiting for the other end of a pipe.
fn open(place: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(rustix::fs::open(place, flags, Mode::empty())?))
}

fn stamp(metadata: &Metadata) -> (u64, Option<std::time::SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

fn unreadable(title: &str, error: &io::Error) -> ServiceError {
    let failed = ServiceError::failed(format!("{title}: {}", error.kind()));
    match error.kind() {
        io::ErrorKind::NotFound => failed.hint("relative paths begin at the runbook's folder"),
        io::ErrorKind::PermissionDenied => failed.hint("give the user that runs this read access"),
        _ => failed,
    }
}
