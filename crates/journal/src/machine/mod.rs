//! One conductor of a group on one machine, whatever folder its runs are kept in.
//!
//! Whoever conducts leaves an entry in a place all users of the machine share: one file under a random name, locked for
//! as long as the process lives. It says who conducts which run, and, as digests, what the run moves. A newcomer leaves
//! its own entry first and looks at those of others then: of two that come together at least one sees the other.
//! Nobody writes into a file of somebody else, so users need no rights over each other's.

mod entry;
mod not_taken;
mod thing;

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub use entry::Conductor;
pub use not_taken::NotTaken;
pub use thing::Thing;

use crate::folder::Folder;
use crate::{JournalError, limits};
use entry::{Entry, is_entry, new_name};

/// Keeps other conductors of the same things out until it is dropped; the kernel does so when the process ends.
#[derive(Debug)]
pub struct MachineLock {
    held: Vec<Held>,
}

/// An entry of ours in one place.
#[derive(Debug)]
struct Held {
    place: PathBuf,
    folder: Folder,
    name: String,
    _lock: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // What stays is not locked any more, says nothing, and the next one takes it away.
        let _ = self.folder.remove(&self.name);
    }
}

impl MachineLock {
    /// Leaves an entry in each of these places that can be written, then looks whether anybody else moves one of
    /// `things`. Users who can write different places meet in the one both can.
    ///
    /// # Errors
    /// Somebody does; an entry that is alive cannot be read; no place can be written. Nothing of ours is left then.
    pub fn take(
        places: &[PathBuf],
        conductor: &Conductor,
        things: &[Thing],
    ) -> Result<MachineLock, NotTaken> {
        let entry = serde_json::to_string(&Entry::new(conductor, things))
            .expect("an entry is plain data and always serialises");
        if entry.len() as u64 > limits::ENTRY {
            return Err(NotTaken::TooLarge { bytes: entry.len() });
        }
        let mut held = Vec::new();
        let mut tried = Vec::new();
        for place in places {
            match leave(place, &entry) {
                Ok(entry) => held.push(entry),
                Err(error) => tried.push(error.to_string()),
            }
        }
        if held.is_empty() {
            return Err(NotTaken::NoPlace { tried });
        }
        let lock = MachineLock { held };
        for place in places {
            lock.look(place, things)?;
        }
        Ok(lock)
    }

    /// Whether somebody else in this place moves one of `things`; entries nobody holds any more are taken away.
    fn look(&self, place: &Path, things: &[Thing]) -> Result<(), NotTaken> {
        let names = match Folder::open(place).and_then(|folder| Ok((folder.names()?, folder))) {
            Ok(names) => names,
            Err(error) if self.held.iter().any(|held| held.place == place) => {
                return Err(NotTaken::Unlisted { place: place.to_owned(), why: error.to_string() });
            }
            // We have left no entry there: who uses it meets us elsewhere.
            Err(_) => return Ok(()),
        };
        let (names, folder) = names;
        let names: Vec<String> = names.into_iter().filter(|name| is_entry(name)).collect();
        let mut living = 0;
        for name in names.iter().filter(|name| self.held.iter().all(|held| held.name != **name)) {
            // A link or a pipe under such a name is no entry, whoever put it there.
            let Some(owner) = folder.owner(name) else { continue };
            let path = place.join(name);
            let unreadable = |why: String| NotTaken::Unreadable { entry: path.clone(), owner, why };
            let file = match folder.open_to_read(name) {
                Ok(Some(file)) => file,
                Ok(None) => continue,
                Err(error) => return Err(unreadable(error.to_string())),
            };
            match file.try_lock_shared() {
                Ok(()) => {
                    // Its process is gone. Where it is another user's and may not be removed it stays, and says nothing.
                    let _ = folder.remove(name);
                    continue;
                }
                Err(TryLockError::WouldBlock) => living += 1,
                Err(TryLockError::Error(error)) => return Err(unreadable(error.to_string())),
            }
            if living > limits::CONDUCTORS {
                return Err(NotTaken::TooMany { place: place.to_owned(), entries: limits::CONDUCTORS });
            }
            let entry = read(file).map_err(unreadable)?;
            if let Some(thing) = things.iter().find(|thing| entry.moves(thing)) {
                let (by, thing) = (Box::new(entry.conductor), Box::new(thing.clone()));
                return Err(NotTaken::Conducted { by, thing, entry: path, owner });
            }
        }
        Ok(())
    }
}

/// The entry is locked and whole before it has a name that others look at.
fn leave(place: &Path, text: &str) -> Result<Held, JournalError> {
    let folder = Folder::open(place)?;
    let name = new_name();
    let unfinished = format!(".{name}.tmp");
    let mut file = folder.open_to_append(&unfinished, true)?;
    let io = |source| JournalError::Io { action: "lock", path: place.join(&name), source };
    let written = file
        .try_lock()
        .map_err(std::io::Error::from)
        .and_then(|()| file.write_all(text.as_bytes()))
        // Other users look at it.
        .and_then(|()| file.set_permissions(std::fs::Permissions::from_mode(0o644)))
        .map_err(io)
        .and_then(|()| folder.rename(&unfinished, &name));
    match written {
        Ok(()) => Ok(Held { place: place.to_owned(), folder, name, _lock: file }),
        Err(error) => {
            let _ = folder.remove(&unfinished);
            Err(error)
        }
    }
}

fn read(file: File) -> Result<Entry, String> {
    let mut text = String::new();
    file.take(limits::ENTRY + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > limits::ENTRY {
        return Err(format!("it is larger than {} bytes", limits::ENTRY));
    }
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
