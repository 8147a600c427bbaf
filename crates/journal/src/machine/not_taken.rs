use std::path::PathBuf;

use super::{Conductor, Thing};

/// Why a conductor may not begin on this machine.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Another process moves `thing`.
    #[error("{thing} is being moved by run {} in {} ({}, {})", by.run, by.folder.display(), by.person, by.holder)]
    Conducted {
        by: Box<Conductor>,
        thing: Box<Thing>,
        /// The file that says so, and the user it belongs to.
        entry: PathBuf,
        owner: u32,
    },
    /// An entry is held by a living process and does not say what it moves.
    #[error("what the conductor behind {} (of user {owner}) moves cannot be read: {why}", entry.display())]
    Unreadable { entry: PathBuf, owner: u32, why: String },
    /// More entries that processes hold than anybody conducts.
    #[error("{} holds more than {entries} entries of living conductors, which nobody has left honestly", place.display())]
    TooMany { place: PathBuf, entries: usize },
    /// Nobody could read what we would leave.
    #[error("what this run moves takes {bytes} bytes to say, more than others read")]
    TooLarge { bytes: usize },
    /// A place that holds an entry of ours, and does not tell those of others.
    #[error("conductors in {} cannot be listed: {why}", place.display())]
    Unlisted { place: PathBuf, why: String },
    /// No place where conductors of this machine meet can be written.
    #[error("no place where conductors of this machine meet can be written: {}", tried.join("; "))]
    NoPlace { tried: Vec<String> },
}
