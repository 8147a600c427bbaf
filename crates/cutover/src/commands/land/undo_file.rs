use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use kafka::land::Undo;

use crate::exit::Failure;

/// A landing of ten thousand partitions takes some 2 MB.
const LARGEST: u64 = 256 << 20;

/// A name that no other landing has.
pub fn default_path(now: jiff::Timestamp) -> PathBuf {
    PathBuf::from(format!("land-undo-{}.json", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// Writes it so that it is on the disk before anything is done that it takes back: a new file, readable by its owner
/// alone, synced with its folder.
///
/// # Errors
/// It exists, or cannot be written; then nothing may be done.
pub fn write(path: &Path, undo: &Undo) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::refused(format!("{}: {error}: nothing was written to the cluster", path.display()))
            .hint("name another place with --undo-file")
    };
    let text = serde_json::to_string_pretty(undo).expect("an undo is plain data and serialises");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// # Errors
/// It cannot be read, or is none of ours.
pub fn read(path: &Path) -> Result<Undo, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    let undo: Undo = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("it is not an undo file of `cutover land`: {error}")))?;
    if undo.format != Undo::FORMAT {
        return Err(wrong(format!("its format is {}, and this program reads {}", undo.format, Undo::FORMAT)));
    }
    Ok(undo)
}
